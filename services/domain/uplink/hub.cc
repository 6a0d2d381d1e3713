#include "services/domain/uplink/hub.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"

namespace duban::uplink {
namespace {

absl::Status WrongEpoch(int64_t current) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "WRONG_EPOCH",
                   absl::StrCat("the node writes in epoch ", current),
                   {{"current_epoch", absl::StrCat(current)}});
}

absl::Status SeqGap(int64_t expected) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "SEQ_GAP",
                   absl::StrCat("the next envelope is number ", expected),
                   {{"expected_seq", absl::StrCat(expected)}});
}

absl::Status BrokenChain() {
  return MakeError(absl::StatusCode::kFailedPrecondition, "BROKEN_CHAIN",
                   "the envelope does not follow the last one that the hub has");
}

absl::Status Equivocation() {
  return MakeError(absl::StatusCode::kFailedPrecondition, "EQUIVOCATION",
                   "other bytes were taken under the same number or id");
}

Admission Stop(absl::Status error, bool freeze = false) {
  return {Admission::Kind::kStop, std::move(error), freeze};
}

}  // namespace

std::string FirstPrevHash() { return std::string(32, '\0'); }

absl::Status NodeFrozen() {
  return MakeError(absl::StatusCode::kFailedPrecondition, "NODE_FROZEN",
                   "the node and the hub disagree about the past; a person has to decide");
}

Admission Admit(const NodeLedger& ledger, const Offered& offered, const Known& known) {
  if (offered.epoch != ledger.epoch) return Stop(WrongEpoch(ledger.epoch));
  if (ledger.frozen) return Stop(NodeFrozen());
  if (known.hash_at_seq && *known.hash_at_seq == offered.body_hash) {
    return {Admission::Kind::kDuplicate, absl::OkStatus(), false};
  }
  if (known.hash_at_seq || known.hash_of_report_id) return Stop(Equivocation(), /*freeze=*/true);
  if (offered.seq != ledger.accepted_through + 1) return Stop(SeqGap(ledger.accepted_through + 1));
  if (offered.prev_hash != ledger.head_hash) return Stop(BrokenChain());
  return {Admission::Kind::kAccept, absl::OkStatus(), false};
}

NodeLedger Advance(NodeLedger ledger, const Offered& offered) {
  ledger.accepted_through = offered.seq;
  ledger.head_hash = offered.body_hash;
  return ledger;
}

NodeLedger InEpoch(NodeLedger ledger, int64_t epoch) {
  if (ledger.epoch == epoch) return ledger;
  return {.epoch = epoch};
}

}  // namespace duban::uplink
