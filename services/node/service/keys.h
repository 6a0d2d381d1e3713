#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

// Keys of the node's rows, all private. The table is in the README.
namespace duban::node {

inline constexpr char kHubPrefix[] = "hub/";
inline constexpr char kMandatesPrefix[] = "hub/mandates/";
inline constexpr char kDraftsPrefix[] = "plans/";
inline constexpr char kSubmissionsPrefix[] = "submissions/";
inline constexpr char kInboxPrefix[] = "inbox/";
inline constexpr char kPendingPrefix[] = "pending/";
inline constexpr char kPositionKey[] = "position";
inline constexpr char kCursorKey[] = "cursors/hub";
inline constexpr char kInboxCountKey[] = "inbox-count";

// The hub's row of that name.
std::string HubKey(absl::string_view name);

// Padded, so that keys sort as numbers do.
std::string OutboxKey(int64_t epoch, int64_t seq);
std::string ReceiptKey(int64_t epoch, int64_t seq);
std::string PendingKey(absl::string_view assignment, int64_t epoch, int64_t seq);

// Counted down, so that the newest comes first.
std::string SubmissionKey(int64_t epoch, int64_t seq);
std::string InboxKey(int64_t number);

std::string RequestKey(absl::string_view request_id);

}  // namespace duban::node
