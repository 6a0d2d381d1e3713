#pragma once

#include "absl/time/time.h"

namespace duban::agency {

inline constexpr int kMaxNameChars = 120;    // of each name of an agency
inline constexpr int kMaxNamesOfAKind = 50;  // former names; aliases
inline constexpr int kMaxAgenciesPerBatch = 1000;
inline constexpr int kMaxParents = 16;     // agencies above one
inline constexpr int kMaxSigningKeys = 8;  // of a node
inline constexpr int kEd25519KeyBytes = 32;
inline constexpr int kMaxPlansPerCredential = 100;  // so that they fit a call's metadata


inline constexpr absl::Duration kJoinTokenLife = absl::Hours(72);  // unless another is asked for
inline constexpr absl::Duration kMaxJoinTokenLife = absl::Hours(24 * 7);
inline constexpr int kMaxNodeCertificates = 16;  // remembered of a node; older ones are forgotten
// A renewal request that is this much older or newer than the hub's clock is refused.
inline constexpr absl::Duration kMaxClockDifference = absl::Minutes(5);

}  // namespace duban::agency
