#include "services/agency/service/agency_service.h"

#include <utility>

#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "services/agency/service/agencies.h"
#include "services/agency/service/credentials.h"
#include "services/agency/service/nodes.h"
#include "services/common/base/ids.h"
#include "services/common/feed/watch_server.h"
#include "services/common/rpc/handler.h"

namespace duban::agency {
namespace {

namespace common = duban::common::v1;
using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class ServiceImpl final : public pb::AgencyService::CallbackService {
 public:
  ServiceImpl(rpc::Runtime& runtime, feed::Feed& feed, std::string trust_domain,
              std::function<absl::StatusOr<EnrolmentDoor>()> door)
      : runtime_(runtime),
        feed_(feed),
        store_(feed.store()),
        trust_domain_(std::move(trust_domain)),
        door_(std::move(door)) {}

  Reactor* CreateAgency(Context* context, const pb::CreateAgencyRequest* request,
                        pb::Agency* response) override {
    return Write(context, "/duban.agency.v1.AgencyService/CreateAgency", request, response,
                 agency::CreateAgency);
  }

  Reactor* BatchCreateAgencies(Context* context, const pb::BatchCreateAgenciesRequest* request,
                               pb::BatchCreateAgenciesResponse* response) override {
    return Write(context, "/duban.agency.v1.AgencyService/BatchCreateAgencies", request, response,
                 agency::BatchCreateAgencies);
  }

  Reactor* UpdateAgency(Context* context, const pb::UpdateAgencyRequest* request,
                        pb::Agency* response) override {
    return Write(context, "/duban.agency.v1.AgencyService/UpdateAgency", request, response,
                 agency::UpdateAgency);
  }

  Reactor* AddAlias(Context* context, const pb::AddAliasRequest* request,
                    pb::Agency* response) override {
    return Write(context, "/duban.agency.v1.AgencyService/AddAlias", request, response,
                 agency::AddAlias);
  }

  Reactor* GetAgency(Context* context, const pb::GetAgencyRequest* request,
                     pb::Agency* response) override {
    return Read(context, "/duban.agency.v1.AgencyService/GetAgency", request, response,
                agency::GetAgency);
  }

  Reactor* ListAgencies(Context* context, const pb::ListAgenciesRequest* request,
                        pb::ListAgenciesResponse* response) override {
    return Read(context, "/duban.agency.v1.AgencyService/ListAgencies", request, response,
                agency::ListAgencies);
  }

  Reactor* CreateNode(Context* context, const pb::CreateNodeRequest* request,
                      pb::Node* response) override {
    return Write(context, "/duban.agency.v1.AgencyService/CreateNode", request, response,
                 [this](const pb::CreateNodeRequest& q, feed::Tx& tx, pb::Node& r) {
                   return agency::CreateNode(q, trust_domain_, tx, r);
                 });
  }

  Reactor* ListNodes(Context* context, const pb::ListNodesRequest* request,
                     pb::ListNodesResponse* response) override {
    return Read(context, "/duban.agency.v1.AgencyService/ListNodes", request, response,
                agency::ListNodes);
  }

  Reactor* RevokeNode(Context* context, const pb::RevokeNodeRequest* request,
                      pb::Node* response) override {
    return Write(context, "/duban.agency.v1.AgencyService/RevokeNode", request, response,
                 agency::RevokeNode);
  }

  Reactor* RevokeNodeCertificate(Context* context,
                                 const pb::RevokeNodeCertificateRequest* request,
                                 pb::Node* response) override {
    return Write(context, "/duban.agency.v1.AgencyService/RevokeNodeCertificate", request, response,
                 agency::RevokeNodeCertificate);
  }

  Reactor* CreateJoinToken(Context* context, const pb::CreateJoinTokenRequest* request,
                           pb::CreateJoinTokenResponse* response) override {
    return rpc::Write(runtime_, context, "/duban.agency.v1.AgencyService/CreateJoinToken", request,
                      response, store_,
                      [this](const rpc::Call& call, const pb::CreateJoinTokenRequest& q,
                             feed::Tx& tx, pb::CreateJoinTokenResponse& r) -> absl::Status {
                        DUBAN_ASSIGN_OR_RETURN(const EnrolmentDoor door, door_());
                        return agency::CreateJoinToken(q, door, call.caller.identity.ToString(),
                                                       SystemIds(), tx, r);
                      });
  }

  Reactor* ListJoinTokens(Context* context, const pb::ListJoinTokensRequest* request,
                          pb::ListJoinTokensResponse* response) override {
    return Read(context, "/duban.agency.v1.AgencyService/ListJoinTokens", request, response,
                agency::ListJoinTokens);
  }

  Reactor* RevokeJoinToken(Context* context, const pb::RevokeJoinTokenRequest* request,
                           pb::JoinToken* response) override {
    return Write(context, "/duban.agency.v1.AgencyService/RevokeJoinToken", request, response,
                 agency::RevokeJoinToken);
  }

  Reactor* CreateCredential(Context* context, const pb::CreateCredentialRequest* request,
                            pb::Credential* response) override {
    return Write(context, "/duban.agency.v1.AgencyService/CreateCredential", request, response,
                 [this](const pb::CreateCredentialRequest& q, feed::Tx& tx, pb::Credential& r) {
                   return agency::CreateCredential(q, trust_domain_, tx, r);
                 });
  }

  Reactor* ListCredentials(Context* context, const pb::ListCredentialsRequest* request,
                           pb::ListCredentialsResponse* response) override {
    return Read(context, "/duban.agency.v1.AgencyService/ListCredentials", request, response,
                agency::ListCredentials);
  }

  Reactor* RevokeCredential(Context* context, const pb::RevokeCredentialRequest* request,
                            pb::Credential* response) override {
    return Write(context, "/duban.agency.v1.AgencyService/RevokeCredential", request, response,
                 agency::RevokeCredential);
  }

  grpc::ServerWriteReactor<common::WatchResponse>* WatchRegister(
      Context* context, const common::WatchRequest* request) override {
    return feed::ServeFeed(runtime_, context, "/duban.agency.v1.AgencyService/WatchRegister",
                           request, feed_, [](const rpc::Call&) { return feed::ServeOptions{}; });
  }

  Reactor* ListState(Context* context, const common::ListStateRequest* request,
                     common::ListStateResponse* response) override {
    return rpc::Read(
        runtime_, context, "/duban.agency.v1.AgencyService/ListState", request, response,
        [this](const rpc::Call&, const common::ListStateRequest& q, common::ListStateResponse& r) {
          return feed::ListState(store_, q, r);
        });
  }

 private:
  // `body(request, tx, response)` in a transaction.
  template <typename Request, typename Response, typename Body>
  Reactor* Write(Context* context, const char* method, const Request* request, Response* response,
                 Body body) {
    return rpc::Write(runtime_, context, method, request, response, store_,
                      [body](const rpc::Call&, const Request& q, feed::Tx& tx, Response& r) {
                        return body(q, tx, r);
                      });
  }

  // `body(request, view, response)` on a consistent view.
  template <typename Request, typename Response, typename Body>
  Reactor* Read(Context* context, const char* method, const Request* request, Response* response,
                Body body) {
    return rpc::Read(runtime_, context, method, request, response,
                     [this, body](const rpc::Call&, const Request& q, Response& r) {
                       return store_.Read([&](feed::View& view) { return body(q, view, r); });
                     });
  }

  rpc::Runtime& runtime_;
  feed::Feed& feed_;
  feed::Store& store_;
  const std::string trust_domain_;
  const std::function<absl::StatusOr<EnrolmentDoor>()> door_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewAgencyService(
    rpc::Runtime& runtime, feed::Feed& feed, std::string trust_domain,
    std::function<absl::StatusOr<EnrolmentDoor>()> door) {
  return std::make_unique<ServiceImpl>(runtime, feed, std::move(trust_domain), std::move(door));
}

}  // namespace duban::agency
