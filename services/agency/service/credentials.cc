#include "services/agency/service/credentials.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/agency/domain/credential_rules.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"

namespace duban::agency {
namespace {

using duban::common::v1::Role;

constexpr char kPrefix[] = "credentials/";

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
  DUBAN_ASSIGN_OR_RETURN(std::optional<feed::Row> existing, tx.Get(asked.name()));
  if (existing) return CredentialExists(asked.name());
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
  *response.mutable_revoke_time() = feed::ToTimestamp(tx.now());
  DUBAN_RETURN_IF_ERROR(tx.Delete(IdentityKey(response)));
  return feed::PutMessage(tx, response, "", "");
}

absl::Status BootstrapAdmin(absl::string_view identity, absl::string_view trust_domain,
                            feed::Tx& tx) {
  bool any = false;
  DUBAN_RETURN_IF_ERROR(tx.Scan({.prefix = kPrefix}, [&](const feed::Row&) {
    any = true;
    return false;
  }));
  if (any) return absl::OkStatus();
  pb::CreateCredentialRequest request;
  request.mutable_credential()->set_name("credentials/bootstrap-admin");
  request.mutable_credential()->set_identity(std::string(identity));
  request.mutable_credential()->add_roles(Role::ROLE_ADMIN);
  pb::Credential stored;
  return CreateCredential(request, trust_domain, tx, stored);
}

}  // namespace duban::agency
