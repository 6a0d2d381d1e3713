#include "services/node/service/outbox.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/domain/uplink/hub.h"
#include "services/domain/uplink/limits.h"
#include "services/node/domain/limits.h"
#include "services/node/domain/report_id.h"
#include "services/node/service/inbox.h"
#include "services/node/service/keys.h"
#include "services/node/service/pending.h"
#include "services/node/service/rows.h"

namespace duban::node {
namespace {

namespace pb = duban::reporting::v1;
using duban::node::v1::Submission;

constexpr char kReceiptDomain[] = "DUBAN-RECEIPT-V1\n";
constexpr int kSchemaVersion = 1;

absl::Status EpochPast(int64_t asked, int64_t stored) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "EPOCH_PAST",
                   absl::StrCat("the store wrote epoch ", stored, " already, not ", asked),
                   {{"epoch", absl::StrCat(asked)}, {"stored_epoch", absl::StrCat(stored)}});
}

absl::Status BadReceipt(int64_t seq) {
  return MakeError(absl::StatusCode::kInternal, "BAD_RECEIPT",
                   absl::StrCat("the hub's receipt for envelope ", seq, " is not right"),
                   {{"seq", absl::StrCat(seq)}});
}

absl::Status WritePosition(feed::Tx& tx, const uplink::NodePosition& position) {
  pb::HelloRequest stored;
  stored.set_epoch(position.epoch);
  stored.set_last_seq(position.last_seq);
  stored.set_acked_through(position.acked_through);
  return PutPrivate(tx, kPositionKey, stored);
}

// The hash that the next envelope names as its predecessor's.
absl::StatusOr<std::string> PrevHash(feed::View& view, const uplink::NodePosition& position) {
  if (position.last_seq == 0) return uplink::FirstPrevHash();
  return BodyHash(view, position.epoch, position.last_seq);
}

pb::Envelope Seal(const pb::EnvelopeHeader& header, const std::string& payload,
                  const sign::Signer& signer) {
  pb::Envelope envelope;
  envelope.set_body(sign::MakeEnvelopeBody(header.SerializeAsString(), payload));
  pb::Signature* signature = envelope.add_signatures();
  signature->set_algorithm(sign::kEd25519);
  signature->set_key_id(signer.key_id());
  signature->set_signature(signer.Sign(envelope.body()));
  return envelope;
}

Submission NewSubmission(const pb::EnvelopeHeader& header, const Saying& saying) {
  Submission submission;
  submission.set_name(absl::StrCat("submissions/", header.epoch(), "-", header.seq()));
  submission.set_payload_type(saying.type);
  submission.set_assignment(saying.assignment);
  submission.set_period(saying.period);
  submission.set_state(duban::node::v1::SUBMISSION_STATE_QUEUED);
  *submission.mutable_submit_time() = header.submit_time();
  submission.set_report_id(header.report_id());
  submission.set_author(saying.author);
  return submission;
}

// The receipt's body, when it is about the envelope under that number.
absl::StatusOr<pb::ReceiptBody> CheckReceipt(feed::View& view, const NodeName& node, int64_t epoch,
                                             int64_t seq, absl::string_view key,
                                             const pb::Receipt& receipt) {
  absl::string_view bytes = receipt.body();
  pb::ReceiptBody body;
  if (!sign::VerifyEd25519(key, receipt.body(), receipt.signature().signature()) ||
      !absl::ConsumePrefix(&bytes, kReceiptDomain) ||
      !body.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return BadReceipt(seq);
  }
  DUBAN_ASSIGN_OR_RETURN(const std::string own, BodyHash(view, epoch, seq));
  const bool about = body.node() == node.ToString() && body.epoch() == epoch && body.seq() == seq &&
                     !own.empty() && body.body_sha256() == own;
  if (!about) return BadReceipt(seq);
  return body;
}

// Notes on the submission what the hub answered.
absl::Status NoteReceipt(feed::Tx& tx, const pb::ReceiptBody& body) {
  const std::string key = SubmissionKey(body.epoch(), body.seq());
  DUBAN_ASSIGN_OR_RETURN(auto submission, feed::GetMessage<Submission>(tx, key));
  if (!submission) return BadReceipt(body.seq());
  const bool accepted = body.disposition() == pb::DISPOSITION_ACCEPTED;
  const bool told = submission->state() == duban::node::v1::SUBMISSION_STATE_REJECTED;
  submission->set_state(accepted ? duban::node::v1::SUBMISSION_STATE_ACCEPTED
                                 : duban::node::v1::SUBMISSION_STATE_REJECTED);
  submission->set_reason(body.reason());
  *submission->mutable_receive_time() = body.receive_time();
  submission->set_resource(body.resource());
  DUBAN_RETURN_IF_ERROR(PutPrivate(tx, key, *submission));
  DUBAN_RETURN_IF_ERROR(Settle(tx, submission->assignment()));
  if (accepted || told) return absl::OkStatus();
  duban::node::v1::InboxItem item;
  *item.mutable_receipt() = *std::move(submission);
  return AddToInbox(tx, std::move(item));
}

}  // namespace

absl::Status OpenEpoch(feed::Tx& tx, int64_t epoch) {
  DUBAN_ASSIGN_OR_RETURN(const auto stored, feed::GetMessage<pb::HelloRequest>(tx, kPositionKey));
  if (stored && stored->epoch() == epoch) return absl::OkStatus();
  if (stored && stored->epoch() > epoch) return EpochPast(epoch, stored->epoch());
  if (stored) DUBAN_RETURN_IF_ERROR(RefusePending(tx, "EPOCH_ENDED"));
  return WritePosition(tx, {.epoch = epoch});
}

absl::StatusOr<uplink::NodePosition> ReadPosition(feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(const auto stored, feed::GetMessage<pb::HelloRequest>(view, kPositionKey));
  if (!stored) return uplink::NodePosition();
  return uplink::NodePosition{.epoch = stored->epoch(),
                              .last_seq = stored->last_seq(),
                              .acked_through = stored->acked_through()};
}

absl::StatusOr<std::string> BodyHash(feed::View& view, int64_t epoch, int64_t seq) {
  DUBAN_ASSIGN_OR_RETURN(const auto envelope,
                         feed::GetMessage<pb::Envelope>(view, OutboxKey(epoch, seq)));
  return envelope ? sign::Sha256(envelope->body()) : std::string();
}

absl::StatusOr<Submission> Enqueue(feed::Tx& tx, const Saying& saying, const Speaker& speaker) {
  DUBAN_ASSIGN_OR_RETURN(uplink::NodePosition position, ReadPosition(tx));
  pb::EnvelopeHeader header;
  DUBAN_ASSIGN_OR_RETURN(*header.mutable_prev_hash(), PrevHash(tx, position));
  ++position.last_seq;
  header.set_node(speaker.node.ToString());
  header.set_epoch(position.epoch);
  header.set_seq(position.last_seq);
  header.set_report_id(MakeReportId(tx.now(), speaker.ids.Bytes(kReportIdBytes)));
  header.set_payload_type(saying.type);
  header.set_schema_version(kSchemaVersion);
  *header.mutable_submit_time() = feed::ToTimestamp(tx.now());
  header.set_key_id(speaker.signer.key_id());
  header.set_author(saying.author);
  const Submission submission = NewSubmission(header, saying);
  DUBAN_RETURN_IF_ERROR(PutPrivate(tx, OutboxKey(header.epoch(), header.seq()),
                                   Seal(header, saying.payload, speaker.signer)));
  DUBAN_RETURN_IF_ERROR(PutPrivate(tx, SubmissionKey(header.epoch(), header.seq()), submission));
  DUBAN_RETURN_IF_ERROR(AddPending(tx, submission, header.epoch(), header.seq()));
  DUBAN_RETURN_IF_ERROR(WritePosition(tx, position));
  return submission;
}

absl::StatusOr<pb::PushBatchRequest> ReadBatch(feed::View& view, int64_t first_seq,
                                               std::optional<int> credit_envelopes,
                                               std::optional<int64_t> credit_bytes) {
  DUBAN_ASSIGN_OR_RETURN(const uplink::NodePosition position, ReadPosition(view));
  pb::PushBatchRequest batch;
  batch.set_epoch(position.epoch);
  batch.set_first_seq(first_seq);
  const int64_t end = std::min(position.last_seq, first_seq + uplink::kMaxBatchEnvelopes - 1);
  std::vector<int64_t> sizes;
  int64_t bytes = 0;
  for (int64_t seq = first_seq; seq <= end && bytes <= uplink::kMaxBatchBytes; ++seq) {
    DUBAN_ASSIGN_OR_RETURN(auto envelope,
                           feed::GetMessage<pb::Envelope>(view, OutboxKey(position.epoch, seq)));
    if (!envelope) break;
    sizes.push_back(static_cast<int64_t>(envelope->ByteSizeLong()));
    bytes += sizes.back();
    *batch.add_envelopes() = *std::move(envelope);
  }
  const int length = uplink::BatchLength(sizes, credit_envelopes, credit_bytes);
  batch.mutable_envelopes()->DeleteSubrange(length, batch.envelopes_size() - length);
  return batch;
}

absl::StatusOr<int64_t> TakeReceipts(
    feed::Tx& tx, const NodeName& node, absl::string_view receipt_key, int64_t first_seq,
    const google::protobuf::RepeatedPtrField<pb::Receipt>& receipts) {
  DUBAN_ASSIGN_OR_RETURN(uplink::NodePosition position, ReadPosition(tx));
  if (receipts.empty()) return BadReceipt(first_seq);
  int64_t seq = first_seq - 1;
  for (const pb::Receipt& receipt : receipts) {
    ++seq;
    DUBAN_ASSIGN_OR_RETURN(const auto body,
                           CheckReceipt(tx, node, position.epoch, seq, receipt_key, receipt));
    DUBAN_RETURN_IF_ERROR(PutPrivate(tx, ReceiptKey(position.epoch, seq), receipt));
    DUBAN_RETURN_IF_ERROR(NoteReceipt(tx, body));
  }
  position.acked_through = std::max(position.acked_through, seq);
  DUBAN_RETURN_IF_ERROR(WritePosition(tx, position));
  return seq;
}

}  // namespace duban::node
