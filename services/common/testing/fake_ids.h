#pragma once

#include <mutex>
#include <random>
#include <string>

#include "services/common/base/ids.h"

namespace duban::testing {

// The same ids for the same seed. Thread-safe.
class FakeIds : public Ids {
 public:
  explicit FakeIds(uint64_t seed = 1) : random_(seed) {}

  std::string Bytes(int count) override {
    std::lock_guard lock(mutex_);
    std::string bytes(count, '\0');
    for (char& c : bytes) c = static_cast<char>(random_() & 0xFF);
    return bytes;
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 random_;
};

}  // namespace duban::testing
