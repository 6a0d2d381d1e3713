#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/reporting/server/options.h"

namespace duban::reporting {

// A running duban-reporting.
class ReportingServer {
 public:
  // Opens the store, follows task and agency (they may come later), and serves on both ports.
  // INVALID_ARGUMENT / BAD_TLS_FILES, BAD_ADDRESS or BAD_KEY, FAILED_PRECONDITION / ADDRESS_IN_USE,
  // STORE_IN_USE or STORE_TOO_NEW, UNAVAILABLE / STORE_FAILED, FOLDER_FAILED or FILE_FAILED.
  static absl::StatusOr<std::unique_ptr<ReportingServer>> Start(const ReportingOptions& options);

  virtual ~ReportingServer() = default;  // as Shutdown(absl::ZeroDuration())
  virtual int port() const = 0;
  virtual int uplink_port() const = 0;
  // Takes no new calls and gives open ones `grace` to end.
  virtual void Shutdown(absl::Duration grace) = 0;
};

}  // namespace duban::reporting
