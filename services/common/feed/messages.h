// Rows as protobuf messages: the typed face of a store.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/common/base/status.h"
#include "services/common/feed/store.h"

namespace duban::feed {

inline google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp stamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  stamp.set_seconds(seconds);
  stamp.set_nanos(
      static_cast<int32_t>((time - absl::FromUnixSeconds(seconds)) / absl::Nanoseconds(1)));
  return stamp;
}

inline absl::Time FromTimestamp(const google::protobuf::Timestamp& stamp) {
  return absl::FromUnixSeconds(stamp.seconds()) + absl::Nanoseconds(stamp.nanos());
}

// The message under `key`, or nullopt.
template <typename Message>
absl::StatusOr<std::optional<Message>> GetMessage(View& view, absl::string_view key) {
  DUBAN_ASSIGN_OR_RETURN(std::optional<Row> row, view.Get(key));
  if (!row) return std::optional<Message>();
  Message message;
  if (!message.ParseFromString(row->image)) {
    return MakeError(absl::StatusCode::kDataLoss, "ROW_DAMAGED",
                     absl::StrCat("row ", key, " cannot be read"), {{"key", std::string(key)}});
  }
  return std::make_optional(std::move(message));
}

// Stores `message`, whose `name` is the key and whose `revision` is set to the transaction's.
template <typename Message>
absl::Status PutMessage(Tx& tx, Message& message, absl::string_view plan,
                        absl::string_view agency) {
  message.set_revision(tx.next_revision());
  return tx.Put({.key = message.name(),
                 .plan = std::string(plan),
                 .agency = std::string(agency),
                 .type = message.GetDescriptor()->full_name(),
                 .image = message.SerializeAsString()});
}

// Calls `visit(const Message&)` for each row of that type in key order.
template <typename Message, typename Visit>
absl::Status ScanMessages(View& view, const ScanOptions& options, Visit visit) {
  absl::Status damaged;
  DUBAN_RETURN_IF_ERROR(view.Scan(options, [&](const Row& row) {
    if (row.type != Message::descriptor()->full_name()) return true;
    Message message;
    if (!message.ParseFromString(row.image)) {
      damaged = MakeError(absl::StatusCode::kDataLoss, "ROW_DAMAGED",
                          absl::StrCat("row ", row.key, " cannot be read"), {{"key", row.key}});
      return false;
    }
    return static_cast<bool>(visit(message));
  }));
  return damaged;
}

// A page ends once it holds this much, so that it fits a message of 4 MiB, gRPC's default.
inline constexpr size_t kMaxPageBytes = 2 << 20;

// A page of a list: `page_token` is the last key of the page before. `page_size` 0 means 500, the
// most.
struct Page {
  int size = 500;
  std::string after;
  // INVALID_ARGUMENT / INVALID_PAGE for a negative size or a token that this list did not give.
  static absl::StatusOr<Page> Parse(int page_size, absl::string_view page_token,
                                    absl::string_view prefix);
};

// Fills one page of messages of a type; returns the next page's token, empty on the last.
template <typename Message, typename Repeated>
absl::StatusOr<std::string> ListPage(View& view, ScanOptions options, const Page& page,
                                     Repeated* out) {
  options.after = page.after;
  std::string last, next;
  int count = 0;
  size_t bytes = 0;
  DUBAN_RETURN_IF_ERROR(ScanMessages<Message>(view, options, [&](const Message& message) {
    if (count == page.size || bytes >= kMaxPageBytes) {
      next = last;
      return false;
    }
    *out->Add() = message;
    last = message.name();
    bytes += message.ByteSizeLong();
    ++count;
    return true;
  }));
  return next;
}

}  // namespace duban::feed
