#include "services/agency/service/credentials.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/agency/domain/credential_rules.h"
#include "services/agency/service/agencies.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"

namespace duban::agency {
namespace {

using duban::common::v1::Role;

constexpr char kPrefix[] = "credentials/";
constexpr char kBootstrapName[] = "credentials/bootstrap-admin";

bool Grantable(int role) {
  switch (role) {
    case Role::ROLE_INTEGRATOR:
    case Role::ROLE_SUPERVISOR:
    case Role::ROLE_REVIEWER:
    case Role::ROLE_ADMIN:
    case Role::ROLE_AUDITOR:
      return true;
    default:
      return false;  // the others are given by the identity itself
  }
}

CredentialRecord ToRecord(const pb::Credential& credential) {
  CredentialRecord record{.identity = credential.identity(),
                          .plans = {credential.plans().begin(), credential.plans().end()}};
  for (const int role : credential.roles())
    record.roles.push_back({.number = role, .grantable = Grantable(role)});
  return record;
}

bool IsTimestamp(const google::protobuf::Timestamp& time) {
  constexpr int64_t kYear1 = -62135596800, kYear10000 = 253402300800;
  return time.seconds() >= kYear1 && time.seconds() < kYear10000 && time.nanos() >= 0 &&
         time.nanos() < 1'000'000'000;
}

// The row that keeps an identity to one credential in force: `identities/{spiffe id}` → the
// credential's name.
std::string IdentityKey(const pb::Credential& credential) {
  return absl::StrCat("identities/", credential.identity());
}

bool SameRequest(pb::Credential stored, pb::Credential asked) {
  for (pb::Credential* credential : {&stored, &asked}) {
    credential->clear_revision();
    credential->clear_revoke_time();
  }
  return stored.SerializeAsString() == asked.SerializeAsString();
}

bool IsAdmin(const pb::Credential& credential, absl::Time now) {
  if (credential.has_revoke_time()) return false;
  if (credential.has_not_after() && feed::FromTimestamp(credential.not_after()) <= now)
    return false;
  return std::find(credential.roles().begin(), credential.roles().end(), Role::ROLE_ADMIN) !=
         credential.roles().end();
}

// Whether a credential other than `but` makes an administrator now.
absl::StatusOr<bool> HasAdmin(feed::Tx& tx, absl::string_view but) {
  bool any = false;
  DUBAN_RETURN_IF_ERROR(feed::ScanMessages<pb::Credential>(
      tx, {.prefix = kPrefix}, [&](const pb::Credential& credential) {
        any = credential.name() != but && IsAdmin(credential, tx.now());
        return !any;
      }));
  return any;
}

// Ends a credential whatever role it gives.
absl::Status End(feed::Tx& tx, pb::Credential& credential) {
  *credential.mutable_revoke_time() = feed::ToTimestamp(tx.now());
  DUBAN_RETURN_IF_ERROR(tx.Delete(IdentityKey(credential)));
  return feed::PutMessage(tx, credential, "", "");
}

}  // namespace

absl::Status CreateCredential(const pb::CreateCredentialRequest& request,
                              absl::string_view trust_domain, feed::Tx& tx,
                              pb::Credential& response) {
  const pb::Credential& asked = request.credential();
  if (!CredentialName::Parse(asked.name()).ok())
    return InvalidCredential("name", "is not credentials/{credential}");
  DUBAN_RETURN_IF_ERROR(CheckCredential(ToRecord(asked), trust_domain));
  if (asked.has_not_after() && !IsTimestamp(asked.not_after()))
    return InvalidCredential("not_after", "is not a time");
  if (!asked.agency().empty()) DUBAN_RETURN_IF_ERROR(FindAgency(asked.agency(), tx).status());
  DUBAN_ASSIGN_OR_RETURN(auto existing, feed::GetMessage<pb::Credential>(tx, asked.name()));
  if (existing && (existing->has_revoke_time() || !SameRequest(*existing, asked))) {
    return CredentialExists(asked.name());
  }
  if (existing) {
    response = *std::move(existing);
    return absl::OkStatus();
  }
  DUBAN_ASSIGN_OR_RETURN(std::optional<feed::Row> in_force, tx.Get(IdentityKey(asked)));
  if (in_force) return CredentialExists(in_force->image);
  response = asked;
  response.clear_revoke_time();
  DUBAN_RETURN_IF_ERROR(
      tx.Put({.key = IdentityKey(asked), .image = asked.name(), .logged = false}));
  return feed::PutMessage(tx, response, "", "");
}

absl::Status ListCredentials(const pb::ListCredentialsRequest& request, feed::View& view,
                             pb::ListCredentialsResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(feed::Page page,
                         feed::Page::Parse(request.page_size(), request.page_token(), kPrefix));
  DUBAN_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                         feed::ListPage<pb::Credential>(view, {.prefix = kPrefix}, page,
                                                        response.mutable_credentials()));
  return absl::OkStatus();
}

absl::Status RevokeCredential(const pb::RevokeCredentialRequest& request, feed::Tx& tx,
                              pb::Credential& response) {
  DUBAN_ASSIGN_OR_RETURN(CredentialName name, CredentialName::Parse(request.name()));
  DUBAN_ASSIGN_OR_RETURN(auto credential, feed::GetMessage<pb::Credential>(tx, name.ToString()));
  if (!credential) return CredentialNotFound(request.name());
  response = *std::move(credential);
  if (response.has_revoke_time()) return absl::OkStatus();
  if (IsAdmin(response, tx.now())) {
    DUBAN_ASSIGN_OR_RETURN(const bool others, HasAdmin(tx, response.name()));
    if (!others) return LastAdmin(response.name());
  }
  return End(tx, response);
}

absl::Status BootstrapAdmin(absl::string_view identity, absl::string_view trust_domain,
                            feed::Tx& tx) {
  DUBAN_ASSIGN_OR_RETURN(const bool any, HasAdmin(tx, ""));
  if (any) return absl::OkStatus();
  pb::CreateCredentialRequest request;
  pb::Credential& admin = *request.mutable_credential();
  admin.set_identity(std::string(identity));
  admin.add_roles(Role::ROLE_ADMIN);
  DUBAN_ASSIGN_OR_RETURN(const std::optional<feed::Row> in_force, tx.Get(IdentityKey(admin)));
  if (in_force) {
    DUBAN_ASSIGN_OR_RETURN(auto other, feed::GetMessage<pb::Credential>(tx, in_force->image));
    if (other) DUBAN_RETURN_IF_ERROR(End(tx, *other));
  }
  admin.set_name(kBootstrapName);
  for (int number = 2;; ++number) {
    DUBAN_ASSIGN_OR_RETURN(const std::optional<feed::Row> taken, tx.Get(admin.name()));
    if (!taken) break;
    admin.set_name(absl::StrCat(kBootstrapName, "-", number));
  }
  pb::Credential stored;
  return CreateCredential(request, trust_domain, tx, stored);
}

}  // namespace duban::agency
