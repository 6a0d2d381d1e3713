#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/common/feed/messages.h"
#include "services/common/feed/store.h"

namespace duban::node {

// Keeps a message under a key that need not be its name. The node has no feed of its own: all its
// rows are private.
template <typename Message>
absl::Status PutPrivate(feed::Tx& tx, const std::string& key, const Message& message) {
  return tx.Put({.key = key,
                 .type = Message::descriptor()->full_name(),
                 .image = message.SerializeAsString(),
                 .logged = false});
}

// Fills one page in key order; returns the next page's token, empty on the last.
template <typename Message, typename Repeated>
absl::StatusOr<std::string> PageByKey(feed::View& view, absl::string_view prefix, int page_size,
                                      absl::string_view page_token, Repeated* out) {
  DUBAN_ASSIGN_OR_RETURN(const auto page, feed::Page::Parse(page_size, page_token, prefix));
  std::string last, next;
  bool damaged = false;
  size_t bytes = 0;
  DUBAN_RETURN_IF_ERROR(
      view.Scan({.prefix = std::string(prefix), .after = page.after}, [&](const feed::Row& row) {
        if (out->size() == page.size || bytes >= feed::kMaxPageBytes) {
          next = last;
          return false;
        }
        last = row.key;
        bytes += row.image.size();
        damaged = damaged || !out->Add()->ParseFromString(row.image);
        return true;
      }));
  if (damaged) {
    return MakeError(absl::StatusCode::kDataLoss, "ROW_DAMAGED", "a row cannot be read",
                     {{"key", last}});
  }
  return next;
}

}  // namespace duban::node
