#include "services/common/base/ids.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace duban {
namespace {

class MachineIds : public Ids {
 public:
  std::string Bytes(int count) override {
    std::string bytes(count, '\0');
    size_t have = 0;
    while (have < bytes.size()) {
      ssize_t got = getrandom(bytes.data() + have, bytes.size() - have, 0);
      if (got < 0 && errno != EINTR)
        std::abort();  // No randomness: nothing may be named or signed.
      if (got > 0) have += got;
    }
    return bytes;
  }
};

}  // namespace

std::string Ids::Base32(int count) {
  constexpr char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::string id = Bytes(count);
  for (char& c : id) c = kAlphabet[static_cast<unsigned char>(c) % 32];
  return id;
}

Ids& SystemIds() {
  static auto* ids = new MachineIds;
  return *ids;
}

}  // namespace duban
