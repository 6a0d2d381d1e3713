#include "services/gateway/server/server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/impl/service_type.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/base/clock.h"
#include "services/common/base/files.h"
#include "services/common/base/status.h"
#include "services/common/rpc/client.h"
#include "services/common/rpc/runtime.h"
#include "services/common/rpc/server.h"
#include "services/gateway/clients/feeds.h"
#include "services/gateway/domain/limits.h"
#include "services/gateway/service/board.h"
#include "services/gateway/service/credentials.h"
#include "services/gateway/service/progress_service.h"
#include "services/gateway/service/proxy.h"
#include "services/gateway/service/waiters.h"
#include "services/gateway/service/watchers.h"

namespace duban::gateway {
namespace {

Channels Connect(const GatewayOptions& options, const rpc::TlsFiles& tls,
                 const std::string& trust_domain) {
  const auto channel = [&](const std::string& address, const char* service) {
    return rpc::NewChannel(
        {.address = address, .server_name = rpc::HubServerName(service, trust_domain), .tls = tls});
  };
  return {.task = channel(options.task_address, "task"),
          .agency = channel(options.agency_address, "agency"),
          .reporting = channel(options.reporting_address, "reporting")};
}

// The wiring; members are destroyed from the last to the first.
class Running final : public GatewayServer {
 public:
  Running(Channels channels, const std::string& trust_domain)
      : channels_(std::move(channels)),
        credentials_(trust_domain, SystemClock()),
        board_(SystemClock()),
        runtime_([this](const auth::Peer& peer) { return credentials_.Authenticate(peer); },
                 SystemClock()),
        watchers_(board_, runtime_),
        progress_(NewProgressService(runtime_, board_, waiters_, watchers_,
                                     [this](absl::Time deadline, auto done) {
                                       AskNewestRevisions(
                                           channels_, deadline, [this, done](const Newest& newest) {
                                             if (newest.presence) {
                                               board_.OnPresence(*newest.presence);
                                             }
                                             done({newest.task, newest.agency, newest.reporting});
                                           });
                                     })),
        proxy_(
            NewProxy(runtime_, {channels_.task, channels_.agency, channels_.reporting}, waiters_)) {
    board_.SetListener([this](const std::set<std::string>& plans, const Revisions& revisions) {
      waiters_.Reached(revisions);
      watchers_.Changed(plans);
    });
    runtime_.OnDrain([this] { waiters_.End(); });
  }

  absl::Status Listen(const GatewayOptions& options, const rpc::TlsFiles& tls) {
    DUBAN_ASSIGN_OR_RETURN(server_, rpc::Server::Start({.address = options.listen,
                                                        .tls = tls,
                                                        .limit_loopback = options.limit_loopback},
                                                       runtime_, {progress_.get()}, proxy_.get()));
    Follow();
    if (options.port_file.empty()) return absl::OkStatus();
    return ReplaceFile(options.port_file, absl::StrCat(port(), "\n"));
  }

  int port() const override { return server_->port(); }
  void Shutdown(absl::Duration grace) override { server_->Shutdown(grace); }

 private:
  void Follow() {
    mandate_ = FollowMandate(channels_.task, BoardSink(Source::kTask));
    register_ = FollowRegister(channels_.agency, RegisterSink());
    performance_ = FollowPerformance(channels_.reporting, BoardSink(Source::kReporting));
    presence_ = PollPresence(channels_.reporting, kPresenceEvery,
                             [this](const auto& nodes) { board_.OnPresence(nodes); });
  }

  FeedSink BoardSink(Source source) {
    return {
        .on_snapshot = [this, source](const auto& all) { return board_.OnSnapshot(source, all); },
        .on_changes = [this, source](const auto& c) { return board_.OnChanges(source, c); },
        .on_bookmark = [this, source](int64_t revision) { board_.OnBookmark(source, revision); },
        .on_link = [this, source](bool up) { board_.OnLink(source, up); }};
  }

  // Credentials first: whoever waits for the board to reach a revision finds them in force.
  FeedSink RegisterSink() {
    FeedSink sink = BoardSink(Source::kAgency);
    sink.on_snapshot = [this, next = sink.on_snapshot](const auto& all) -> absl::Status {
      DUBAN_RETURN_IF_ERROR(credentials_.OnSnapshot(all));
      watchers_.Recheck();
      return next(all);
    };
    sink.on_changes = [this, next = sink.on_changes](const auto& changes) {
      DUBAN_ASSIGN_OR_RETURN(const bool changed, credentials_.OnChanges(changes));
      if (changed) watchers_.Recheck();
      return next(changes);
    };
    return sink;
  }

  const Channels channels_;
  Credentials credentials_;
  Board board_;
  Waiters waiters_;
  rpc::Runtime runtime_;
  Watchers watchers_;
  std::unique_ptr<grpc::Service> progress_;
  std::unique_ptr<grpc::CallbackGenericService> proxy_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<feed::Follower> mandate_, register_, performance_;
  std::unique_ptr<PresencePoll> presence_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GatewayServer>> GatewayServer::Start(const GatewayOptions& options) {
  const rpc::TlsFiles tls{.cert = options.tls_cert, .key = options.tls_key, .ca = options.tls_ca};
  DUBAN_ASSIGN_OR_RETURN(const Identity own, rpc::IdentityOfCertificate(tls.cert));
  auto running =
      std::make_unique<Running>(Connect(options, tls, own.trust_domain), own.trust_domain);
  DUBAN_RETURN_IF_ERROR(running->Listen(options, tls));
  return running;
}

}  // namespace duban::gateway
