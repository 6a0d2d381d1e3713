#include "services/node/service/inbox.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/node/service/keys.h"
#include "services/node/service/rows.h"

namespace duban::node {

absl::Status AddToInbox(feed::Tx& tx, duban::node::v1::InboxItem item) {
  DUBAN_ASSIGN_OR_RETURN(const auto count, tx.Get(kInboxCountKey));
  int64_t number = 0;
  if (count && !absl::SimpleAtoi(count->image, &number)) {
    return MakeError(absl::StatusCode::kDataLoss, "ROW_DAMAGED",
                     "the count of the inbox cannot be read", {{"key", kInboxCountKey}});
  }
  ++number;
  item.set_name(absl::StrFormat("inbox/%020d", number));
  *item.mutable_receive_time() = feed::ToTimestamp(tx.now());
  DUBAN_RETURN_IF_ERROR(
      tx.Put({.key = kInboxCountKey, .image = absl::StrCat(number), .logged = false}));
  return PutPrivate(tx, InboxKey(number), item);
}

}  // namespace duban::node
