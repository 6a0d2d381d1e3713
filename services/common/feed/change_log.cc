#include "services/common/feed/change_log.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"

namespace duban::feed {

absl::Status RowNotFound(absl::string_view key) {
  return MakeError(absl::StatusCode::kNotFound, "ROW_NOT_FOUND", absl::StrCat("no row ", key),
                   {{"key", std::string(key)}});
}

absl::Status RowKindChanged(absl::string_view key) {
  return MakeError(absl::StatusCode::kInternal, "ROW_KIND_CHANGED",
                   absl::StrCat("row ", key, " cannot change between logged and private"),
                   {{"key", std::string(key)}});
}

absl::Status FutureRevision(int64_t asked, int64_t newest) {
  return MakeError(absl::StatusCode::kInvalidArgument, "FUTURE_REVISION",
                   absl::StrCat("revision ", asked, " is not there yet; the newest is ", newest),
                   {{"revision", absl::StrCat(asked)}, {"newest", absl::StrCat(newest)}});
}

std::string PrefixEnd(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFF) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(end.back() + 1);
  return end;
}

absl::Status ChangeLog::Add(Change change) {
  auto [it, is_new] = at_.try_emplace(change.row.key, changes_.size());
  bytes_ += static_cast<int64_t>(change.row.image.size());
  if (is_new) {
    changes_.push_back(std::move(change));
  } else {
    Change& known = changes_[it->second];
    bytes_ -= static_cast<int64_t>(known.row.image.size());
    known = std::move(change);
  }
  if (bytes_ <= kMaxTransactionBytes) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kResourceExhausted, "TRANSACTION_TOO_LARGE",
      absl::StrCat("one transaction may change at most ", kMaxTransactionBytes, " bytes"),
      {{"max_bytes", absl::StrCat(kMaxTransactionBytes)}});
}

}  // namespace duban::feed
