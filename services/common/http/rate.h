#pragma once

#include <map>
#include <mutex>
#include <string>

#include "absl/time/time.h"

namespace duban::http {

inline constexpr size_t kMaxRatedAddresses = 10'000;  // remembered; then all are forgotten

// How often each address may ask: a burst, then so many a second. Thread-safe.
class Rate {
 public:
  Rate(double per_second, int burst) : per_second_(per_second), burst_(burst) {}

  // False when the address has used up what it may at `now`.
  bool Take(const std::string& address, absl::Time now);

 private:
  struct Bucket {
    double left;
    absl::Time when;
  };
  const double per_second_;
  const int burst_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace duban::http
