#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "duban/common/v1/feed.pb.h"
#include "services/common/rpc/server.h"

namespace duban::feed {
class Follower;
}

namespace duban::reporting {

// How to follow another hub service's feed.
struct FollowFeedOptions {
  std::string address;
  std::string trust_domain;
  rpc::TlsFiles tls;
  duban::common::v1::WatchRequest start;  // where the copies stand
  // The whole feed's rows at one revision; and one transaction. Not OK: the same
  // comes again.
  std::function<absl::Status(const duban::common::v1::Snapshot&)> on_snapshot;
  std::function<absl::Status(const duban::common::v1::Changes&)> on_changes;
};

// Follow the feed on a thread of its own until the result is destroyed.
std::unique_ptr<feed::Follower> FollowTask(FollowFeedOptions options);
std::unique_ptr<feed::Follower> FollowAgency(FollowFeedOptions options);

}  // namespace duban::reporting
