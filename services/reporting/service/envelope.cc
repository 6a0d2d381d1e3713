#include "services/reporting/service/envelope.h"

#include "absl/strings/str_cat.h"
#include "services/common/auth/caller.h"
#include "services/common/base/status.h"
#include "services/common/sign/sign.h"
#include "services/reporting/domain/limits.h"

namespace duban::reporting {
namespace {

constexpr size_t kHashBytes = 32;

absl::Status Malformed(absl::string_view problem) {
  return MakeError(absl::StatusCode::kInvalidArgument, "MALFORMED_ENVELOPE",
                   absl::StrCat("the envelope cannot be read: ", problem),
                   {{"problem", std::string(problem)}});
}

// One signature over the body itself is needed, and each that is by a key of the node must be good.
absl::Status CheckSignatures(const duban::reporting::v1::Envelope& envelope,
                             const duban::agency::v1::Node& node) {
  if (envelope.signatures_size() > kMaxSignatures) return Malformed("too many signatures");
  int good = 0;
  for (const auto& signature : envelope.signatures()) {
    const std::string key = PublicKeyOf(node, signature.key_id());
    if (key.empty() || signature.algorithm() != sign::kEd25519) continue;
    if (signature.tree_size() != 0 ||
        !sign::VerifyEd25519(key, envelope.body(), signature.signature())) {
      return BadSignature();
    }
    ++good;
  }
  return good > 0 ? absl::OkStatus() : BadSignature();
}

absl::Status CheckHeader(const duban::reporting::v1::EnvelopeHeader& header) {
  if (header.epoch() < 1 || header.seq() < 1) return Malformed("epoch or seq");
  if (header.prev_hash().size() != kHashBytes) return Malformed("prev_hash");
  if (header.report_id().size() != kReportIdBytes) return Malformed("report_id");
  if (header.author().size() > kMaxAuthorBytes) return Malformed("author");
  return absl::OkStatus();
}

}  // namespace

absl::Status BadSignature() {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_SIGNATURE",
                   "the envelope is not signed by a key of this node");
}

std::string PublicKeyOf(const duban::agency::v1::Node& node, absl::string_view key_id) {
  for (const auto& key : node.signing_keys()) {
    if (key.key_id() == key_id && !key.has_revoke_time()) return key.public_key();
  }
  return "";
}

absl::StatusOr<OpenedEnvelope> OpenEnvelope(const duban::reporting::v1::Envelope& envelope,
                                            const duban::agency::v1::Node& node) {
  DUBAN_ASSIGN_OR_RETURN(const auto parts, sign::ParseEnvelopeBody(envelope.body()));
  DUBAN_RETURN_IF_ERROR(CheckSignatures(envelope, node));
  OpenedEnvelope opened = {.envelope = envelope,
                           .header = {},
                           .payload = std::string(parts.payload),
                           .body_hash = sign::Sha256(envelope.body()),
                           .public_key = ""};
  if (!opened.header.ParseFromArray(parts.header.data(), static_cast<int>(parts.header.size()))) {
    return Malformed("header");
  }
  if (opened.header.node() != node.name()) return auth::NotAllowed();
  DUBAN_RETURN_IF_ERROR(CheckHeader(opened.header));
  opened.public_key = PublicKeyOf(node, opened.header.key_id());
  if (opened.public_key.empty()) return BadSignature();
  return opened;
}

}  // namespace duban::reporting
