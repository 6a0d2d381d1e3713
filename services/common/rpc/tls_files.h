#pragma once

#include "absl/status/status.h"
#include "services/common/rpc/server.h"

namespace duban::rpc {

// INVALID_ARGUMENT / BAD_TLS_FILES naming the file and what is wrong with it, unless the three can be served.
absl::Status CheckTlsFiles(const TlsFiles& files);

}  // namespace duban::rpc
