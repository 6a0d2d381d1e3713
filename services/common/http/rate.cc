#include "services/common/http/rate.h"

#include <algorithm>

namespace duban::http {

bool Rate::Take(const std::string& address, absl::Time now) {
  std::lock_guard lock(mutex_);
  if (buckets_.size() >= kMaxRatedAddresses && buckets_.count(address) == 0) buckets_.clear();
  Bucket& bucket =
      buckets_.try_emplace(address, Bucket{static_cast<double>(burst_), now}).first->second;
  const double earned = absl::ToDoubleSeconds(now - bucket.when) * per_second_;
  bucket.left = std::min<double>(burst_, bucket.left + std::max(0.0, earned));
  bucket.when = now;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

}  // namespace duban::http
