#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "duban/common/v1/feed.pb.h"
#include "google/protobuf/repeated_field.h"
#include "services/common/feed/store.h"

// Private copies of rows of another service, kept in step with its feed.
namespace duban::reporting {

// A copied row that changed. `before` and `after` are serialised messages; empty where there is
// none.
struct CopiedRow {
  std::string name;
  std::string type;
  std::string before, after;
};

// What one message of a feed brings.
struct FeedRows {
  google::protobuf::RepeatedPtrField<duban::common::v1::Row> rows;
  bool whole = false;    // the rows are all that there are: others are gone
  std::string store_id;  // of the other store, said by a snapshot; empty leaves what is known
  int64_t revision = 0;  // where the follower stands after it
};

FeedRows ToFeedRows(const duban::common::v1::Snapshot& snapshot);
FeedRows ToFeedRows(const duban::common::v1::Changes& changes);

// Brings the copies under `prefix` up to date with those rows that have one of `types`, moves the
// cursor in the row `cursor_key`, and returns what changed, in key order for a whole copy.
absl::StatusOr<std::vector<CopiedRow>> CopyRows(feed::Tx& tx, absl::string_view prefix,
                                                const std::vector<std::string>& types,
                                                const FeedRows& feed, absl::string_view cursor_key);

// The cursor in the row; {"", 0} when there is none.
absl::StatusOr<duban::common::v1::WatchRequest> ReadCursor(feed::View& view,
                                                           absl::string_view cursor_key);

}  // namespace duban::reporting
