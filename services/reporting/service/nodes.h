#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "duban/agency/v1/agency.pb.h"
#include "duban/reporting/v1/reporting.pb.h"
#include "services/common/auth/caller.h"
#include "services/common/base/names.h"
#include "services/common/feed/store.h"
#include "services/reporting/service/copies.h"

namespace duban::reporting {

// Applies what the agency service's feed brings: the private copies of nodes, and a ledger leaf for
// each that changed. The names of the nodes that changed are in `*changed`.
absl::Status ApplyRegister(feed::Tx& tx, const FeedRows& feed, std::vector<std::string>* changed);

// A node that was enrolled and not revoked, or nullopt.
absl::StatusOr<std::optional<duban::agency::v1::Node>> FindNode(feed::View& view,
                                                                const NodeName& name);

// PERMISSION_DENIED / NODE_UNKNOWN: the same for one never enrolled and one revoked.
absl::Status NodeUnknown();

// UNAUTHENTICATED / CERTIFICATE_REVOKED {serial}: the hub issued certificates to the node, and this is not one that counts.
absl::Status CertificateRevoked(absl::string_view serial);

// What the uplink knows of nodes without asking the store: who may connect, and who is there.
// Presence is not durable. Thread-safe.
class Nodes {
 public:
  using Node = std::shared_ptr<const duban::agency::v1::Node>;

  // Reads all nodes from the store.
  absl::Status Load(feed::View& view);

  // Reads these nodes anew; their open streams ask whether they may go on. A node whose row
  // cannot be read counts as gone, and its error comes back.
  absl::Status Reload(feed::View& view, const std::vector<std::string>& names);

  // Null unless enrolled and not revoked.
  Node Find(const NodeName& name) const;

  // OK when the node may speak on a connection with that certificate. NodeUnknown, CertificateRevoked.
  absl::Status Check(const NodeName& name, absl::string_view certificate_serial) const;

  // The node was heard of.
  void Seen(const NodeName& name, absl::Time now);

  // A stream to the node opened; `recheck` makes it ask anew whether it may go on, at any time from
  // any thread. Returns a token for Closed.
  // When that makes more than kMaxStreamsPerNode, the oldest is asked to.
  int64_t Opened(const NodeName& name, absl::Time now, std::function<void()> recheck);
  // Whether the stream is one of the node's newest kMaxStreamsPerNode: a node whose connection was
  // lost without a word opens another one.
  bool Current(int64_t token) const;
  void Closed(int64_t token, absl::Time now);

  // One entry for each node that is enrolled or was heard of, without accepted_through.
  std::vector<duban::reporting::v1::Presence> Presences() const;

 private:
  struct Stream {
    std::string node;
    std::function<void()> recheck;
  };
  void Set(const std::string& name, std::optional<duban::agency::v1::Node> node);
  // How many streams of the node are newer than `token`. With the lock held.
  int NewerStreams(const std::string& node, int64_t token) const;

  mutable std::mutex mutex_;
  std::map<std::string, Node> nodes_;
  std::map<std::string, absl::Time> last_seen_;
  std::map<int64_t, Stream> streams_;
  int64_t next_token_ = 1;
};

// For the uplink port: nodes in `nodes` are ROLE_NODE of their agency; other identities are
// refused.
auth::Authenticate UplinkAuthenticate(absl::string_view trust_domain, const Nodes& nodes);

// The node behind a caller that UplinkAuthenticate let in.
NodeName NodeOf(const auth::Caller& caller);

}  // namespace duban::reporting
