// Who may do what, as the agency service's feed says.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "duban/agency/v1/agency.pb.h"
#include "duban/common/v1/feed.pb.h"
#include "services/common/auth/caller.h"
#include "services/common/base/clock.h"

namespace duban::gateway {

// Credential records by name. Thread-safe.
class Credentials {
 public:
  Credentials(std::string trust_domain, const Clock& clock)
      : trust_domain_(std::move(trust_domain)), clock_(clock) {}

  // The feed, as in Board; rows of other types are left alone. True when a credential changed.
  absl::Status OnSnapshot(const duban::common::v1::Snapshot& snapshot);
  absl::StatusOr<bool> OnChanges(const duban::common::v1::Changes& changes);

  // The gateway's auth::Authenticate: operators and systems get the roles and plans of their
  // records; other hub services are ROLE_HUB, which no method of the gateway admits.
  // UNAUTHENTICATED / NO_IDENTITY, PERMISSION_DENIED / NOT_ALLOWED (no record, revoked, expired,
  // another kind of identity), UNAVAILABLE / SERVICE_UNREACHABLE until the records were read once.
  absl::StatusOr<auth::Caller> Authenticate(const auth::Peer& peer) const;

 private:
  absl::Status Apply(const duban::common::v1::Row& row) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string trust_domain_;
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, duban::agency::v1::Credential> by_name_ ABSL_GUARDED_BY(mutex_);
  std::multimap<std::string, std::string> names_of_ ABSL_GUARDED_BY(mutex_);  // by identity
};

}  // namespace duban::gateway
