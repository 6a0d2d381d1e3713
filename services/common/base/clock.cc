#include "services/common/base/clock.h"

#include "absl/time/clock.h"

namespace duban {
namespace {

class MachineClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace

const Clock& SystemClock() {
  static const auto* clock = new MachineClock;
  return *clock;
}

}  // namespace duban
