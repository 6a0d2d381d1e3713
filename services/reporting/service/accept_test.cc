#include "services/reporting/service/accept.h"

#include <gtest/gtest.h>

#include "services/common/testing/status_matchers.h"
#include "services/reporting/domain/limits.h"
#include "services/reporting/service/testing/test_hub.h"

namespace duban::reporting {
namespace {

namespace pb = duban::reporting::v1;
using ::duban::testing::IsOk;
using ::duban::testing::StatusIs;

class AcceptTest : public ::testing::Test {
 protected:
  AcceptTest() { hub_.IssueToBoth(); }

  pb::AssignmentStatus Status() { return *hub_.Get<pb::AssignmentStatus>(TestHub::kAssignment); }

  void ExpectRejected(const pb::Envelope& envelope, const std::string& reason) {
    const pb::ReceiptBody body = hub_.PushOne(envelope);
    EXPECT_EQ(body.disposition(), pb::DISPOSITION_REJECTED);
    EXPECT_EQ(body.reason(), reason);
    EXPECT_EQ(body.resource(), "");
  }

  TestHub hub_;
};

TEST_F(AcceptTest, AnAcknowledgementAndAReportTakeEffectWithReceipts) {
  const auto leaves = hub_.Keys("ledger/").size();
  const Taking taking = hub_.Push({hub_.Acknowledge(), hub_.Report(hub_.Content())});
  ASSERT_THAT(taking.error, IsOk());
  ASSERT_EQ(taking.response.receipts_size(), 2);
  EXPECT_EQ(taking.response.accepted_through(), 2);
  EXPECT_EQ(taking.response.stop_reason(), "");
  const pb::Receipt& receipt = taking.response.receipts(1);
  EXPECT_TRUE(sign::VerifyEd25519(hub_.receipt_signer().public_key(), receipt.body(),
                                  receipt.signature().signature()));
  const pb::ReceiptBody body = TestHub::BodyOf(receipt);
  EXPECT_EQ(body.disposition(), pb::DISPOSITION_ACCEPTED);
  EXPECT_EQ(body.resource(), std::string(TestHub::kAssignment) + "/reports/2026-08@1");
  EXPECT_EQ(body.leaf_index(), static_cast<int64_t>(leaves) + 1);
  EXPECT_EQ(Status().state(), pb::ASSIGNMENT_STATE_ACTIVE);
  const auto report = hub_.Get<pb::Report>(body.resource());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->state(), pb::REPORT_STATE_SUBMITTED);
  EXPECT_EQ(report->report_id(), body.report_id());
  EXPECT_EQ(report->leaf_index(), body.leaf_index());
  EXPECT_EQ(feed::FromTimestamp(report->receive_time()), hub_.clock().Now());
}

TEST_F(AcceptTest, ADuplicateGetsTheSameReceiptBytesAndHasNoSecondEffect) {
  const pb::Envelope envelope = hub_.Acknowledge();
  const Taking first = hub_.Push({envelope});
  hub_.clock().Advance(absl::Hours(1));
  const int64_t revision = hub_.store().revision();
  const Taking second = hub_.Push({envelope});
  ASSERT_EQ(second.response.receipts_size(), 1);
  EXPECT_EQ(first.response.receipts(0).SerializeAsString(),
            second.response.receipts(0).SerializeAsString());
  EXPECT_EQ(hub_.store().revision(), revision);
}

TEST_F(AcceptTest, StopsAtAGapAndKeepsWhatCameBefore) {
  const pb::Envelope first = hub_.Acknowledge();
  hub_.Acknowledge();  // never sent
  const Taking taking = hub_.Push({first, hub_.Report(hub_.Content())});
  ASSERT_THAT(taking.error, IsOk());
  EXPECT_EQ(taking.response.receipts_size(), 1);
  EXPECT_EQ(taking.response.stop_reason(), "SEQ_GAP");
  const Taking again = hub_.Push({hub_.Report(hub_.Content())});
  EXPECT_THAT(again.error, StatusIs(absl::StatusCode::kFailedPrecondition, "SEQ_GAP"));
  EXPECT_EQ(ErrorMetadata(again.error)["expected_seq"], "2");
}

TEST_F(AcceptTest, RefusesAnotherEpochAnotherPredecessorAndABadSignature) {
  pb::Acknowledgement payload;
  payload.set_assignment(TestHub::kAssignment);
  pb::EnvelopeHeader header = hub_.NextHeader(pb::PAYLOAD_TYPE_ACKNOWLEDGEMENT);
  pb::EnvelopeHeader wrong = header;
  wrong.set_epoch(2);
  EXPECT_THAT(hub_.Push({hub_.Seal(wrong, payload)}).error,
              StatusIs(absl::StatusCode::kFailedPrecondition, "WRONG_EPOCH"));
  wrong = header;
  wrong.set_prev_hash(std::string(32, 'x'));
  EXPECT_THAT(hub_.Push({hub_.Seal(wrong, payload)}).error,
              StatusIs(absl::StatusCode::kFailedPrecondition, "BROKEN_CHAIN"));
  pb::Envelope forged = hub_.Seal(header, payload);
  forged.mutable_body()->back() ^= 1;
  EXPECT_THAT(hub_.Push({forged}).error,
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_SIGNATURE"));
  pb::Envelope unsigned_one = hub_.Seal(header, payload);
  unsigned_one.clear_signatures();
  EXPECT_THAT(hub_.Push({unsigned_one}).error,
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_SIGNATURE"));
  pb::Envelope many = hub_.Seal(header, payload);
  while (many.signatures_size() <= kMaxSignatures) *many.add_signatures() = many.signatures(0);
  EXPECT_THAT(hub_.Push({many}).error,
              StatusIs(absl::StatusCode::kInvalidArgument, "MALFORMED_ENVELOPE"));
  pb::EnvelopeHeader wordy = header;
  wordy.set_author(std::string(kMaxAuthorBytes + 1, 'x'));
  EXPECT_THAT(hub_.Push({hub_.Seal(wordy, payload)}).error,
              StatusIs(absl::StatusCode::kInvalidArgument, "MALFORMED_ENVELOPE"));
  pb::Envelope garbage;
  garbage.set_body("not an envelope");
  EXPECT_THAT(hub_.Push({garbage}).error,
              StatusIs(absl::StatusCode::kInvalidArgument, "MALFORMED_ENVELOPE"));
  wrong = header;
  wrong.set_node("agencies/stcsm/nodes/n1");
  EXPECT_THAT(hub_.Push({hub_.Seal(wrong, payload)}).error,
              StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"));
  EXPECT_THAT(hub_.Push({hub_.Seal(header, payload)}).error, IsOk());
}

TEST_F(AcceptTest, FreezesANodeThatSaysTwoThingsUnderOneNumberAndKeepsBoth) {
  pb::Acknowledgement payload;
  payload.set_assignment(TestHub::kAssignment);
  const pb::EnvelopeHeader header = hub_.NextHeader(pb::PAYLOAD_TYPE_ACKNOWLEDGEMENT);
  ASSERT_THAT(hub_.Push({hub_.Seal(header, payload)}).error, IsOk());
  payload.set_assignment(TestHub::kForeign);
  EXPECT_THAT(hub_.Push({hub_.Seal(header, payload)}).error,
              StatusIs(absl::StatusCode::kFailedPrecondition, "EQUIVOCATION"));
  EXPECT_EQ(hub_.Keys("equivocations/").size(), 1u);
  EXPECT_EQ(hub_.Keys("envelopes/").size(), 1u);
  EXPECT_THAT(hub_.Push({hub_.Report(hub_.Content())}).error,
              StatusIs(absl::StatusCode::kFailedPrecondition, "NODE_FROZEN"));
}

TEST_F(AcceptTest, FreezesANodeThatUsesAReportIdTwice) {
  pb::Acknowledgement payload;
  payload.set_assignment(TestHub::kAssignment);
  const pb::EnvelopeHeader first = hub_.NextHeader(pb::PAYLOAD_TYPE_ACKNOWLEDGEMENT);
  ASSERT_THAT(hub_.Push({hub_.Seal(first, payload)}).error, IsOk());
  pb::EnvelopeHeader second = hub_.NextHeader(pb::PAYLOAD_TYPE_ACKNOWLEDGEMENT);
  second.set_report_id(first.report_id());
  EXPECT_THAT(hub_.Push({hub_.Seal(second, payload)}).error,
              StatusIs(absl::StatusCode::kFailedPrecondition, "EQUIVOCATION"));
}

TEST_F(AcceptTest, UsesUpWhatIsNotAcceptableWithAReason) {
  ExpectRejected(hub_.Report(hub_.Content()), "ILLEGAL_TRANSITION");  // not acknowledged
  ExpectRejected(hub_.Acknowledge(TestHub::kForeign), "NOT_ALLOWED");
  ExpectRejected(hub_.Acknowledge("plans/p/tasks/t9/assignments/sheitc"), "ASSIGNMENT_NOT_FOUND");
  ExpectRejected(hub_.Acknowledge("nonsense"), "INVALID_NAME");
  EXPECT_EQ(hub_.PushOne(hub_.Acknowledge()).disposition(), pb::DISPOSITION_ACCEPTED);
  ExpectRejected(hub_.Acknowledge(), "ILLEGAL_TRANSITION");
  ExpectRejected(hub_.Report(hub_.Content("2026-10")), "FUTURE_PERIOD");
  ExpectRejected(hub_.Report(hub_.Content("2026-Q3")), "INVALID_PERIOD");
  pb::ReportContent content = hub_.Content();
  content.set_progress_bp(10001);
  ExpectRejected(hub_.Report(content), "INVALID_REPORT");
  pb::EnvelopeHeader header = hub_.NextHeader(static_cast<pb::PayloadType>(99));
  ExpectRejected(hub_.Seal(header, content), "UNKNOWN_PAYLOAD");
  EXPECT_EQ(hub_.PushOne(hub_.Report(hub_.Content())).disposition(), pb::DISPOSITION_ACCEPTED);
  ExpectRejected(hub_.Report(hub_.Content()), "ILLEGAL_TRANSITION");  // one waits for review
}

TEST_F(AcceptTest, TakesNothingFromARevokedNodeOrByARevokedKey) {
  auto node = hub_.MakeNode();
  node.mutable_signing_keys(0)->mutable_revoke_time()->set_seconds(1);
  ASSERT_THAT(hub_.FollowAgency(TestHub::Rows({&node})), IsOk());
  EXPECT_THAT(hub_.Push({hub_.Acknowledge()}).error,
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_SIGNATURE"));
  node = hub_.MakeNode();
  node.mutable_revoke_time()->set_seconds(1);
  ASSERT_THAT(hub_.FollowAgency(TestHub::Rows({&node})), IsOk());
  EXPECT_THAT(hub_.Push({hub_.Acknowledge()}).error,
              StatusIs(absl::StatusCode::kPermissionDenied, "NODE_UNKNOWN"));
}

TEST_F(AcceptTest, TakesNothingWhileTheTaskIsSuspended) {
  const auto task = hub_.MakeTask(duban::task::v1::TASK_STATE_SUSPENDED);
  ASSERT_THAT(hub_.FollowTask(TestHub::Rows({&task})), IsOk());
  ExpectRejected(hub_.Acknowledge(), "ILLEGAL_TRANSITION");
}

}  // namespace
}  // namespace duban::reporting
