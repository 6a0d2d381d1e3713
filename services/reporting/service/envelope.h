#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "duban/agency/v1/agency.pb.h"
#include "duban/reporting/v1/envelope.pb.h"
#include "services/common/base/names.h"

namespace duban::reporting {

// An envelope whose signature is good, taken apart.
struct OpenedEnvelope {
  duban::reporting::v1::Envelope envelope;
  duban::reporting::v1::EnvelopeHeader header;
  std::string payload;
  std::string body_hash;   // SHA-256 of the body
  std::string public_key;  // raw, of header.key_id
};

// Checks the signature with the keys of `node`, which must be the one that the header names, then
// takes the body apart. Signatures of keys that are not the node's are not looked at.
// INVALID_ARGUMENT / MALFORMED_ENVELOPE or BAD_SIGNATURE, PERMISSION_DENIED / NOT_ALLOWED for
// another node's envelope.
absl::StatusOr<OpenedEnvelope> OpenEnvelope(const duban::reporting::v1::Envelope& envelope,
                                            const duban::agency::v1::Node& node);

// The raw public key of that id, or empty when the node has none or it was revoked.
std::string PublicKeyOf(const duban::agency::v1::Node& node, absl::string_view key_id);

absl::Status BadSignature();

}  // namespace duban::reporting
