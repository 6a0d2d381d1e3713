#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "services/common/base/status.h"
#include "services/domain/report/assignment.h"
#include "services/domain/report/version.h"

namespace duban::report {
namespace {

using S = AssignmentState;
using V = AssignmentVerb;

constexpr S kStates[] = {S::kIssued,   S::kAcknowledged, S::kActive, S::kDoneClaimed,
                         S::kVerified, S::kDisputed,     S::kRemoved};
constexpr V kVerbs[] = {V::kAcknowledge, V::kDispute,       V::kReport, V::kClaimDone, V::kVerify,
                        V::kReopen,      V::kRefuseDispute, V::kRemove, V::kIssue};

void ExpectIllegal(const absl::Status& status, absl::string_view from, absl::string_view to) {
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "ILLEGAL_TRANSITION");
  EXPECT_EQ(ErrorMetadata(status),
            (Metadata{{"from", std::string(from)}, {"to", std::string(to)}}));
}

TEST(AssignmentTest, MovesOnlyAsDrawn) {
  std::map<std::pair<S, V>, S> drawn = {
      {{S::kIssued, V::kAcknowledge}, S::kAcknowledged},
      {{S::kIssued, V::kDispute}, S::kDisputed},
      {{S::kAcknowledged, V::kReport}, S::kActive},
      {{S::kActive, V::kReport}, S::kActive},
      {{S::kDoneClaimed, V::kReport}, S::kDoneClaimed},
      {{S::kActive, V::kClaimDone}, S::kDoneClaimed},
      {{S::kDoneClaimed, V::kVerify}, S::kVerified},
      {{S::kDoneClaimed, V::kReopen}, S::kActive},
      {{S::kVerified, V::kReopen}, S::kActive},
      {{S::kDisputed, V::kRefuseDispute}, S::kIssued},
      {{S::kRemoved, V::kIssue}, S::kIssued},
  };
  for (S state : kStates) drawn[{state, V::kRemove}] = S::kRemoved;
  for (S state : kStates) {
    for (V verb : kVerbs) {
      auto after = Apply(state, verb);
      auto expected = drawn.find({state, verb});
      ASSERT_EQ(after.ok(), expected != drawn.end())
          << ToString(state) << " " << static_cast<int>(verb);
      if (after.ok()) {
        EXPECT_EQ(*after, expected->second);
      } else {
        EXPECT_EQ(ErrorReason(after.status()), "ILLEGAL_TRANSITION");
      }
    }
  }
}

TEST(AssignmentTest, RefusesAReportBeforeTheAcknowledgement) {
  ExpectIllegal(Apply(S::kIssued, V::kReport).status(), "ISSUED", "ACTIVE");
}

TEST(AssignmentTest, NothingHappensWhileTheTaskIsNotIssued) {
  ExpectIllegal(ApplyInTask(TaskState::kSuspended, S::kActive, V::kReport).status(), "SUSPENDED",
                "ACTIVE");
  ExpectIllegal(ApplyInTask(TaskState::kCancelled, S::kIssued, V::kAcknowledge).status(),
                "CANCELLED", "ACKNOWLEDGED");
  ExpectIllegal(ApplyInTask(TaskState::kRecorded, S::kIssued, V::kDispute).status(), "RECORDED",
                "DISPUTED");
  EXPECT_EQ(*ApplyInTask(TaskState::kIssued, S::kIssued, V::kAcknowledge), S::kAcknowledged);
}

TEST(VersionTest, IsReviewedOnceAndReopenedOnlyWhenAccepted) {
  EXPECT_EQ(*Review(VersionState::kSubmitted, VersionVerb::kAccept), VersionState::kAccepted);
  EXPECT_EQ(*Review(VersionState::kSubmitted, VersionVerb::kReturn), VersionState::kReturned);
  EXPECT_EQ(*Review(VersionState::kAccepted, VersionVerb::kReopen), VersionState::kReopened);
  ExpectIllegal(Review(VersionState::kAccepted, VersionVerb::kAccept).status(), "ACCEPTED",
                "ACCEPTED");
  ExpectIllegal(Review(VersionState::kAccepted, VersionVerb::kReturn).status(), "ACCEPTED",
                "RETURNED");
  ExpectIllegal(Review(VersionState::kReturned, VersionVerb::kAccept).status(), "RETURNED",
                "ACCEPTED");
  ExpectIllegal(Review(VersionState::kSubmitted, VersionVerb::kReopen).status(), "SUBMITTED",
                "REOPENED");
}

TEST(VersionTest, TheNextOneWaitsUntilTheLastIsReturnedOrReopened) {
  EXPECT_TRUE(CheckNewVersion(std::nullopt).ok());
  EXPECT_TRUE(CheckNewVersion(VersionState::kReturned).ok());
  EXPECT_TRUE(CheckNewVersion(VersionState::kReopened).ok());
  ExpectIllegal(CheckNewVersion(VersionState::kSubmitted), "SUBMITTED", "SUBMITTED");
  ExpectIllegal(CheckNewVersion(VersionState::kAccepted), "ACCEPTED", "SUBMITTED");
}

}  // namespace
}  // namespace duban::report
