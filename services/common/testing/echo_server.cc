#include "services/common/testing/echo_server.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"
#include "services/common/rpc/handler.h"
#include "services/common/testing/echo_service.grpc.pb.h"
#include "services/common/testing/status_matchers.h"

namespace duban::testing {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using v1::EchoRequest;
using v1::EchoResponse;

class EchoServiceImpl final : public v1::EchoService::CallbackService {
 public:
  EchoServiceImpl(rpc::Runtime& runtime, feed::Store& store, feed::Feed& feed,
                  feed::ServeOptions serve_options)
      : runtime_(runtime), store_(store), feed_(feed), serve_options_(std::move(serve_options)) {}

  ServerUnaryReactor* Echo(CallbackServerContext* context, const EchoRequest* request,
                           EchoResponse* response) override {
    return rpc::Read(runtime_, context, "/duban.testing.v1.EchoService/Echo", request, response,
                     &Answer);
  }

  ServerUnaryReactor* Keep(CallbackServerContext* context, const EchoRequest* request,
                           EchoResponse* response) override {
    return rpc::Write(runtime_, context, "/duban.testing.v1.EchoService/Keep", request, response,
                      store_,
                      [](const rpc::Call& call, const EchoRequest& q, feed::Tx& tx,
                         EchoResponse& r) -> absl::Status {
                        DUBAN_RETURN_IF_ERROR(tx.Put({.key = absl::StrCat("echoes/", q.key()),
                                                      .type = "duban.testing.v1.EchoRequest",
                                                      .image = q.SerializeAsString()}));
                        return Answer(call, q, r);
                      });
  }

  ServerUnaryReactor* Fail(CallbackServerContext* context, const EchoRequest* request,
                           EchoResponse* response) override {
    return rpc::Read(runtime_, context, "/duban.testing.v1.EchoService/Fail", request, response,
                     [](const rpc::Call&, const EchoRequest& q, EchoResponse&) {
                       return MakeError(absl::StatusCode::kAborted, "FAILED_ON_REQUEST", "as asked",
                                        {{"text", q.text()}});
                     });
  }

  ServerUnaryReactor* Audit(CallbackServerContext* context, const EchoRequest* request,
                            EchoResponse* response) override {
    return rpc::Read(runtime_, context, "/duban.testing.v1.EchoService/Audit", request, response,
                     &Answer);
  }

  grpc::ServerWriteReactor<common::v1::WatchResponse>* WatchEchoes(
      CallbackServerContext* context, const common::v1::WatchRequest* request) override {
    return feed::ServeFeed(
        runtime_, context, "/duban.testing.v1.EchoService/WatchEchoes", request, feed_,
        [this](const rpc::Call&) -> absl::StatusOr<feed::ServeOptions> { return serve_options_; });
  }

  ServerUnaryReactor* ListState(CallbackServerContext* context,
                                const common::v1::ListStateRequest* request,
                                common::v1::ListStateResponse* response) override {
    return rpc::Read(
        runtime_, context, "/duban.testing.v1.EchoService/ListState", request, response,
        [this](const rpc::Call&, const auto& q, auto& r) { return feed::ListState(store_, q, r); });
  }

 private:
  static absl::Status Answer(const rpc::Call& call, const EchoRequest& request,
                             EchoResponse& response) {
    response.set_text(request.text());
    response.set_request_id(call.request_id);
    response.set_caller(call.caller.identity.ToString());
    return absl::OkStatus();
  }

  rpc::Runtime& runtime_;
  feed::Store& store_;
  feed::Feed& feed_;
  const feed::ServeOptions serve_options_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewEchoService(rpc::Runtime& runtime, feed::Store& store,
                                              feed::Feed& feed,
                                              const feed::ServeOptions& serve_options) {
  return std::make_unique<EchoServiceImpl>(runtime, store, feed, serve_options);
}

EchoServer::EchoServer(feed::ServeOptions serve_options)
    : options_{.address = "127.0.0.1:0", .tls = pki_.IssueHub("echo")},
      serve_options_(std::move(serve_options)) {
  Start();
}

EchoServer::~EchoServer() { Stop(absl::ZeroDuration()); }

void EchoServer::Start() {
  runtime_ = std::make_unique<rpc::Runtime>(auth::HubAuthenticate(kTrustDomain), call_clock_);
  service_ = NewEchoService(*runtime_, *store_, *feed_, serve_options_);
  auto server = rpc::Server::Start(options_, *runtime_, {service_.get()});
  ASSERT_THAT(server, IsOk());
  server_ = *std::move(server);
  options_.address = absl::StrCat("127.0.0.1:", server_->port());
}

void EchoServer::Stop(absl::Duration grace) {
  if (server_ == nullptr) return;
  server_->Shutdown(grace);
  server_.reset();
  runtime_.reset();
  service_.reset();
}

std::shared_ptr<grpc::Channel> EchoServer::Connect(const rpc::TlsFiles& tls) const {
  return rpc::NewChannel({.address = options_.address,
                          .server_name = rpc::HubServerName("echo", kTrustDomain),
                          .tls = tls});
}

std::shared_ptr<grpc::Channel> EchoServer::ConnectAs(const std::string& name) {
  return Connect(pki_.IssueHub(name));
}

int64_t EchoServer::Put(const std::string& key, const std::string& image,
                        const std::string& agency) {
  auto revision = store_->WriteAndWait([&](feed::Tx& tx) {
    return tx.Put({.key = key, .agency = agency, .type = "test.Row", .image = image});
  });
  EXPECT_THAT(revision, IsOk());
  return revision.value_or(0);
}

void EchoServer::ReplaceStore() {
  feed_.reset();
  store_ = feed::NewMemoryStore(clock_, ids_);
  feed_ = std::make_unique<feed::Feed>(*store_);
}

}  // namespace duban::testing
