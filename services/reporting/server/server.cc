#include "services/reporting/server/server.h"

#include <grpcpp/impl/service_type.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/auth/caller.h"
#include "services/common/base/clock.h"
#include "services/common/base/files.h"
#include "services/common/base/ids.h"
#include "services/common/base/status.h"
#include "services/common/feed/feed.h"
#include "services/common/feed/follower.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"
#include "services/common/rpc/server.h"
#include "services/common/sign/sign.h"
#include "services/reporting/clients/feeds.h"
#include "services/reporting/service/copies.h"
#include "services/reporting/service/keys.h"
#include "services/reporting/service/mandates.h"
#include "services/reporting/service/nodes.h"
#include "services/reporting/service/reporting_service.h"
#include "services/reporting/service/uplink_service.h"

namespace duban::reporting {
namespace {

// Brings mandates up to date that a message of the feed left over.
absl::Status CatchUpAll(feed::Store& store, const std::string& actor) {
  bool more = true;
  while (more) {
    DUBAN_RETURN_IF_ERROR(store
                              .WriteAndWait([&](feed::Tx& tx) -> absl::Status {
                                DUBAN_ASSIGN_OR_RETURN(more, CatchUp(tx, actor));
                                return absl::OkStatus();
                              })
                              .status());
  }
  return absl::OkStatus();
}

// One durable transaction for each message of the task service's feed; more when it bears on many
// mandates.
FollowFeedOptions FollowMandates(feed::Store& store, const std::string& actor) {
  const auto apply = [&store, actor](const auto& message) -> absl::Status {
    bool more = false;
    DUBAN_RETURN_IF_ERROR(
        store
            .WriteAndWait([rows = ToFeedRows(message), actor, &more](feed::Tx& tx) -> absl::Status {
              DUBAN_ASSIGN_OR_RETURN(more, ApplyMandates(tx, rows, actor));
              return absl::OkStatus();
            })
            .status());
    return more ? CatchUpAll(store, actor) : absl::OkStatus();
  };
  FollowFeedOptions options;
  options.on_snapshot = apply;
  options.on_changes = apply;
  return options;
}

// The same for the register; then the nodes that changed are read anew, which ends the streams of
// revoked ones. When that fails the message comes again, but brings nothing new to the copies: so
// the names are kept until their nodes are read.
FollowFeedOptions FollowRegister(feed::Store& store, Nodes& nodes) {
  auto unread = std::make_shared<std::vector<std::string>>();
  const auto apply = [&store, &nodes, unread](const auto& message) -> absl::Status {
    std::vector<std::string> changed;
    DUBAN_RETURN_IF_ERROR(store
                              .WriteAndWait([rows = ToFeedRows(message), &changed](feed::Tx& tx) {
                                changed.clear();
                                return ApplyRegister(tx, rows, &changed);
                              })
                              .status());
    unread->insert(unread->end(), changed.begin(), changed.end());
    DUBAN_RETURN_IF_ERROR(
        store.Read([&](feed::View& view) { return nodes.Reload(view, *unread); }));
    unread->clear();
    return absl::OkStatus();
  };
  FollowFeedOptions options;
  options.on_snapshot = apply;
  options.on_changes = apply;
  return options;
}

// The wiring; members are destroyed from the last to the first.
class Running final : public ReportingServer {
 public:
  Running(std::unique_ptr<feed::Store> store, std::unique_ptr<sign::Signer> signer,
          const std::string& trust_domain)
      : trust_domain_(trust_domain),
        store_(std::move(store)),
        signer_(std::move(signer)),
        feed_(*store_),
        runtime_(auth::HubAuthenticate(trust_domain), SystemClock()),
        uplink_runtime_(UplinkAuthenticate(trust_domain, nodes_), SystemClock()),
        service_(NewReportingService(runtime_, feed_, nodes_)),
        uplink_service_(NewUplinkService(uplink_runtime_, feed_, nodes_, *signer_)) {
    store_->OnFailed([stop = runtime_.Stopper(), stop_uplink = uplink_runtime_.Stopper()] {
      stop();
      stop_uplink();
    });
  }

  absl::Status Follow(const ReportingOptions& options, const rpc::TlsFiles& tls) {
    const Identity task{.trust_domain = trust_domain_,
                        .kind = Identity::Kind::kHubService,
                        .agency = {},
                        .name = "task"};
    DUBAN_RETURN_IF_ERROR(CatchUpAll(*store_, task.ToString()));
    FollowFeedOptions mandates = FollowMandates(*store_, task.ToString());
    FollowFeedOptions registered = FollowRegister(*store_, nodes_);
    DUBAN_RETURN_IF_ERROR(store_->Read([&](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(mandates.start, ReadCursor(view, kTaskCursor));
      DUBAN_ASSIGN_OR_RETURN(registered.start, ReadCursor(view, kAgencyCursor));
      return nodes_.Load(view);
    }));
    mandates.address = options.task_address;
    registered.address = options.agency_address;
    mandates.trust_domain = registered.trust_domain = trust_domain_;
    mandates.tls = registered.tls = tls;
    task_follower_ = FollowTask(std::move(mandates));
    agency_follower_ = FollowAgency(std::move(registered));
    return absl::OkStatus();
  }

  absl::Status Listen(const ReportingOptions& options, const rpc::TlsFiles& tls) {
    DUBAN_ASSIGN_OR_RETURN(uplink_server_,
                           rpc::Server::Start({.address = options.uplink_listen,
                                               .tls = tls,
                                               .limit_loopback = options.limit_loopback},
                                              uplink_runtime_, {uplink_service_.get()}));
    DUBAN_ASSIGN_OR_RETURN(server_, rpc::Server::Start({.address = options.listen,
                                                        .tls = tls,
                                                        .limit_loopback = options.limit_loopback},
                                                       runtime_, {service_.get()}));
    if (!options.uplink_port_file.empty()) {
      DUBAN_RETURN_IF_ERROR(
          ReplaceFile(options.uplink_port_file, absl::StrCat(uplink_port(), "\n")));
    }
    if (options.port_file.empty()) return absl::OkStatus();
    return ReplaceFile(options.port_file, absl::StrCat(port(), "\n"));
  }

  int port() const override { return server_->port(); }
  int uplink_port() const override { return uplink_server_->port(); }

  void Shutdown(absl::Duration grace) override {
    uplink_server_->Shutdown(grace);
    server_->Shutdown(grace);
  }

 private:
  const std::string trust_domain_;
  Nodes nodes_;
  std::unique_ptr<feed::Store> store_;
  std::unique_ptr<sign::Signer> signer_;
  feed::Feed feed_;
  rpc::Runtime runtime_, uplink_runtime_;
  std::unique_ptr<grpc::Service> service_, uplink_service_;
  std::unique_ptr<rpc::Server> server_, uplink_server_;
  std::unique_ptr<feed::Follower> task_follower_, agency_follower_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ReportingServer>> ReportingServer::Start(
    const ReportingOptions& options) {
  const rpc::TlsFiles tls{.cert = options.tls_cert, .key = options.tls_key, .ca = options.tls_ca};
  DUBAN_ASSIGN_OR_RETURN(const Identity own, rpc::IdentityOfCertificate(tls.cert));
  DUBAN_ASSIGN_OR_RETURN(const std::string pem, ReadFile(options.receipt_key));
  DUBAN_ASSIGN_OR_RETURN(auto signer, sign::SignerFromPem(pem));
  DUBAN_RETURN_IF_ERROR(MakeFolder(options.data));
  DUBAN_ASSIGN_OR_RETURN(
      std::unique_ptr<feed::Store> store,
      feed::OpenSqliteStore({.path = absl::StrCat(options.data, "/reporting.db")}, SystemClock(),
                            SystemIds()));
  auto running = std::make_unique<Running>(std::move(store), std::move(signer), own.trust_domain);
  DUBAN_RETURN_IF_ERROR(running->Follow(options, tls));
  DUBAN_RETURN_IF_ERROR(running->Listen(options, tls));
  return running;
}

}  // namespace duban::reporting
