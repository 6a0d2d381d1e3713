#pragma once

#include <atomic>
#include <mutex>

#include "services/common/base/clock.h"

namespace duban::testing {

// A clock that stands still until it is moved. Thread-safe.
class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1'790'000'000)) : now_(now) {}

  absl::Time Now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }

  void Set(absl::Time now) {
    std::lock_guard lock(mutex_);
    now_ = now;
  }

  void Advance(absl::Duration by) {
    std::lock_guard lock(mutex_);
    now_ += by;
  }

 private:
  mutable std::mutex mutex_;
  absl::Time now_;
};

// The real clock, moved by an offset: for what must agree with the rest of the machine until a test
// moves it. Thread-safe.
class ShiftedClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now() + absl::Nanoseconds(shift_ns_.load()); }
  void Shift(absl::Duration by) { shift_ns_ += absl::ToInt64Nanoseconds(by); }

 private:
  std::atomic<int64_t> shift_ns_ = 0;
};

}  // namespace duban::testing
