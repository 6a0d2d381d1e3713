#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/rpc/server.h"

namespace duban::rpc {

// INVALID_ARGUMENT / BAD_TLS_FILES naming the file and what is wrong with it, unless the three can be served.
absl::Status CheckTlsFiles(const TlsFiles& files);

// The last moment at which the certificate in `pem` is valid; the infinite past when it cannot be read. What was asked lately is
// remembered. Thread-safe.
absl::Time NotAfterOf(absl::string_view pem);

}  // namespace duban::rpc
