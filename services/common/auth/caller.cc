#include "services/common/auth/caller.h"

#include <algorithm>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "duban/common/v1/caller.pb.h"
#include "google/protobuf/descriptor.h"
#include "services/common/base/status.h"

namespace duban::auth {
namespace {

using common::v1::Access;

constexpr char kGateway[] = "gateway";

absl::Status NoIdentity() {
  return MakeError(absl::StatusCode::kUnauthenticated, "NO_IDENTITY",
                   "the certificate does not carry exactly one SPIFFE id of this suite");
}

absl::StatusOr<Identity> IdentityIn(const std::string& trust_domain, const Peer& peer) {
  auto identity = Identity::Parse(peer.spiffe_id);
  if (!identity.ok() || identity->trust_domain != trust_domain) return NoIdentity();
  return identity;
}

absl::StatusOr<Caller> VouchedFor(const std::string& trust_domain, const Peer& peer) {
  common::v1::Caller vouched;
  if (!vouched.ParseFromString(peer.caller_header)) return NoIdentity();
  Caller caller;
  DUBAN_ASSIGN_OR_RETURN(caller.identity,
                         IdentityIn(trust_domain, {.spiffe_id = vouched.identity()}));
  for (int role : vouched.roles()) caller.roles.push_back(static_cast<Role>(role));
  caller.agency = vouched.agency();
  caller.plans.assign(vouched.plans().begin(), vouched.plans().end());
  // The gateway speaks for people and systems, never for the hub itself or for a node.
  if (caller.has(common::v1::ROLE_HUB) || caller.has(common::v1::ROLE_NODE)) return NotAllowed();
  return caller;
}

}  // namespace

bool Caller::has(Role role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

bool Caller::may_see_plan(absl::string_view plan) const {
  return plans.empty() || std::find(plans.begin(), plans.end(), plan) != plans.end();
}

Authenticate HubAuthenticate(absl::string_view trust_domain) {
  return [domain = std::string(trust_domain)](const Peer& peer) -> absl::StatusOr<Caller> {
    DUBAN_ASSIGN_OR_RETURN(Identity identity, IdentityIn(domain, peer));
    if (identity.kind != Identity::Kind::kHubService) return NotAllowed();
    if (!peer.caller_header.empty()) {
      if (identity.name != kGateway) return NotAllowed();
      return VouchedFor(domain, peer);
    }
    Caller caller;
    caller.identity = std::move(identity);
    caller.roles = {common::v1::ROLE_HUB};
    return caller;
  };
}

Authenticate NodeAuthenticate(absl::string_view trust_domain, absl::string_view agency) {
  return [domain = std::string(trust_domain),
          own = std::string(agency)](const Peer& peer) -> absl::StatusOr<Caller> {
    DUBAN_ASSIGN_OR_RETURN(Identity identity, IdentityIn(domain, peer));
    if (identity.kind != Identity::Kind::kAgencySystem || identity.agency != own) {
      return NotAllowed();
    }
    Caller caller;
    caller.agency = identity.agency;
    caller.identity = std::move(identity);
    caller.roles = {common::v1::ROLE_AGENCY_SYSTEM};
    return caller;
  };
}

absl::StatusOr<Access> AccessOf(absl::string_view method) {
  static absl::Mutex mutex(absl::kConstInit);
  static auto* const known = new absl::flat_hash_map<std::string, Access>();
  absl::MutexLock lock(&mutex);
  if (auto found = known->find(method); found != known->end()) return found->second;
  const std::string name =
      absl::StrReplaceAll(absl::StripPrefix(method, "/"), {{"/", "."}});
  const google::protobuf::MethodDescriptor* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  if (descriptor == nullptr || !descriptor->options().HasExtension(common::v1::access)) {
    return MakeError(absl::StatusCode::kNotFound, "NO_ACCESS_RULE",
                     "the method has no access rule", {{"method", std::string(method)}});
  }
  Access access = descriptor->options().GetExtension(common::v1::access);
  known->emplace(std::string(method), access);
  return access;
}

absl::Status NotAllowed() {
  return MakeError(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED",
                   "the caller may not do this, or there is no such thing");
}

absl::Status Authorize(const Caller& caller, const Access& access) {
  for (int role : access.roles()) {
    if (caller.has(static_cast<Role>(role))) return absl::OkStatus();
  }
  return NotAllowed();
}

}  // namespace duban::auth
