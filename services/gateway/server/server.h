#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/server/options.h"

namespace duban::gateway {

// A running duban-gateway.
class GatewayServer {
 public:
  // Serves at once; the services behind it may come later. INVALID_ARGUMENT / BAD_TLS_FILES,
  // FAILED_PRECONDITION / ADDRESS_IN_USE, UNAVAILABLE / FILE_FAILED.
  static absl::StatusOr<std::unique_ptr<GatewayServer>> Start(const GatewayOptions& options);

  virtual ~GatewayServer() = default;  // as Shutdown(absl::ZeroDuration())
  virtual int port() const = 0;
  // Takes no new calls, ends waits and watches, and gives open calls `grace` to end.
  virtual void Shutdown(absl::Duration grace) = 0;
};

}  // namespace duban::gateway
