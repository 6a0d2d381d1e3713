// Channels to other parts of the suite. Include in .cc files only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/rpc/runtime.h"
#include "services/common/rpc/server.h"
#include "services/common/rpc/server_name.h"

namespace duban::rpc {

struct ChannelOptions {
  std::string address;      // "127.0.0.1:7401"
  std::string server_name;  // as above
  TlsFiles tls;             // of the client
};

// A channel with mutual TLS, keepalive 30 s / 10 s, reconnect back-off 0.1 s to 2 s, no gRPC-level retries.
std::shared_ptr<grpc::Channel> NewChannel(const ChannelOptions& options);

// Sets deadline and request id on a call of our own.
void Prepare(grpc::ClientContext& context, absl::Time deadline, absl::string_view request_id);

}  // namespace duban::rpc
