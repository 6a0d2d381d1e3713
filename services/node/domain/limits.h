#pragma once

#include "absl/time/time.h"

// Limits of the node.
namespace duban::node {

inline constexpr int kMaxRequestIdChars = 64;
inline constexpr int kReportIdBytes = 16;
inline constexpr absl::Duration kHubDeadline = absl::Seconds(20);  // of one call to the hub

}  // namespace duban::node
