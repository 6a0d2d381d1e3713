#include "services/reporting/service/accept.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "duban/reporting/v1/envelope.pb.h"
#include "services/common/feed/messages.h"
#include "services/domain/uplink/limits.h"
#include "services/reporting/domain/limits.h"
#include "services/reporting/service/effects.h"
#include "services/reporting/service/keys.h"
#include "services/reporting/service/ledger.h"
#include "services/reporting/service/nodes.h"

namespace duban::reporting {
namespace {

namespace pb = duban::reporting::v1;

constexpr char kReceiptDomain[] = "DUBAN-RECEIPT-V1\n";

template <typename Message>
absl::Status PutPrivate(feed::Tx& tx, const std::string& key, const Message& message) {
  return tx.Put({.key = key,
                 .type = Message::descriptor()->full_name(),
                 .image = message.SerializeAsString(),
                 .logged = false});
}

uplink::Offered ToOffered(const OpenedEnvelope& envelope) {
  return {.epoch = envelope.header.epoch(),
          .seq = envelope.header.seq(),
          .prev_hash = envelope.header.prev_hash(),
          .body_hash = envelope.body_hash};
}

// One batch at work inside its transaction.
class Taker {
 public:
  Taker(feed::Tx& tx, const Batch& batch, const sign::Signer& signer)
      : tx_(tx), batch_(batch), signer_(signer) {}

  absl::StatusOr<Taking> Run() {
    DUBAN_ASSIGN_OR_RETURN(auto node, FindNode(tx_, batch_.node));
    if (!node) return Taking{{}, NodeUnknown()};
    node_ = *std::move(node);
    DUBAN_ASSIGN_OR_RETURN(ledger_, ReadLedger(tx_, batch_.node, node_.epoch()));
    absl::Status stop = batch_.stop;
    for (const OpenedEnvelope& envelope : batch_.envelopes) {
      DUBAN_ASSIGN_OR_RETURN(Outcome outcome, TakeOne(envelope));
      if (outcome.stop.ok()) continue;
      stop = std::move(outcome.stop);
      break;
    }
    return Answer(stop);
  }

 private:
  struct Outcome {
    absl::Status stop;  // why the envelope ends the batch; OK when it was taken
  };

  absl::StatusOr<Outcome> TakeOne(const OpenedEnvelope& envelope) {
    if (PublicKeyOf(node_, envelope.header.key_id()) != envelope.public_key) {
      return Outcome{BadSignature()};
    }
    const uplink::Offered offered = ToOffered(envelope);
    DUBAN_ASSIGN_OR_RETURN(const uplink::Known known, ReadKnown(envelope));
    const uplink::Admission admission = uplink::Admit(ledger_, offered, known);
    switch (admission.kind) {
      case uplink::Admission::Kind::kStop:
        if (admission.freeze) DUBAN_RETURN_IF_ERROR(Freeze(envelope));
        return Outcome{admission.error};
      case uplink::Admission::Kind::kDuplicate:
        DUBAN_RETURN_IF_ERROR(RepeatReceipt(envelope));
        break;
      case uplink::Admission::Kind::kAccept:
        DUBAN_RETURN_IF_ERROR(UseUp(envelope));
        ledger_ = uplink::Advance(std::move(ledger_), offered);
        DUBAN_RETURN_IF_ERROR(WriteLedger());
        break;
    }
    return Outcome{};
  }

  absl::StatusOr<uplink::Known> ReadKnown(const OpenedEnvelope& envelope) {
    uplink::Known known;
    DUBAN_ASSIGN_OR_RETURN(known.hash_at_seq, HashAt(tx_, batch_.node, envelope.header.epoch(),
                                                     envelope.header.seq()));
    DUBAN_ASSIGN_OR_RETURN(const auto id, tx_.Get(ReportIdKey(envelope.header.report_id())));
    if (!id) return known;
    DUBAN_ASSIGN_OR_RETURN(const auto other, feed::GetMessage<pb::Envelope>(tx_, id->image));
    if (other) known.hash_of_report_id = sign::Sha256(other->body());
    return known;
  }

  absl::Status Freeze(const OpenedEnvelope& envelope) {
    const auto& header = envelope.header;
    DUBAN_RETURN_IF_ERROR(PutPrivate(
        tx_, EquivocationKey(batch_.node, header.epoch(), header.seq(), envelope.body_hash),
        envelope.envelope));
    return tx_.Put(
        {.key = FrozenKey(batch_.node, header.epoch()), .image = "EQUIVOCATION", .logged = false});
  }

  absl::Status RepeatReceipt(const OpenedEnvelope& envelope) {
    const std::string key = ReceiptKey(batch_.node, envelope.header.epoch(), envelope.header.seq());
    DUBAN_ASSIGN_OR_RETURN(auto receipt, feed::GetMessage<pb::Receipt>(tx_, key));
    if (!receipt) {
      return MakeError(absl::StatusCode::kDataLoss, "ROW_DAMAGED", "a receipt is missing",
                       {{"key", key}});
    }
    *taking_.response.add_receipts() = *std::move(receipt);
    return absl::OkStatus();
  }

  // Keeps the envelope, adds its leaf, and makes what it says so, or refuses it for good.
  absl::Status UseUp(const OpenedEnvelope& envelope) {
    const auto& header = envelope.header;
    const std::string key = EnvelopeKey(batch_.node, header.epoch(), header.seq());
    DUBAN_RETURN_IF_ERROR(PutPrivate(tx_, key, envelope.envelope));
    DUBAN_RETURN_IF_ERROR(
        tx_.Put({.key = ReportIdKey(header.report_id()), .image = key, .logged = false}));
    DUBAN_ASSIGN_OR_RETURN(const int64_t leaf, AppendLeaf(tx_, envelope.envelope.body(), key));
    const auto resource = Effect(tx_, {envelope, batch_.node, batch_.identity, leaf});
    if (!resource.ok() && !IsRefusal(resource.status())) return resource.status();
    const pb::Receipt receipt = SignReceipt(envelope, leaf, resource);
    DUBAN_RETURN_IF_ERROR(
        PutPrivate(tx_, ReceiptKey(batch_.node, header.epoch(), header.seq()), receipt));
    *taking_.response.add_receipts() = receipt;
    return absl::OkStatus();
  }

  pb::Receipt SignReceipt(const OpenedEnvelope& envelope, int64_t leaf,
                          const absl::StatusOr<std::string>& resource) {
    pb::ReceiptBody body;
    body.set_node(batch_.node.ToString());
    body.set_epoch(envelope.header.epoch());
    body.set_seq(envelope.header.seq());
    body.set_report_id(envelope.header.report_id());
    body.set_body_sha256(envelope.body_hash);
    body.set_disposition(resource.ok() ? pb::DISPOSITION_ACCEPTED : pb::DISPOSITION_REJECTED);
    if (resource.ok()) body.set_resource(*resource);
    if (!resource.ok()) body.set_reason(ErrorReason(resource.status()));
    body.set_leaf_index(leaf);
    *body.mutable_receive_time() = feed::ToTimestamp(tx_.now());
    body.set_custody_hub(node_.custody() == duban::agency::v1::CUSTODY_HUB);
    pb::Receipt receipt;
    receipt.set_body(absl::StrCat(kReceiptDomain, body.SerializeAsString()));
    receipt.mutable_signature()->set_algorithm(sign::kEd25519);
    receipt.mutable_signature()->set_key_id(signer_.key_id());
    receipt.mutable_signature()->set_signature(signer_.Sign(receipt.body()));
    return receipt;
  }

  absl::Status WriteLedger() {
    pb::HelloResponse position;
    position.set_epoch(ledger_.epoch);
    position.set_accepted_through(ledger_.accepted_through);
    position.set_head_hash(ledger_.head_hash);
    return PutPrivate(tx_, LedgerKey(batch_.node), position);
  }

  Taking Answer(const absl::Status& stop) {
    auto& response = taking_.response;
    if (response.receipts().empty() && !stop.ok()) return Taking{{}, stop};
    response.set_accepted_through(ledger_.accepted_through);
    response.set_credit_envelopes(kCreditEnvelopes);
    response.set_credit_bytes(uplink::kMaxBatchBytes);
    response.set_stop_reason(ErrorReason(stop));
    return std::move(taking_);
  }

  feed::Tx& tx_;
  const Batch& batch_;
  const sign::Signer& signer_;
  duban::agency::v1::Node node_;
  uplink::NodeLedger ledger_;
  Taking taking_;
};

}  // namespace

absl::StatusOr<uplink::NodeLedger> ReadLedger(feed::View& view, const NodeName& node,
                                              int64_t epoch) {
  DUBAN_ASSIGN_OR_RETURN(const auto stored,
                         feed::GetMessage<pb::HelloResponse>(view, LedgerKey(node)));
  uplink::NodeLedger ledger = {.epoch = epoch};
  if (stored) {
    ledger = uplink::InEpoch({.epoch = stored->epoch(),
                              .accepted_through = stored->accepted_through(),
                              .head_hash = stored->head_hash()},
                             epoch);
  }
  DUBAN_ASSIGN_OR_RETURN(const auto frozen, view.Get(FrozenKey(node, epoch)));
  ledger.frozen = frozen.has_value();
  return ledger;
}

absl::StatusOr<std::optional<std::string>> HashAt(feed::View& view, const NodeName& node,
                                                  int64_t epoch, int64_t seq) {
  DUBAN_ASSIGN_OR_RETURN(const auto envelope,
                         feed::GetMessage<pb::Envelope>(view, EnvelopeKey(node, epoch, seq)));
  if (!envelope) return std::optional<std::string>();
  return std::make_optional(sign::Sha256(envelope->body()));
}

absl::StatusOr<Taking> Take(feed::Tx& tx, const Batch& batch, const sign::Signer& signer) {
  return Taker(tx, batch, signer).Run();
}

}  // namespace duban::reporting
