#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "duban/common/v1/feed.pb.h"
#include "duban/reporting/v1/uplink_service.pb.h"
#include "services/common/rpc/server.h"

namespace duban::feed {
class Follower;
}

namespace duban::node {

// How to follow the agency's part of the hub's feed.
struct FollowHubOptions {
  duban::common::v1::WatchRequest start;  // where the copy stands
  // All rows at one revision, parts joined; and one transaction. Not OK: the same comes again.
  std::function<absl::Status(const duban::common::v1::Snapshot&)> on_snapshot;
  std::function<absl::Status(const duban::common::v1::Changes&)> on_changes;
  std::function<void()> on_bookmark;
  std::function<void(const absl::Status&)> on_link;  // up, or down and why
};

// The hub's uplink port. Hello and Push are for one thread; the rest may be called from any.
class Hub {
 public:
  virtual ~Hub() = default;

  // Errors are the hub's, with reason, or UNAVAILABLE and DEADLINE_EXCEEDED.
  virtual absl::StatusOr<duban::reporting::v1::HelloResponse> Hello(
      const duban::reporting::v1::HelloRequest& request) = 0;
  virtual absl::StatusOr<duban::reporting::v1::PushBatchResponse> Push(
      const duban::reporting::v1::PushBatchRequest& request) = 0;

  // On a thread of its own until the result is destroyed.
  virtual std::unique_ptr<feed::Follower> Follow(FollowHubOptions options) = 0;

  // The files of the certificate changed: later calls go over a new connection; what is open ends as it would.
  virtual void Reconnect() = 0;

  // Ends open calls of Hello and Push, and all later ones at once.
  virtual void Cancel() = 0;
};

struct HubOptions {
  std::string address;
  std::string trust_domain;
  rpc::TlsFiles tls;
};

// Connects when first used, and anew whenever the connection is lost.
std::unique_ptr<Hub> NewHub(const HubOptions& options);

}  // namespace duban::node
