#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/node/server/options.h"

namespace duban::node {

// A running duban-node.
class NodeServer {
 public:
  // Opens the store, serves, and links up with the hub whenever that is there. INVALID_ARGUMENT /
  // BAD_TLS_FILES, BAD_ADDRESS, BAD_KEY, WRONG_CERTIFICATE (not of `agency` and `node`) or
  // BAD_EPOCH or BAD_CONFIG, FAILED_PRECONDITION / NOT_ENROLLED, BAD_CREDENTIALS, ADDRESS_IN_USE, STORE_IN_USE, STORE_TOO_NEW or EPOCH_PAST,
  // UNAVAILABLE / STORE_FAILED, FOLDER_FAILED or FILE_FAILED.
  static absl::StatusOr<std::unique_ptr<NodeServer>> Start(const NodeOptions& options);

  virtual ~NodeServer() = default;  // as Shutdown(absl::ZeroDuration())
  virtual int port() const = 0;
  // Takes no new calls and gives open ones `grace` to end.
  virtual void Shutdown(absl::Duration grace) = 0;
};

}  // namespace duban::node
