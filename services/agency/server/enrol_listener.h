#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/agency/server/options.h"
#include "services/agency/service/join_tokens.h"
#include "services/common/feed/store.h"

namespace duban::agency {

// The HTTPS listener at which nodes enrol and renew; no client certificate is asked for.
// Certificates, keys and bundles are read from their files for each request, so that an authority
// can take over from another without a restart.
class EnrolListener {
 public:
  // `store` outlives it. INVALID_ARGUMENT / BAD_TLS_FILES, BAD_ADDRESS, BAD_ISSUER, BAD_CERTIFICATE
  // or BAD_CONFIG, FAILED_PRECONDITION / ADDRESS_IN_USE, UNAVAILABLE / FILE_FAILED.
  static absl::StatusOr<std::unique_ptr<EnrolListener>> Start(const AgencyOptions& options,
                                                              const std::string& trust_domain,
                                                              feed::Store& store);
  virtual ~EnrolListener() = default;
  virtual int port() const = 0;
  // What a join token says of it now. UNAVAILABLE / FILE_FAILED, INVALID_ARGUMENT /
  // BAD_CERTIFICATE.
  virtual absl::StatusOr<EnrolmentDoor> Door() const = 0;
};

}  // namespace duban::agency
