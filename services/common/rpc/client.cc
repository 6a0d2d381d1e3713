#include "services/common/rpc/client.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "absl/strings/str_cat.h"

namespace duban::rpc {
namespace {

constexpr unsigned kRefreshSeconds = 1;
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kMinReconnectMs = 100;
constexpr int kConnectTimeoutMs = 10'000;
constexpr int kMaxReconnectMs = 2'000;
constexpr int kMaxMessageBytes = 8 << 20;

}  // namespace

std::string HubServerName(absl::string_view service, absl::string_view trust_domain) {
  return absl::StrCat(service, ".hub.", trust_domain);
}

std::string NodeServerName(absl::string_view agency, absl::string_view node,
                           absl::string_view trust_domain) {
  return absl::StrCat(node, ".", agency, ".node.", trust_domain);
}

std::shared_ptr<grpc::Channel> NewChannel(const ChannelOptions& options) {
  auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      options.tls.key, options.tls.cert, options.tls.ca, kRefreshSeconds);
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider(provider);
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  tls.set_verify_server_certs(true);
  tls.set_certificate_verifier(std::make_shared<grpc::experimental::HostNameCertificateVerifier>());
  grpc::ChannelArguments args;
  args.SetSslTargetNameOverride(options.server_name);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kMinReconnectMs);
  // Not a pause in spite of its name: the time that an attempt is given, handshake included.
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMs);
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  args.SetMaxReceiveMessageSize(kMaxMessageBytes);
  return grpc::CreateCustomChannel(options.address, grpc::experimental::TlsCredentials(tls), args);
}

void Prepare(grpc::ClientContext& context, absl::Time deadline, absl::string_view request_id) {
  context.set_deadline(absl::ToChronoTime(deadline));
  if (!request_id.empty()) context.AddMetadata("duban-request-id", std::string(request_id));
}

}  // namespace duban::rpc
