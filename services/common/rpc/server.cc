#include "services/common/rpc/server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <signal.h>
#include <stdlib.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "services/common/auth/caller.h"
#include "services/common/base/status.h"
#include "services/common/rpc/grpc_log.h"
#include "services/common/rpc/health.h"
#include "services/common/rpc/listener.h"
#include "services/common/rpc/tls_files.h"

namespace duban::rpc {
namespace {

using ConnectionType = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
using grpc::experimental::ExternalConnectionAcceptor;

constexpr unsigned kRefreshSeconds = 1;
constexpr int kMaxReceiveBytes = 4 << 20;
constexpr int kMaxSendBytes = 8 << 20;
constexpr size_t kQuotaBytes = 256 << 20;
constexpr int kQuotaThreads = 32;
constexpr char kHealthService[] = "grpc.health.v1.Health";
constexpr char kCipherSuites[] = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256";

// Why each: docs/operations.md, "What a listener refuses".
void SetLimits(grpc::ServerBuilder& builder, const ListenOptions& options) {
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 300'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 1'800'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  // Clients ping every 30 s, with or without a call.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8192);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  builder.SetMaxSendMessageSize(kMaxSendBytes);
  grpc::ResourceQuota quota;
  quota.Resize(kQuotaBytes);
  quota.SetMaxThreads(kQuotaThreads);
  builder.SetResourceQuota(quota);
}

// Learns the names of all services that a builder serves.
class NameServices : public grpc::ServerBuilderOption {
 public:
  explicit NameServices(std::vector<std::string>& names) : names_(names) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->push_back(std::make_unique<Plugin>(names_));
  }

 private:
  class Plugin : public grpc::ServerBuilderPlugin {
   public:
    explicit Plugin(std::vector<std::string>& names) : names_(names) {}
    std::string name() override { return "names"; }
    void InitServer(grpc::ServerInitializer*) override {}
    void Finish(grpc::ServerInitializer* server) override { names_ = *server->GetServiceList(); }
    void ChangeArguments(const std::string&, void*) override {}

   private:
    std::vector<std::string>& names_;
  };
  std::vector<std::string>& names_;
};

// INTERNAL / NO_ACCESS_RULE naming the first method of `services` that has none. Health needs none.
absl::Status CheckAccessRules(const std::vector<std::string>& services) {
  for (const std::string& name : services) {
    if (name == kHealthService) continue;
    const google::protobuf::ServiceDescriptor* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
      const std::string method = absl::StrCat("/", name, "/", service->method(i)->name());
      if (auth::AccessOf(method).ok()) continue;
      return MakeError(absl::StatusCode::kInternal, "NO_ACCESS_RULE",
                       absl::StrCat(method, " has no access rule"), {{"method", method}});
    }
  }
  return absl::OkStatus();
}

std::shared_ptr<grpc::ServerCredentials> Credentials(const TlsFiles& files) {
  setenv("GRPC_SSL_CIPHER_SUITES", kCipherSuites, /*overwrite=*/0);
  auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.key, files.cert, files.ca, kRefreshSeconds);
  grpc::experimental::TlsServerCredentialsOptions tls(provider);
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(tls);
}

class ServerImpl final : public Server {
 public:
  ServerImpl(Runtime& runtime, std::unique_ptr<Listener> listener, std::unique_ptr<Health> health)
      : runtime_(runtime), health_(std::move(health)), listener_(std::move(listener)) {}

  ~ServerImpl() override { Shutdown(absl::ZeroDuration()); }

  absl::Status Serve(grpc::ServerBuilder& builder, const ListenOptions& options) {
    std::vector<std::string> services;
    builder.SetOption(std::make_unique<NameServices>(services));
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(ConnectionType::FROM_FD,
                                                                     Credentials(options.tls));
    server_ = builder.BuildAndStart();
    if (!server_) {
      return MakeError(absl::StatusCode::kInternal, "SERVER_NOT_STARTED",
                       "gRPC could not start the server; its log says why");
    }
    if (absl::Status status = CheckAccessRules(services); !status.ok()) {
      server_->Shutdown();
      server_.reset();
      return status;
    }
    health_->SetServices(services);
    listener_->Start([this](int listener_fd, int fd) {
      ExternalConnectionAcceptor::NewConnectionParameters connection;
      connection.listener_fd = listener_fd;
      connection.fd = fd;
      acceptor_->HandleNewConnection(&connection);
    });
    return absl::OkStatus();
  }

  int port() const override { return listener_->port(); }

  void Shutdown(absl::Duration grace) override {
    if (!server_) return;
    runtime_.StartDraining();
    listener_->Stop();
    server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
    server_->Wait();
    server_.reset();
  }

 private:
  Runtime& runtime_;
  std::unique_ptr<Health> health_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ListenOptions& options,
                                                      Runtime& runtime,
                                                      std::vector<grpc::Service*> services,
                                                      grpc::CallbackGenericService* generic) {
  LogGrpcAsJson();
  DUBAN_RETURN_IF_ERROR(CheckTlsFiles(options.tls));
  DUBAN_ASSIGN_OR_RETURN(std::unique_ptr<Listener> listener,
                         Listener::Bind({.address = options.address,
                                         .max_connections = options.max_connections,
                                         .max_per_address = options.max_connections_per_address,
                                         .limit_loopback = options.limit_loopback}));
  std::unique_ptr<Health> health = Health::New(runtime);
  grpc::ServerBuilder builder;
  SetLimits(builder, options);
  builder.RegisterService(health->service());
  for (grpc::Service* service : services) builder.RegisterService(service);
  if (generic != nullptr) builder.RegisterCallbackGenericService(generic);
  auto server = std::make_unique<ServerImpl>(runtime, std::move(listener), std::move(health));
  DUBAN_RETURN_IF_ERROR(server->Serve(builder, options));
  return server;
}

namespace {
sigset_t EndSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}
}  // namespace

void BlockSignals() {
  const sigset_t set = EndSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

int WaitForSignal() {
  const sigset_t set = EndSignals();
  int received = 0;
  sigwait(&set, &received);
  return received;
}

}  // namespace duban::rpc
