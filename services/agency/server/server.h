#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/agency/server/options.h"

namespace duban::agency {

// A running duban-agency.
class AgencyServer {
 public:
  // Opens the store and serves. INVALID_ARGUMENT / BAD_TLS_FILES, INVALID_CREDENTIAL (of
  // `bootstrap_admin`), BAD_ISSUER or BAD_CONFIG (of enrolment), FAILED_PRECONDITION / ADDRESS_IN_USE, STORE_IN_USE or STORE_TOO_NEW,
  // UNAVAILABLE / STORE_FAILED, FOLDER_FAILED or FILE_FAILED.
  static absl::StatusOr<std::unique_ptr<AgencyServer>> Start(const AgencyOptions& options);

  virtual ~AgencyServer() = default;  // as Shutdown(absl::ZeroDuration())
  virtual int port() const = 0;
  virtual int enrol_port() const = 0;  // 0 when nobody can enrol
  // Takes no new calls and gives open ones `grace` to end.
  virtual void Shutdown(absl::Duration grace) = 0;
};

}  // namespace duban::agency
