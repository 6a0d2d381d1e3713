#include "services/gateway/domain/board_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace duban::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using V = VersionState;
using P = Performance;

TEST(BoardRulesTest, ReportedIsTheNewestVersionOfEachPeriod) {
  EXPECT_THAT(ReportedVersions({}), IsEmpty());
  EXPECT_THAT(ReportedVersions({{"2026-10", 1, V::kReturned},
                                {"2026-10", 2, V::kSubmitted},
                                {"2026-09", 3, V::kAccepted}}),
              ElementsAre(2, 1));
}

TEST(BoardRulesTest, AReturnedReportIsStillReported) {
  EXPECT_THAT(ReportedVersions({{"2026-09", 1, V::kAccepted}, {"2026-10", 1, V::kReturned}}),
              ElementsAre(0, 1));
}

TEST(BoardRulesTest, AcceptedIsTheNewestAcceptedVersionOfEachPeriod) {
  EXPECT_THAT(AcceptedVersions({{"2026-10", 1, V::kSubmitted}}), IsEmpty());
  EXPECT_THAT(AcceptedVersions({{"2026-09", 1, V::kAccepted}, {"2026-10", 1, V::kSubmitted}}),
              ElementsAre(0));
  EXPECT_THAT(AcceptedVersions({{"2026-10", 1, V::kAccepted}, {"2026-09", 4, V::kAccepted}}),
              ElementsAre(1, 0));
}

TEST(BoardRulesTest, AReopenedVersionCountsUntilTheNextVersion) {
  std::vector<Version> versions = {{"2026-09", 1, V::kAccepted}, {"2026-10", 1, V::kReopened}};
  EXPECT_THAT(AcceptedVersions(versions), ElementsAre(0, 1));
  versions.push_back({"2026-10", 2, V::kSubmitted});
  EXPECT_THAT(AcceptedVersions(versions), ElementsAre(0));
  versions[2].state = V::kAccepted;
  EXPECT_THAT(AcceptedVersions(versions), ElementsAre(0, 2));
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
