#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/rpc/server.h"

namespace duban::rpc {

// INVALID_ARGUMENT / BAD_TLS_FILES naming the file and what is wrong with it, unless the three can be served.
absl::Status CheckTlsFiles(const TlsFiles& files);

// Of a connection's certificate: the last moment at which it is valid, the infinite past when it cannot be read; and its serial
// number in lower-case hex. What was asked lately is remembered. Thread-safe.
struct PeerCertificate {
  absl::Time not_after;
  std::string serial;
};
PeerCertificate ReadPeer(absl::string_view pem);

}  // namespace duban::rpc
