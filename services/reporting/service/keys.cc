#include "services/reporting/service/keys.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/common/sign/sign.h"

namespace duban::reporting {
namespace {

std::string Numbered(absl::string_view prefix, const NodeName& node, int64_t epoch, int64_t seq) {
  return absl::StrFormat("%s/%s/%s/%010d/%012d", prefix, node.agency, node.node, epoch, seq);
}

}  // namespace

std::string MandateKey(const AssignmentName& name) {
  return absl::StrCat(kMandatePrefix, name.ToString());
}

std::string SourceKey(absl::string_view name) { return absl::StrCat(kSourcePrefix, name); }

std::string RegisterKey(const NodeName& node) {
  return absl::StrCat(kRegisterPrefix, node.ToString());
}

std::string EnvelopeKey(const NodeName& node, int64_t epoch, int64_t seq) {
  return Numbered("envelopes", node, epoch, seq);
}

std::string ReceiptKey(const NodeName& node, int64_t epoch, int64_t seq) {
  return Numbered("receipts", node, epoch, seq);
}

std::string EquivocationKey(const NodeName& node, int64_t epoch, int64_t seq,
                            absl::string_view body_hash) {
  return absl::StrCat(Numbered("equivocations", node, epoch, seq), "/", sign::HexEncode(body_hash));
}

std::string ReportIdKey(absl::string_view report_id) {
  return absl::StrCat("report-ids/", sign::HexEncode(report_id));
}

std::string LedgerKey(const NodeName& node) {
  return absl::StrCat("nodes/", node.agency, "/", node.node, "/ledger");
}

std::string FrozenKey(const NodeName& node, int64_t epoch) {
  return absl::StrFormat("nodes/%s/%s/frozen/%010d", node.agency, node.node, epoch);
}

std::string NodeStoreKey(const NodeName& node, int64_t epoch) {
  return absl::StrFormat("nodes/%s/%s/store/%010d", node.agency, node.node, epoch);
}

}  // namespace duban::reporting
