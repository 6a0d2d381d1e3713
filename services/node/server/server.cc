#include "services/node/server/server.h"

#include <grpcpp/impl/service_type.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/auth/caller.h"
#include "services/common/base/clock.h"
#include "services/common/base/files.h"
#include "services/common/base/ids.h"
#include "services/common/base/names.h"
#include "services/common/base/log.h"
#include "services/common/base/status.h"
#include "services/common/enrolment/credentials.h"
#include "services/common/feed/follower.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"
#include "services/common/rpc/server.h"
#include "services/common/sign/sign.h"
#include "services/node/clients/hub.h"
#include "services/node/clients/renewer.h"
#include "services/node/service/hub_copy.h"
#include "services/node/service/link_state.h"
#include "services/node/service/node_service.h"
#include "services/node/service/outbox.h"
#include "services/node/service/sender.h"

namespace duban::node {
namespace {

absl::Status WrongCertificate(const Identity& identity, const NodeName& node) {
  return MakeError(
      absl::StatusCode::kInvalidArgument, "WRONG_CERTIFICATE",
      absl::StrCat("the certificate is of ", identity.ToString(), ", not of ", node.ToString()),
      {{"identity", identity.ToString()}, {"node", node.ToString()}});
}

absl::Status BadEpoch(int64_t epoch) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_EPOCH",
                   absl::StrCat("epoch ", epoch, " is not 1 or more"),
                   {{"epoch", absl::StrCat(epoch)}});
}

absl::Status BadConfig(const std::string& fault) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_CONFIG", fault, {{"fault1", fault}});
}

// The options with what the folder of credentials says; a certificate that has ended is renewed first. Without such a folder, the
// options must say all themselves. BAD_CONFIG, and what reading and renewing give.
absl::StatusOr<NodeOptions> Complete(NodeOptions options) {
  if (options.credentials.empty()) {
    for (const auto& [name, value] :
         std::vector<std::pair<const char*, const std::string*>>{{"tls_cert", &options.tls_cert},
                                                                 {"tls_key", &options.tls_key},
                                                                 {"tls_ca", &options.tls_ca},
                                                                 {"agency", &options.agency},
                                                                 {"node", &options.node},
                                                                 {"hub_address", &options.hub_address},
                                                                 {"signing_key", &options.signing_key}}) {
      if (value->empty()) return BadConfig(absl::StrCat("credentials, or ", name, ", is needed"));
    }
    return options;
  }
  DUBAN_ASSIGN_OR_RETURN(enrolment::Credentials own,
                         enrolment::ReadCredentials(options.credentials));
  if (own.certificate.not_after < SystemClock().Now()) {
    DUBAN_ASSIGN_OR_RETURN(own, enrolment::Renew(options.credentials, SystemClock()));
    Log(LogLevel::kInfo, "certificate_renewed", {{"serial", own.certificate.serial}});
  }
  options.tls_cert = own.cert, options.tls_key = own.key, options.tls_ca = own.ca;
  options.agency = own.node.agency, options.node = own.node.node;
  options.signing_key = own.sign;
  options.epoch = own.epoch;
  options.hub_address = own.hub_address;
  return options;
}

// The wiring; members are destroyed from the last to the first.
class Running final : public NodeServer {
 public:
  Running(std::unique_ptr<feed::Store> store, std::unique_ptr<sign::Signer> signer,
          const Identity& own, const HubOptions& hub)
      : store_(std::move(store)),
        signer_(std::move(signer)),
        node_{own.agency, own.name},
        runtime_(auth::NodeAuthenticate(own.trust_domain, own.agency), SystemClock()),
        hub_(NewHub(hub)),
        service_(NewNodeService(runtime_, *store_, {node_, *signer_, SystemIds()}, state_,
                                [this] { Wake(); }, [this] { return Renewal(); })) {
    store_->OnFailed(runtime_.Stopper());
  }

  ~Running() override {
    // The sender may be inside a call to the hub; the follower may be about to tell the sender that
    // the hub is back.
    server_.reset();
    renewer_.reset();
    follower_.reset();
    hub_->Cancel();
    sender_.reset();
  }

  // The sender and the follower start before the first call can come in.
  absl::Status Link(const NodeOptions& options) {
    DUBAN_RETURN_IF_ERROR(
        store_->WriteAndWait([&](feed::Tx& tx) { return OpenEpoch(tx, options.epoch); }).status());
    sender_ =
        Sender::Start({.node = node_, .version = enrolment::OwnVersion(), .max_backoff = options.max_backoff},
                      *store_, *hub_, state_, SystemClock(), SystemIds());
    FollowHubOptions follow;
    DUBAN_RETURN_IF_ERROR(store_->Read([&](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(follow.start, ReadCursor(view));
      return absl::OkStatus();
    }));
    follow.on_snapshot = [this](const duban::common::v1::Snapshot& snapshot) {
      return Apply([&](feed::Tx& tx) { return ApplySnapshot(tx, snapshot); });
    };
    follow.on_changes = [this](const duban::common::v1::Changes& changes) {
      return Apply([&](feed::Tx& tx) { return ApplyChanges(tx, changes); });
    };
    follow.on_bookmark = [this] { state_.Heard(SystemClock().Now()); };
    follow.on_link = [this](const absl::Status& link) {
      state_.Downlink(link, SystemClock().Now());
      if (link.ok()) sender_->HubIsBack();
    };
    follower_ = hub_->Follow(std::move(follow));
    return absl::OkStatus();
  }

  // Begins to keep the credentials fresh, when they are in a folder.
  void KeepFresh(const std::string& credentials) {
    if (credentials.empty()) return;
    renewer_ = Renewer::Start(credentials, SystemClock(), [this] { hub_->Reconnect(); });
  }

  absl::Status Listen(const NodeOptions& options, const rpc::TlsFiles& tls) {
    DUBAN_ASSIGN_OR_RETURN(server_, rpc::Server::Start({.address = options.listen,
                                                        .tls = tls,
                                                        .limit_loopback = options.limit_loopback},
                                                       runtime_, {service_.get()}));
    if (options.port_file.empty()) return absl::OkStatus();
    return ReplaceFile(options.port_file, absl::StrCat(port(), "\n"));
  }

  int port() const override { return server_->port(); }
  void Shutdown(absl::Duration grace) override { server_->Shutdown(grace); }

 private:
  void Wake() { sender_->Wake(); }

  RenewalState Renewal() const {
    if (renewer_ == nullptr) return {};
    const Renewer::Seen seen = renewer_->Get();
    return {.certificate_end = seen.certificate_end, .error = seen.error};
  }

  absl::Status Apply(const feed::Store::Work& work) {
    state_.Heard(SystemClock().Now());
    return store_->WriteAndWait(work).status();
  }

  std::unique_ptr<feed::Store> store_;
  std::unique_ptr<sign::Signer> signer_;
  const NodeName node_;
  LinkState state_;
  rpc::Runtime runtime_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<Sender> sender_;
  std::unique_ptr<feed::Follower> follower_;
  std::unique_ptr<Renewer> renewer_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<NodeServer>> NodeServer::Start(const NodeOptions& given) {
  DUBAN_ASSIGN_OR_RETURN(const NodeOptions options, Complete(given));
  const rpc::TlsFiles tls{.cert = options.tls_cert, .key = options.tls_key, .ca = options.tls_ca};
  DUBAN_ASSIGN_OR_RETURN(const Identity own, rpc::IdentityOfCertificate(tls.cert));
  const NodeName node{options.agency, options.node};
  if (own.kind != Identity::Kind::kNode || own.agency != node.agency || own.name != node.node) {
    return WrongCertificate(own, node);
  }
  if (options.epoch < 1) return BadEpoch(options.epoch);
  DUBAN_ASSIGN_OR_RETURN(const std::string pem, ReadFile(options.signing_key));
  DUBAN_ASSIGN_OR_RETURN(auto signer, sign::SignerFromPem(pem));
  DUBAN_RETURN_IF_ERROR(MakeFolder(options.data));
  DUBAN_ASSIGN_OR_RETURN(std::unique_ptr<feed::Store> store,
                         feed::OpenSqliteStore({.path = absl::StrCat(options.data, "/node.db")},
                                               SystemClock(), SystemIds()));
  auto running = std::make_unique<Running>(
      std::move(store), std::move(signer), own,
      HubOptions{.address = options.hub_address, .trust_domain = own.trust_domain, .tls = tls});
  DUBAN_RETURN_IF_ERROR(running->Link(options));
  running->KeepFresh(options.credentials);
  DUBAN_RETURN_IF_ERROR(running->Listen(options, tls));
  return running;
}

}  // namespace duban::node
