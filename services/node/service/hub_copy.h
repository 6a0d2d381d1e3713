#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "duban/common/v1/feed.pb.h"
#include "services/common/feed/store.h"

// The node's copy of what the hub sends it, under `hub/`.
namespace duban::node {

// Apply a message of the hub's feed and move the cursor, in one transaction. Reviews and changes of
// state go to the inbox.
absl::Status ApplySnapshot(feed::Tx& tx, const duban::common::v1::Snapshot& snapshot);
absl::Status ApplyChanges(feed::Tx& tx, const duban::common::v1::Changes& changes);

// Where the copy stands in the hub's feed.
absl::StatusOr<duban::common::v1::WatchRequest> ReadCursor(feed::View& view);

}  // namespace duban::node
