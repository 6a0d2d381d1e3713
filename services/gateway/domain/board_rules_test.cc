#include "services/gateway/domain/board_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace duban::gateway {
namespace {

using ::testing::Optional;
using V = VersionState;
using P = Performance;

TEST(BoardRulesTest, ReportedIsTheNewestVersionOfTheNewestPeriod) {
  EXPECT_EQ(LastReported({}), std::nullopt);
  EXPECT_THAT(LastReported({{"2026-10", 1, V::kReturned},
                            {"2026-10", 2, V::kSubmitted},
                            {"2026-09", 3, V::kAccepted}}),
              Optional(1));
}

TEST(BoardRulesTest, AReturnedReportIsStillTheLastReported) {
  EXPECT_THAT(LastReported({{"2026-09", 1, V::kAccepted}, {"2026-10", 1, V::kReturned}}),
              Optional(1));
}

TEST(BoardRulesTest, AcceptedIsTheNewestPeriodWithAnAcceptedVersion) {
  EXPECT_EQ(LastAccepted({{"2026-10", 1, V::kSubmitted}}), std::nullopt);
  EXPECT_THAT(LastAccepted({{"2026-09", 1, V::kAccepted}, {"2026-10", 1, V::kSubmitted}}),
              Optional(0));
  EXPECT_THAT(LastAccepted({{"2026-10", 1, V::kAccepted}, {"2026-09", 4, V::kAccepted}}),
              Optional(0));
}

TEST(BoardRulesTest, AReopenedVersionCountsUntilTheNextVersion) {
  std::vector<Version> versions = {{"2026-09", 1, V::kAccepted}, {"2026-10", 1, V::kReopened}};
  EXPECT_THAT(LastAccepted(versions), Optional(1));
  versions.push_back({"2026-10", 2, V::kSubmitted});
  EXPECT_THAT(LastAccepted(versions), Optional(0));
  versions[2].state = V::kAccepted;
  EXPECT_THAT(LastAccepted(versions), Optional(2));
}

TEST(BoardRulesTest, TheDecisionOfTheOfficeComesFirst) {
  EXPECT_EQ(StateOf(Decision::kRecorded, {P::kActive}), BoardState::kRecorded);
  EXPECT_EQ(StateOf(Decision::kSuspended, {P::kVerified}), BoardState::kSuspended);
  EXPECT_EQ(StateOf(Decision::kCancelled, {P::kVerified}), BoardState::kCancelled);
}

TEST(BoardRulesTest, AnIssuedTaskIsAsFarAsItsAssignmentsAre) {
  EXPECT_EQ(StateOf(Decision::kIssued, {}), BoardState::kIssued);
  EXPECT_EQ(StateOf(Decision::kIssued, {P::kIssued, P::kDisputed}), BoardState::kIssued);
  EXPECT_EQ(StateOf(Decision::kIssued, {P::kIssued, P::kAcknowledged}), BoardState::kInProgress);
  EXPECT_EQ(StateOf(Decision::kIssued, {P::kVerified, P::kActive}), BoardState::kInProgress);
  EXPECT_EQ(StateOf(Decision::kIssued, {P::kVerified, P::kDoneClaimed}), BoardState::kDoneClaimed);
  EXPECT_EQ(StateOf(Decision::kIssued, {P::kVerified, P::kVerified}), BoardState::kVerified);
}

}  // namespace
}  // namespace duban::gateway
