#include "services/agency/domain/credential_rules.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "services/agency/domain/limits.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"

namespace duban::agency {
namespace {

absl::Status CheckIdentity(absl::string_view text, absl::string_view trust_domain) {
  auto identity = Identity::Parse(text);
  if (!identity.ok()) return InvalidCredential("identity", "is not a SPIFFE id of the suite");
  if (identity->trust_domain != trust_domain) {
    return InvalidCredential("identity", absl::StrCat("is not of the trust domain ", trust_domain));
  }
  if (identity->kind != Identity::Kind::kOperator && identity->kind != Identity::Kind::kSystem) {
    return InvalidCredential("identity", "is neither an operator's nor a system's");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status InvalidCredential(absl::string_view field, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_CREDENTIAL",
                   absl::StrCat(field, " ", why),
                   {{"field", std::string(field)}, {"why", std::string(why)}});
}

absl::Status CredentialNotFound(absl::string_view name) {
  return MakeError(absl::StatusCode::kNotFound, "CREDENTIAL_NOT_FOUND",
                   absl::StrCat("there is no ", name), {{"name", std::string(name)}});
}

absl::Status CredentialExists(absl::string_view name) {
  return MakeError(absl::StatusCode::kAlreadyExists, "CREDENTIAL_EXISTS",
                   absl::StrCat(name, " is there already"), {{"name", std::string(name)}});
}

absl::Status LastAdmin(absl::string_view name) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "LAST_ADMIN",
                   absl::StrCat(name, " is the last administrator's; record another one first"),
                   {{"name", std::string(name)}});
}

absl::Status CheckCredential(const CredentialRecord& record, absl::string_view trust_domain) {
  DUBAN_RETURN_IF_ERROR(CheckIdentity(record.identity, trust_domain));
  if (record.roles.empty()) return InvalidCredential("roles", "is required");
  std::set<int> seen;
  for (const CredentialRecord::Role& role : record.roles) {
    if (!role.grantable) return InvalidCredential("roles", "has a role that no credential gives");
    if (!seen.insert(role.number).second) return InvalidCredential("roles", "has a role twice");
  }
  if (record.plans.size() > kMaxPlansPerCredential) {
    return InvalidCredential("plans",
                             absl::StrCat("has more than ", kMaxPlansPerCredential, " plans"));
  }
  for (const std::string& plan : record.plans) {
    if (!IsValidId(plan)) return InvalidCredential("plans", "has what is not the id of a plan");
  }
  return absl::OkStatus();
}

}  // namespace duban::agency
