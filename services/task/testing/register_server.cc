#include "services/task/testing/register_server.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "services/common/auth/caller.h"
#include "services/common/feed/messages.h"
#include "services/common/feed/watch_server.h"
#include "services/common/testing/status_matchers.h"

namespace duban::task::testing {
namespace {

using duban::testing::IsOk;
namespace common = duban::common::v1;

class FeedOnly final : public duban::agency::v1::AgencyService::CallbackService {
 public:
  FeedOnly(rpc::Runtime& runtime, feed::Feed& feed) : runtime_(runtime), feed_(feed) {}

  grpc::ServerWriteReactor<common::WatchResponse>* WatchRegister(
      grpc::CallbackServerContext* context, const common::WatchRequest* request) override {
    return feed::ServeFeed(runtime_, context, "/duban.agency.v1.AgencyService/WatchRegister",
                           request, feed_, [](const rpc::Call&) { return feed::ServeOptions{}; });
  }

 private:
  rpc::Runtime& runtime_;
  feed::Feed& feed_;
};

}  // namespace

RegisterServer::RegisterServer(duban::testing::Pki& pki)
    : tls_(pki.IssueHub("agency")), trust_domain_(pki.trust_domain()) {
  Replace();
}

RegisterServer::~RegisterServer() { Stop(); }

void RegisterServer::Put(duban::agency::v1::Agency agency) {
  EXPECT_THAT(
      store_->WriteAndWait([&](feed::Tx& tx) { return feed::PutMessage(tx, agency, "", ""); }),
      IsOk());
}

void RegisterServer::Delete(absl::string_view name) {
  EXPECT_THAT(store_->WriteAndWait([&](feed::Tx& tx) { return tx.Delete(name); }), IsOk());
}

void RegisterServer::PutDepartment(absl::string_view id, absl::string_view name) {
  duban::agency::v1::Agency agency;
  agency.set_name(absl::StrCat("agencies/", id));
  agency.set_full_name(absl::StrCat("上海", name));
  agency.set_short_name(std::string(name));
  agency.set_kind(duban::agency::v1::AGENCY_KIND_DEPARTMENT);
  Put(agency);
}

void RegisterServer::Start() {
  runtime_ = std::make_unique<rpc::Runtime>(auth::HubAuthenticate(trust_domain_), SystemClock());
  service_ = std::make_unique<FeedOnly>(*runtime_, *feed_);
  auto server = rpc::Server::Start({.address = absl::StrCat("127.0.0.1:", port_), .tls = tls_},
                                   *runtime_, {service_.get()});
  ASSERT_THAT(server, IsOk());
  server_ = *std::move(server);
  port_ = server_->port();
}

void RegisterServer::Stop() {
  server_ = nullptr;
  service_ = nullptr;
  runtime_ = nullptr;
}

void RegisterServer::Replace() {
  const bool running = server_ != nullptr;
  Stop();
  feed_ = nullptr;
  store_ = feed::NewMemoryStore(clock_, ids_);
  feed_ = std::make_unique<feed::Feed>(*store_);
  if (running) Start();
}

std::string RegisterServer::address() const { return absl::StrCat("127.0.0.1:", port_); }

}  // namespace duban::task::testing
