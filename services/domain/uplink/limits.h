#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace duban::uplink {

inline constexpr int kMaxBatchEnvelopes = 256;
inline constexpr int64_t kMaxBatchBytes = 1 << 20;  // bodies and signatures of one push together

// Back-off after a failure. A hub that has just gone away is tried often, since most absences are
// restarts.
inline constexpr int kQuickAttempts = 8;
inline constexpr absl::Duration kQuickFirst = absl::Milliseconds(100);
inline constexpr absl::Duration kQuickMost = absl::Seconds(2);
inline constexpr absl::Duration kSlowFirst = absl::Seconds(2);
inline constexpr absl::Duration kSlowMost = absl::Minutes(5);

}  // namespace duban::uplink
