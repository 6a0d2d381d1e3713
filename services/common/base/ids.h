#pragma once

#include <string>

namespace duban {

// Where new ids come from. Thread-safe.
class Ids {
 public:
  virtual ~Ids() = default;

  // `count` random bytes.
  virtual std::string Bytes(int count) = 0;

  // `count` characters of [a-z2-7].
  std::string Base32(int count);
};

// Ids from the operating system's random source.
Ids& SystemIds();

}  // namespace duban
