#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/common/feed/store.h"

// The ledger: the sequence of leaves over which checkpoints will be signed. A leaf is made in the
// transaction of what it proves.
namespace duban::reporting {

// Appends the leaf of `body`, whose bytes stand in the row `source`, and returns its index, from 0.
//   ledger/{index, 12 digits} = leaf hash, 32 bytes, then `source`
absl::StatusOr<int64_t> AppendLeaf(feed::Tx& tx, absl::string_view body, absl::string_view source);

// Appends a leaf of the hub's own: what it was told by the task or agency service. The body,
// `domain` and `image`, is kept in `hub-leaves/{index}`.
absl::StatusOr<int64_t> AppendHubLeaf(feed::Tx& tx, absl::string_view domain,
                                      absl::string_view image);

inline constexpr char kIssueLeaf[] = "DUBAN-ISSUE-V1\n";  // then a serialised task.v1.Task
inline constexpr char kNodeLeaf[] = "DUBAN-NODE-V1\n";    // then a serialised agency.v1.Node

}  // namespace duban::reporting
