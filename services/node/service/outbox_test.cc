#include "services/node/service/outbox.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/common/feed/messages.h"
#include "services/common/testing/fake_clock.h"
#include "services/common/testing/fake_ids.h"
#include "services/common/testing/status_matchers.h"
#include "services/node/service/hub_copy.h"
#include "services/node/service/keys.h"
#include "services/node/service/pending.h"

namespace duban::node {
namespace {

namespace pb = duban::reporting::v1;
using ::duban::testing::IsOk;
using ::duban::testing::StatusIs;

constexpr char kAssignment[] = "plans/p/tasks/t1/assignments/sheitc";

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() {
    EXPECT_THAT(store_->WriteAndWait([](feed::Tx& tx) { return OpenEpoch(tx, 1); }), IsOk());
  }

  // Queues an acknowledgement, whatever the state.
  duban::node::v1::Submission Say() {
    duban::node::v1::Submission submission;
    EXPECT_THAT(store_->WriteAndWait([&](feed::Tx& tx) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(submission, Enqueue(tx,
                                                 {.type = pb::PAYLOAD_TYPE_ACKNOWLEDGEMENT,
                                                  .assignment = kAssignment,
                                                  .payload = "x"},
                                                 {kNode, *signer_, ids_}));
      return absl::OkStatus();
    }),
                IsOk());
    return submission;
  }

  pb::PushBatchRequest Batch(int64_t first) {
    pb::PushBatchRequest batch;
    EXPECT_THAT(store_->Read([&](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(batch, ReadBatch(view, first, std::nullopt, std::nullopt));
      return absl::OkStatus();
    }),
                IsOk());
    return batch;
  }

  pb::Receipt ReceiptFor(const pb::Envelope& envelope, int64_t seq, pb::Disposition disposition) {
    pb::ReceiptBody body;
    body.set_node(kNode.ToString());
    body.set_epoch(1);
    body.set_seq(seq);
    body.set_body_sha256(sign::Sha256(envelope.body()));
    body.set_disposition(disposition);
    if (disposition == pb::DISPOSITION_REJECTED) body.set_reason("ILLEGAL_TRANSITION");
    *body.mutable_receive_time() = feed::ToTimestamp(clock_.Now());
    pb::Receipt receipt;
    receipt.set_body(absl::StrCat("DUBAN-RECEIPT-V1\n", body.SerializeAsString()));
    receipt.mutable_signature()->set_signature(hub_signer_->Sign(receipt.body()));
    return receipt;
  }

  absl::Status Take(int64_t first, const std::vector<pb::Receipt>& receipts) {
    const google::protobuf::RepeatedPtrField<pb::Receipt> all(receipts.begin(), receipts.end());
    return store_
        ->WriteAndWait([&](feed::Tx& tx) {
          return TakeReceipts(tx, kNode, hub_signer_->public_key(), first, all).status();
        })
        .status();
  }

  uplink::NodePosition Position() {
    uplink::NodePosition position;
    EXPECT_THAT(store_->Read([&](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(position, ReadPosition(view));
      return absl::OkStatus();
    }),
                IsOk());
    return position;
  }

  std::vector<std::string> Keys(const std::string& prefix) {
    std::vector<std::string> keys;
    EXPECT_THAT(store_->Read([&](feed::View& view) {
      return view.Scan({.prefix = prefix}, [&](const feed::Row& row) {
        keys.push_back(row.key);
        return true;
      });
    }),
                IsOk());
    return keys;
  }

  const NodeName kNode{"sheitc", "n1"};
  testing::FakeClock clock_;
  testing::FakeIds ids_;
  std::unique_ptr<feed::Store> store_ = feed::NewMemoryStore(clock_, ids_);
  std::unique_ptr<sign::Signer> signer_ = *sign::SignerFromPem(*sign::NewEd25519Pem());
  std::unique_ptr<sign::Signer> hub_signer_ = *sign::SignerFromPem(*sign::NewEd25519Pem());
};

TEST_F(OutboxTest, NumbersChainsAndSigns) {
  EXPECT_EQ(Say().name(), "submissions/1-1");
  EXPECT_EQ(Say().name(), "submissions/1-2");
  const pb::PushBatchRequest batch = Batch(1);
  ASSERT_EQ(batch.envelopes_size(), 2);
  std::string prev(32, '\0');
  for (int i = 0; i < 2; ++i) {
    const pb::Envelope& envelope = batch.envelopes(i);
    EXPECT_TRUE(sign::VerifyEd25519(signer_->public_key(), envelope.body(),
                                    envelope.signatures(0).signature()));
    pb::EnvelopeHeader header;
    ASSERT_TRUE(
        header.ParseFromString(std::string(sign::ParseEnvelopeBody(envelope.body())->header)));
    EXPECT_EQ(header.seq(), i + 1);
    EXPECT_EQ(header.prev_hash(), prev);
    EXPECT_EQ(header.report_id().size(), 16u);
    prev = sign::Sha256(envelope.body());
  }
  EXPECT_EQ(Batch(2).envelopes_size(), 1);
  EXPECT_EQ(Batch(3).envelopes_size(), 0);
}

TEST_F(OutboxTest, TakesReceiptsAndPutsRefusalsIntoTheInboxOnce) {
  Say();
  Say();
  const pb::PushBatchRequest batch = Batch(1);
  const std::vector<pb::Receipt> receipts = {
      ReceiptFor(batch.envelopes(0), 1, pb::DISPOSITION_ACCEPTED),
      ReceiptFor(batch.envelopes(1), 2, pb::DISPOSITION_REJECTED)};
  ASSERT_THAT(Take(1, receipts), IsOk());
  ASSERT_THAT(Take(1, receipts), IsOk());  // a duplicate push
  EXPECT_EQ(Position().acked_through, 2);
  EXPECT_EQ(Keys("inbox/").size(), 1u);
  EXPECT_EQ(Keys("pending/").size(), 1u);  // accepted, not yet shown by the hub's rows
}

TEST_F(OutboxTest, WhatTheHubShowsIsNoLongerPending) {
  Say();
  ASSERT_THAT(Take(1, {ReceiptFor(Batch(1).envelopes(0), 1, pb::DISPOSITION_ACCEPTED)}), IsOk());
  pb::AssignmentStatus status;
  status.set_name(kAssignment);
  status.set_state(pb::ASSIGNMENT_STATE_ACKNOWLEDGED);
  *status.mutable_update_time() = feed::ToTimestamp(clock_.Now());
  duban::common::v1::Changes changes;
  changes.set_revision(1);
  changes.add_rows()->set_key(kAssignment);
  changes.mutable_rows(0)->mutable_image()->PackFrom(status);
  ASSERT_THAT(store_->WriteAndWait([&](feed::Tx& tx) { return ApplyChanges(tx, changes); }),
              IsOk());
  EXPECT_TRUE(Keys("pending/").empty());
  EXPECT_EQ(Keys("inbox/").size(), 1u);  // the change of state
}

TEST_F(OutboxTest, RefusesReceiptsThatAreNotTheHubsOrNotAboutItsOwn) {
  Say();
  const pb::Envelope envelope = Batch(1).envelopes(0);
  pb::Receipt forged = ReceiptFor(envelope, 1, pb::DISPOSITION_ACCEPTED);
  forged.mutable_body()->back() ^= 1;
  EXPECT_THAT(Take(1, {forged}), StatusIs(absl::StatusCode::kInternal, "BAD_RECEIPT"));
  EXPECT_THAT(Take(1, {ReceiptFor(envelope, 2, pb::DISPOSITION_ACCEPTED)}),
              StatusIs(absl::StatusCode::kInternal, "BAD_RECEIPT"));
  EXPECT_THAT(Take(1, {}), StatusIs(absl::StatusCode::kInternal, "BAD_RECEIPT"));
  EXPECT_EQ(Position().acked_through, 0);
}

TEST_F(OutboxTest, ANewEpochStartsAtOneAndSaysWhatWasNotDelivered) {
  Say();
  ASSERT_THAT(store_->WriteAndWait([](feed::Tx& tx) { return OpenEpoch(tx, 2); }), IsOk());
  EXPECT_EQ(Position().epoch, 2);
  EXPECT_EQ(Position().last_seq, 0);
  EXPECT_EQ(Keys("inbox/").size(), 1u);
  EXPECT_TRUE(Keys("pending/").empty());
  EXPECT_EQ(Say().name(), "submissions/2-1");
  EXPECT_THAT(store_->WriteAndWait([](feed::Tx& tx) { return OpenEpoch(tx, 1); }),
              StatusIs(absl::StatusCode::kFailedPrecondition, "EPOCH_PAST"));
}

}  // namespace
}  // namespace duban::node
