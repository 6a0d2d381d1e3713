#include "services/agency/domain/node_rules.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "services/agency/domain/limits.h"
#include "services/common/base/status.h"

namespace duban::agency {

absl::Status InvalidNode(absl::string_view field, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_NODE",
                   absl::StrCat(field, " ", why),
                   {{"field", std::string(field)}, {"why", std::string(why)}});
}

absl::Status NodeNotFound(absl::string_view name) {
  return MakeError(absl::StatusCode::kNotFound, "NODE_NOT_FOUND",
                   absl::StrCat("there is no ", name), {{"name", std::string(name)}});
}

absl::Status NodeExists(absl::string_view name) {
  return MakeError(absl::StatusCode::kAlreadyExists, "NODE_EXISTS",
                   absl::StrCat(name, " is registered with another record"),
                   {{"name", std::string(name)}});
}

absl::Status NodeRevoked(absl::string_view name) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "NODE_REVOKED",
                   absl::StrCat(name, " was revoked; register a node of another name"),
                   {{"name", std::string(name)}});
}

absl::Status CheckNode(const NodeRecord& record) {
  if (record.signing_keys.empty()) return InvalidNode("signing_keys", "is required");
  if (record.signing_keys.size() > kMaxSigningKeys) {
    return InvalidNode("signing_keys", absl::StrCat("has more than ", kMaxSigningKeys, " keys"));
  }
  std::set<std::string> seen;
  for (const NodeRecord::Key& key : record.signing_keys) {
    if (key.algorithm != "ed25519") return InvalidNode("signing_keys.algorithm", "is not ed25519");
    if (key.public_key.size() != kEd25519KeyBytes) {
      return InvalidNode("signing_keys.public_key",
                         absl::StrCat("is not of ", kEd25519KeyBytes, " bytes"));
    }
    if (!seen.insert(key.public_key).second) return InvalidNode("signing_keys", "has a key twice");
  }
  if (record.epoch < 1) return InvalidNode("epoch", "is below 1");
  if (!record.custody_known) return InvalidNode("custody", "is not known");
  return absl::OkStatus();
}

}  // namespace duban::agency
