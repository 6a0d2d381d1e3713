// What both stores share: the changes of a transaction as they gather, and the errors of rows.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "services/common/feed/store.h"

namespace duban::feed {

absl::Status RowNotFound(absl::string_view key);             // NOT_FOUND / ROW_NOT_FOUND
absl::Status RowKindChanged(absl::string_view key);          // INTERNAL / ROW_KIND_CHANGED
absl::Status FutureRevision(int64_t asked, int64_t newest);  // INVALID_ARGUMENT / FUTURE_REVISION

// The smallest string greater than all that start with `prefix`; empty when there is none.
std::string PrefixEnd(absl::string_view prefix);

// The logged changes of one transaction, one for each key: its last state, in the order of first
// changes.
class ChangeLog {
 public:
  // RESOURCE_EXHAUSTED / TRANSACTION_TOO_LARGE over kMaxTransactionBytes.
  absl::Status Add(Change change);
  std::vector<Change> Take() && { return std::move(changes_); }
  bool empty() const { return changes_.empty(); }
  const std::vector<Change>& changes() const { return changes_; }

 private:
  std::vector<Change> changes_;
  absl::flat_hash_map<std::string, size_t> at_;
  int64_t bytes_ = 0;
};

}  // namespace duban::feed
