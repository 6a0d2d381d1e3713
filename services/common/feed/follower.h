// The client's side of a feed stream: follows it for ever, over lost connections and restarts. Include in .cc files only.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/sync_stream.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "duban/common/v1/feed.pb.h"

namespace duban::feed {

// Where a follower stands in the other side's feed; kept by the caller in its own store when it has one.
struct FeedCursor {
  std::string store_id;
  int64_t revision = 0;
};

struct FollowOptions {
  // Opens the stream.
  std::function<std::unique_ptr<grpc::ClientReader<duban::common::v1::WatchResponse>>(
      grpc::ClientContext*, const duban::common::v1::WatchRequest&)>
      open;
  FeedCursor start;
  // A snapshot, its parts joined. It replaces everything known. Not OK: the connection is dropped and the same is asked for again
  // after a back-off.
  std::function<absl::Status(const duban::common::v1::Snapshot&)> on_snapshot;
  // One transaction. Never one that was delivered before, never out of order. Not OK: as above.
  std::function<absl::Status(const duban::common::v1::Changes&)> on_changes;
  // A bookmark; may be empty.
  std::function<void(int64_t revision)> on_bookmark;
  // The link went up (OK, at the first message) or down (why). May be empty.
  std::function<void(const absl::Status&)> on_link;
  std::string name;  // for the log, such as "agency"
};

// Follows on a thread of its own; callbacks come from that thread alone. Reconnects with full jitter between 50 ms and 2 s. When
// the other store was replaced it starts anew with a snapshot. The destructor ends the stream and joins.
class Follower {
 public:
  virtual ~Follower() = default;
};
std::unique_ptr<Follower> Follow(FollowOptions options);

}  // namespace duban::feed
