#pragma once

#include "absl/time/time.h"

// Limits of the gateway.
namespace duban::gateway {

inline constexpr int kMaxWaiters =
    1000;  // calls that wait for `at_least`; more: RESOURCE_EXHAUSTED / OVERLOADED
inline constexpr int kMaxWatchers =
    5000;  // streams of WatchProgress; more: RESOURCE_EXHAUSTED / OVERLOADED
inline constexpr absl::Duration kTick =
    absl::Milliseconds(50);  // changes within it reach watchers as one
inline constexpr absl::Duration kRecheckEvery =
    absl::Seconds(30);  // credentials of open streams, for expiry
inline constexpr absl::Duration kPresenceEvery = absl::Seconds(2);
// A wait ends this much before the caller's deadline, so that the answer still says why.
inline constexpr absl::Duration kAnswerMargin = absl::Milliseconds(50);

}  // namespace duban::gateway
