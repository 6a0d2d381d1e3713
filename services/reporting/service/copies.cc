#include "services/reporting/service/copies.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/feed/messages.h"

namespace duban::reporting {
namespace {

using duban::common::v1::WatchRequest;

// "type.googleapis.com/duban.task.v1.Task" → "duban.task.v1.Task".
std::string TypeOf(const google::protobuf::Any& any) {
  return any.type_url().substr(any.type_url().rfind('/') + 1);
}

absl::Status Forget(feed::Tx& tx, absl::string_view prefix, const feed::Row& row,
                    std::vector<CopiedRow>& changed) {
  changed.push_back({row.key.substr(prefix.size()), row.type, row.image, ""});
  return tx.Delete(row.key);
}

}  // namespace

FeedRows ToFeedRows(const duban::common::v1::Snapshot& snapshot) {
  return {.rows = snapshot.rows(),
          .whole = true,
          .store_id = snapshot.store_id(),
          .revision = snapshot.revision()};
}

FeedRows ToFeedRows(const duban::common::v1::Changes& changes) {
  return {.rows = changes.rows(), .revision = changes.revision()};
}

absl::StatusOr<std::vector<CopiedRow>> CopyRows(feed::Tx& tx, absl::string_view prefix,
                                                const std::vector<std::string>& types,
                                                const FeedRows& feed,
                                                absl::string_view cursor_key) {
  std::vector<CopiedRow> changed;
  std::set<std::string> seen;
  for (const auto& row : feed.rows) {
    const std::string key = absl::StrCat(prefix, row.key());
    DUBAN_ASSIGN_OR_RETURN(const auto old, tx.Get(key));
    if (!row.has_image()) {
      if (old) DUBAN_RETURN_IF_ERROR(Forget(tx, prefix, *old, changed));
      continue;
    }
    const std::string type = TypeOf(row.image());
    if (std::find(types.begin(), types.end(), type) == types.end()) continue;
    seen.insert(key);
    if (old && old->image == row.image().value()) continue;
    changed.push_back({row.key(), type, old ? old->image : "", row.image().value()});
    DUBAN_RETURN_IF_ERROR(tx.Put({.key = key,
                                  .plan = row.plan(),
                                  .agency = row.agency(),
                                  .type = type,
                                  .image = row.image().value(),
                                  .logged = false}));
  }
  if (feed.whole) {
    std::vector<feed::Row> gone;
    DUBAN_RETURN_IF_ERROR(tx.Scan({.prefix = std::string(prefix)}, [&](const feed::Row& row) {
      if (!seen.contains(row.key)) gone.push_back(row);
      return true;
    }));
    for (const feed::Row& row : gone) DUBAN_RETURN_IF_ERROR(Forget(tx, prefix, row, changed));
  }
  DUBAN_ASSIGN_OR_RETURN(WatchRequest cursor, ReadCursor(tx, cursor_key));
  if (!feed.store_id.empty()) cursor.set_store_id(feed.store_id);
  cursor.set_from_revision(feed.revision);
  DUBAN_RETURN_IF_ERROR(tx.Put({.key = std::string(cursor_key),
                                .type = WatchRequest::descriptor()->full_name(),
                                .image = cursor.SerializeAsString(),
                                .logged = false}));
  return changed;
}

absl::StatusOr<WatchRequest> ReadCursor(feed::View& view, absl::string_view cursor_key) {
  DUBAN_ASSIGN_OR_RETURN(auto cursor, feed::GetMessage<WatchRequest>(view, cursor_key));
  return cursor.value_or(WatchRequest());
}

}  // namespace duban::reporting
