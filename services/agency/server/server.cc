#include "services/agency/server/server.h"

#include <grpcpp/impl/service_type.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/agency/server/enrol_listener.h"
#include "services/agency/service/agency_service.h"
#include "services/agency/service/credentials.h"
#include "services/common/auth/caller.h"
#include "services/common/base/clock.h"
#include "services/common/base/files.h"
#include "services/common/base/ids.h"
#include "services/common/base/status.h"
#include "services/common/feed/feed.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"
#include "services/common/rpc/server.h"

namespace duban::agency {
namespace {

// The wiring; members are destroyed from the last to the first.
class Running final : public AgencyServer {
 public:
  Running(std::unique_ptr<feed::Store> store, const std::string& trust_domain)
      : store_(std::move(store)),
        feed_(*store_),
        runtime_(auth::HubAuthenticate(trust_domain), SystemClock()),
        service_(NewAgencyService(runtime_, feed_, trust_domain, [this] { return Door(); })) {
    store_->OnFailed(runtime_.Stopper());
  }

  absl::Status Bootstrap(const std::string& admin, const std::string& trust_domain) {
    if (admin.empty()) return absl::OkStatus();
    return store_
        ->WriteAndWait([&](feed::Tx& tx) { return BootstrapAdmin(admin, trust_domain, tx); })
        .status();
  }

  absl::Status Listen(const AgencyOptions& options, const rpc::TlsFiles& tls,
                      const std::string& trust_domain) {
    if (!options.enrol_listen.empty()) {
      DUBAN_ASSIGN_OR_RETURN(enrol_listener_, EnrolListener::Start(options, trust_domain, *store_));
    }
    DUBAN_ASSIGN_OR_RETURN(server_, rpc::Server::Start({.address = options.listen,
                                                        .tls = tls,
                                                        .limit_loopback = options.limit_loopback},
                                                       runtime_, {service_.get()}));
    if (options.port_file.empty()) return absl::OkStatus();
    return ReplaceFile(options.port_file, absl::StrCat(port(), "\n"));
  }

  int port() const override { return server_->port(); }
  int enrol_port() const override {
    return enrol_listener_ == nullptr ? 0 : enrol_listener_->port();
  }
  void Shutdown(absl::Duration grace) override {
    server_->Shutdown(grace);
    enrol_listener_.reset();  // no call asks for it any more
  }

 private:
  absl::StatusOr<EnrolmentDoor> Door() const {
    return enrol_listener_ == nullptr ? EnrolmentDoor{} : enrol_listener_->Door();
  }

  std::unique_ptr<feed::Store> store_;
  feed::Feed feed_;
  rpc::Runtime runtime_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<EnrolListener> enrol_listener_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AgencyServer>> AgencyServer::Start(const AgencyOptions& options) {
  const rpc::TlsFiles tls{.cert = options.tls_cert, .key = options.tls_key, .ca = options.tls_ca};
  DUBAN_ASSIGN_OR_RETURN(const Identity own, rpc::IdentityOfCertificate(tls.cert));
  DUBAN_RETURN_IF_ERROR(MakeFolder(options.data));
  DUBAN_ASSIGN_OR_RETURN(std::unique_ptr<feed::Store> store,
                         feed::OpenSqliteStore({.path = absl::StrCat(options.data, "/agency.db")},
                                               SystemClock(), SystemIds()));
  auto running = std::make_unique<Running>(std::move(store), own.trust_domain);
  DUBAN_RETURN_IF_ERROR(running->Bootstrap(options.bootstrap_admin, own.trust_domain));
  DUBAN_RETURN_IF_ERROR(running->Listen(options, tls, own.trust_domain));
  return running;
}

}  // namespace duban::agency
