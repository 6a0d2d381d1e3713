// A small HTTPS server: one request for each connection, every part of which has a limit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/http/message.h"

namespace duban::http {

inline constexpr int kThreads = 2;  // that read, write and run handlers

struct ServerOptions {
  std::string address;        // "127.0.0.1:7406"; port 0 takes a free one
  std::string cert, key;      // PEM files; read again when they change
  std::string chain;          // PEM file of further certificates that are sent; none when empty
  int max_connections = 500;  // open at once; more are closed
  int max_connections_per_address = 50;
  bool limit_loopback = false;  // whether the limits of an address hold for 127.0.0.0/8 too
  uint32_t max_header_bytes = 32 << 10;         // more: 431
  uint64_t max_body_bytes = 1 << 20;            // more: 413
  absl::Duration max_step = absl::Seconds(10);  // handshake, header, body, answer: each
  double requests_per_second = 10;              // of an address, in the long run; more: 429
  int request_burst = 50;                       // of an address, at once
};

// Called on one of kThreads; what it does is waited for there.
using Handler = std::function<Response(const Request&)>;

class Server {
 public:
  // INVALID_ARGUMENT / BAD_ADDRESS or BAD_TLS_FILES, FAILED_PRECONDITION / ADDRESS_IN_USE.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       Handler handler);
  virtual ~Server() = default;  // open connections are closed, running handlers waited for
  virtual int port() const = 0;
};

}  // namespace duban::http
