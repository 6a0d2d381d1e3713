#pragma once

#include "absl/time/time.h"

namespace duban {

// Where the time comes from. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's clock. Never null, never freed.
const Clock& SystemClock();

}  // namespace duban
