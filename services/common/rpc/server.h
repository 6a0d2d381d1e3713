// One listening gRPC server: mutual TLS, own accept loop with caps, limits of docs/operations.md, health, drain.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/rpc/runtime.h"

namespace grpc {
class CallbackGenericService;
class Service;
}  // namespace grpc

namespace duban::rpc {

struct TlsFiles {
  std::string cert;  // PEM chain of this process: exactly one URI SAN
  std::string key;   // PEM private key
  std::string ca;    // PEM bundle of accepted issuers
};

struct ListenOptions {
  std::string address;          // "127.0.0.1:7401"; port 0 takes a free one
  TlsFiles tls;
  int max_connections = 2000;
  int max_connections_per_address = 32;
  bool limit_loopback = false;  // whether 127.0.0.0/8 counts per address too
  int max_concurrent_streams = 100;
};

class Server {
 public:
  // Serves `services` (each of their methods must have an access rule: INTERNAL / NO_ACCESS_RULE), `generic` for all other methods
  // when given, and grpc.health.v1.Health.
  // FAILED_PRECONDITION / ADDRESS_IN_USE, INVALID_ARGUMENT / BAD_ADDRESS or BAD_TLS_FILES (missing, unreadable, not matching,
  // expired, or not exactly one SPIFFE URI SAN).
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ListenOptions& options,
                                                       Runtime& runtime,
                                                       std::vector<grpc::Service*> services,
                                                       grpc::CallbackGenericService* generic = nullptr);
  virtual ~Server() = default;  // as Shutdown(absl::ZeroDuration())

  virtual int port() const = 0;

  // Health turns NOT_SERVING, the runtime drains, open calls get `grace` to end.
  virtual void Shutdown(absl::Duration grace) = 0;
};

// The SPIFFE id in a certificate file. INVALID_ARGUMENT / BAD_TLS_FILES.
absl::StatusOr<Identity> IdentityOfCertificate(const std::string& cert_file);

// Blocks SIGTERM and SIGINT in all threads of the process (call first in main), and waits for one of them.
void BlockSignals();
int WaitForSignal();

}  // namespace duban::rpc
