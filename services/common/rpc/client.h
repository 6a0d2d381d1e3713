// Channels to other parts of the suite. Include in .cc files only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/rpc/runtime.h"
#include "services/common/rpc/server.h"

namespace duban::rpc {

// The name that a part's certificate carries as its only DNS SAN; a client connects only to a server that proves it.
// Hub services: "<service>.hub.<trust domain>"; nodes: "<node>.<agency>.node.<trust domain>".
std::string HubServerName(absl::string_view service, absl::string_view trust_domain);
std::string NodeServerName(absl::string_view agency, absl::string_view node,
                           absl::string_view trust_domain);

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
