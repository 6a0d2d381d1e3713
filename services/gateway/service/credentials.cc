#include "services/gateway/service/credentials.h"

#include <algorithm>
#include <set>
#include <utility>

#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"
#include "services/gateway/service/errors.h"
#include "services/gateway/service/revisions.h"

namespace duban::gateway {
namespace {

using duban::agency::v1::Credential;
using duban::common::v1::Row;

absl::Status NoIdentity() {
  return MakeError(absl::StatusCode::kUnauthenticated, "NO_IDENTITY",
                   "the certificate carries no identity of this trust domain");
}

bool IsCredential(const Row& row) { return CredentialName::Parse(row.key()).ok(); }

}  // namespace

absl::Status Credentials::OnSnapshot(const duban::common::v1::Snapshot& snapshot) {
  absl::MutexLock lock(&mutex_);
  by_name_.clear();
  names_of_.clear();
  for (const Row& row : snapshot.rows()) {
    if (IsCredential(row)) DUBAN_RETURN_IF_ERROR(Apply(row));
  }
  complete_ = true;
  return absl::OkStatus();
}

absl::StatusOr<bool> Credentials::OnChanges(const duban::common::v1::Changes& changes) {
  absl::MutexLock lock(&mutex_);
  bool changed = false;
  for (const Row& row : changes.rows()) {
    if (!IsCredential(row)) continue;
    DUBAN_RETURN_IF_ERROR(Apply(row));
    changed = true;
  }
  return changed;
}

absl::Status Credentials::Apply(const Row& row) {
  if (const auto it = by_name_.find(row.key()); it != by_name_.end()) {
    const auto [begin, end] = names_of_.equal_range(it->second.identity());
    const auto name =
        std::find_if(begin, end, [&](const auto& e) { return e.second == row.key(); });
    if (name != end) names_of_.erase(name);
    by_name_.erase(it);
  }
  if (!row.has_image()) return absl::OkStatus();
  Credential credential;
  if (!row.image().UnpackTo(&credential)) return RowDamaged(row.key());
  names_of_.emplace(credential.identity(), row.key());
  by_name_[row.key()] = std::move(credential);
  return absl::OkStatus();
}

absl::StatusOr<auth::Caller> Credentials::Authenticate(const auth::Peer& peer) const {
  const absl::StatusOr<Identity> identity = Identity::Parse(peer.spiffe_id);
  if (!identity.ok() || identity->trust_domain != trust_domain_) return NoIdentity();
  auth::Caller caller;
  caller.identity = *identity;
  if (identity->kind == Identity::Kind::kHubService) {
    caller.roles = {duban::common::v1::ROLE_HUB};
    return caller;
  }
  if (identity->kind != Identity::Kind::kOperator && identity->kind != Identity::Kind::kSystem) {
    return auth::NotAllowed();
  }
  absl::MutexLock lock(&mutex_);
  if (!complete_) return ServiceUnreachable(SourceName(Source::kAgency));
  // Of several valid records the roles add up; a record for all plans lifts the limits of the
  // others.
  const absl::Time now = clock_.Now();
  std::set<auth::Role> roles;
  std::set<std::string> plans;
  bool all_plans = false, found = false;
  const auto [begin, end] = names_of_.equal_range(peer.spiffe_id);
  for (auto it = begin; it != end; ++it) {
    const Credential& credential = by_name_.at(it->second);
    if (credential.has_revoke_time()) continue;
    if (credential.has_not_after() && feed::FromTimestamp(credential.not_after()) < now) continue;
    found = true;
    if (const auto agency = AgencyName::Parse(credential.agency()); agency.ok()) {
      caller.agency = agency->agency;
    }
    for (int role : credential.roles()) roles.insert(static_cast<auth::Role>(role));
    plans.insert(credential.plans().begin(), credential.plans().end());
    all_plans = all_plans || credential.plans().empty();
  }
  if (!found) return auth::NotAllowed();
  caller.roles.assign(roles.begin(), roles.end());
  if (!all_plans) caller.plans.assign(plans.begin(), plans.end());
  return caller;
}

}  // namespace duban::gateway
