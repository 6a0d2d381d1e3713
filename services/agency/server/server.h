#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/agency/server/options.h"

namespace duban::agency {

// A running duban-agency.
class AgencyServer {
 public:
  // Opens the store and serves. INVALID_ARGUMENT / BAD_TLS_FILES or INVALID_CREDENTIAL (of
  // `bootstrap_admin`), FAILED_PRECONDITION / ADDRESS_IN_USE, STORE_IN_USE or STORE_TOO_NEW,
  // UNAVAILABLE / STORE_FAILED, FOLDER_FAILED or FILE_FAILED.
  static absl::StatusOr<std::unique_ptr<AgencyServer>> Start(const AgencyOptions& options);

  virtual ~AgencyServer() = default;  // as Shutdown(absl::ZeroDuration())
  virtual int port() const = 0;
  // Takes no new calls and gives open ones `grace` to end.
  virtual void Shutdown(absl::Duration grace) = 0;
};

}  // namespace duban::agency
