#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace duban::rpc {

// Accepts TCP connections on a thread of its own. gRPC's own accept loop stops for good after one "too many open files"; this one
// keeps a spare descriptor, sheds what is over a cap, and goes on.
class Listener {
 public:
  struct Options {
    std::string address;      // "127.0.0.1:7401"; port 0 takes a free one
    int max_connections;      // of all addresses
    int max_per_address;
    bool limit_loopback;      // whether 127.0.0.0/8 counts per address too
  };
  // Takes over `fd`, connected and non-blocking.
  using OnConnection = std::function<void(int listener_fd, int fd)>;

  // INVALID_ARGUMENT / BAD_ADDRESS, FAILED_PRECONDITION / ADDRESS_IN_USE.
  static absl::StatusOr<std::unique_ptr<Listener>> Bind(const Options& options);
  virtual ~Listener() = default;  // as Stop

  virtual int port() const = 0;
  virtual void Start(OnConnection on_connection) = 0;
  // No connection is accepted afterwards.
  virtual void Stop() = 0;
};

}  // namespace duban::rpc
