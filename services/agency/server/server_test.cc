// The register as its callers meet it: over mutual TLS, as the gateway passes calls on.
#include "services/agency/server/server.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "services/common/sign/sign.h"
#include "services/common/testing/pki.h"
#include "services/common/testing/status_matchers.h"
#include "services/common/testing/temp_dir.h"
#include "services/common/testing/vouched.h"

namespace duban::agency {
namespace {

namespace pb = duban::agency::v1;
namespace common = duban::common::v1;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsOk;
using testing::SizeIs;
using testing::StatusIs;
using testing::Who;
using Code = absl::StatusCode;
using Stub = pb::AgencyService::Stub;

const Who kAdmin{.roles = {common::ROLE_ADMIN}};
const Who kAuditor{.roles = {common::ROLE_AUDITOR}};
const Who kHub{};

pb::Agency Finance() {
  pb::Agency agency;
  agency.set_name("agencies/finance");
  agency.set_full_name("上海市财政局");
  agency.set_short_name("市财政局");
  agency.set_kind(pb::AGENCY_KIND_DEPARTMENT);
  return agency;
}

pb::Agency Named(absl::string_view id, absl::string_view full_name, absl::string_view parent = "") {
  pb::Agency agency;
  agency.set_name(absl::StrCat("agencies/", id));
  agency.set_full_name(std::string(full_name));
  agency.set_parent(std::string(parent));
  return agency;
}

class AgencyServerTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(); }

  void Start(absl::string_view bootstrap_admin = "") {
    client_ = nullptr;
    server_ = nullptr;
    const rpc::TlsFiles tls = pki_.IssueHub("agency");
    auto server = AgencyServer::Start({.listen = "127.0.0.1:0",
                                       .tls_cert = tls.cert,
                                       .tls_key = tls.key,
                                       .tls_ca = tls.ca,
                                       .data = dir_.File("data"),
                                       .port_file = dir_.File("port"),
                                       .bootstrap_admin = std::string(bootstrap_admin)});
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    client_ = std::make_unique<Client>(pki_, "agency", server_->port());
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request, const Who& who = kAdmin) {
    return client_->Call(method, request, who);
  }

  absl::StatusOr<pb::Agency> Create(const pb::Agency& agency) {
    pb::CreateAgencyRequest request;
    *request.mutable_agency() = agency;
    return Call(&Stub::CreateAgency, request);
  }

  absl::StatusOr<pb::BatchCreateAgenciesResponse> CreateAll(
      const std::vector<pb::Agency>& agencies) {
    pb::BatchCreateAgenciesRequest request;
    request.mutable_agencies()->Assign(agencies.begin(), agencies.end());
    return Call(&Stub::BatchCreateAgencies, request);
  }

  absl::StatusOr<pb::Agency> Update(const pb::Agency& agency) {
    pb::UpdateAgencyRequest request;
    *request.mutable_agency() = agency;
    return Call(&Stub::UpdateAgency, request);
  }

  absl::StatusOr<pb::Agency> AddAlias(absl::string_view name, absl::string_view alias) {
    pb::AddAliasRequest request;
    request.set_name(std::string(name));
    request.set_alias(std::string(alias));
    return Call(&Stub::AddAlias, request, {.roles = {common::ROLE_SUPERVISOR}});
  }

  absl::StatusOr<pb::Agency> Get(absl::string_view name) {
    pb::GetAgencyRequest request;
    request.set_name(std::string(name));
    return Call(&Stub::GetAgency, request, kHub);
  }

  absl::StatusOr<pb::ListAgenciesResponse> List(int size = 0, absl::string_view token = "") {
    pb::ListAgenciesRequest request;
    request.set_page_size(size);
    request.set_page_token(std::string(token));
    return Call(&Stub::ListAgencies, request, kAuditor);
  }

  absl::StatusOr<pb::Node> CreateNode(absl::string_view parent, absl::string_view name,
                                      char fill = 'k') {
    pb::CreateNodeRequest request;
    request.set_parent(std::string(parent));
    request.mutable_node()->set_name(std::string(name));
    pb::SigningKey& key = *request.mutable_node()->add_signing_keys();
    key.set_algorithm("ed25519");
    key.set_public_key(std::string(32, fill));
    return Call(&Stub::CreateNode, request);
  }

  absl::StatusOr<pb::Node> RevokeNode(absl::string_view name) {
    pb::RevokeNodeRequest request;
    request.set_name(std::string(name));
    return Call(&Stub::RevokeNode, request);
  }

  absl::StatusOr<pb::ListNodesResponse> ListNodes(absl::string_view parent,
                                                  absl::string_view token = "") {
    pb::ListNodesRequest request;
    request.set_parent(std::string(parent));
    request.set_page_token(std::string(token));
    return Call(&Stub::ListNodes, request, kHub);
  }

  absl::StatusOr<pb::Credential> CreateCredential(absl::string_view id, absl::string_view path) {
    pb::CreateCredentialRequest request;
    request.mutable_credential()->set_name(absl::StrCat("credentials/", id));
    request.mutable_credential()->set_identity(
        absl::StrCat("spiffe://", pki_.trust_domain(), path));
    request.mutable_credential()->add_roles(common::ROLE_SUPERVISOR);
    return Call(&Stub::CreateCredential, request);
  }

  absl::StatusOr<pb::Credential> RevokeCredential(absl::string_view name) {
    pb::RevokeCredentialRequest request;
    request.set_name(std::string(name));
    return Call(&Stub::RevokeCredential, request);
  }

  absl::StatusOr<pb::ListCredentialsResponse> ListCredentials(absl::string_view token = "") {
    pb::ListCredentialsRequest request;
    request.set_page_token(std::string(token));
    return Call(&Stub::ListCredentials, request, kAuditor);
  }

  absl::StatusOr<common::ListStateResponse> ListState(int64_t revision = 0) {
    common::ListStateRequest request;
    request.set_revision(revision);
    return Call(&Stub::ListState, request, kHub);
  }

  using Client = testing::GatewayClient<pb::AgencyService>;
  testing::TempDir dir_;
  testing::Pki pki_{dir_.path(), "duban.test"};
  std::unique_ptr<AgencyServer> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(AgencyServerTest, KeepsAnAgencyOverARestart) {
  ASSERT_OK_AND_ASSIGN(const pb::Agency created, Create(Finance()));
  EXPECT_EQ(created.revision(), 1);
  EXPECT_TRUE(created.has_update_time());
  Start();
  ASSERT_OK_AND_ASSIGN(const pb::Agency read, Get("agencies/finance"));
  EXPECT_EQ(read.SerializeAsString(), created.SerializeAsString());
}

TEST_F(AgencyServerTest, RefusesAnAgencyTwice) {
  ASSERT_THAT(Create(Finance()), IsOk());
  ASSERT_OK_AND_ASSIGN(const pb::Agency again, Create(Finance()));
  EXPECT_EQ(again.revision(), 1);
  pb::Agency other = Finance();
  other.set_short_name("财");
  EXPECT_THAT(Create(other), StatusIs(Code::kAlreadyExists, "AGENCY_EXISTS"));
}

TEST_F(AgencyServerTest, RefusesFaultyRecords) {
  EXPECT_THAT(Create(Named("finance", "")), StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
  EXPECT_THAT(Create(Named("Finance", "财政局")),
              StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
  EXPECT_THAT(Create(Named("finance", "财政局", "agencies/city")),
              StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
}

TEST_F(AgencyServerTest, AnAliasIsAddedOnceAndBelongsToOneAgency) {
  ASSERT_THAT(Create(Finance()), IsOk());
  ASSERT_THAT(Create(Named("other", "别的局")), IsOk());
  ASSERT_OK_AND_ASSIGN(const pb::Agency added, AddAlias("agencies/finance", "财政委员会"));
  EXPECT_THAT(added.aliases(), ::testing::Contains("财政委员会"));
  EXPECT_EQ(added.revision(), 3);
  for (const char* again : {"财政委员会", "財政 委员会", "上海市财政局"}) {
    ASSERT_OK_AND_ASSIGN(const pb::Agency same, AddAlias("agencies/finance", again));
    EXPECT_EQ(same.SerializeAsString(), added.SerializeAsString()) << again;
  }
  EXPECT_THAT(AddAlias("agencies/other", "财政委员会"),
              StatusIs(Code::kFailedPrecondition, "NAME_TAKEN"));
  EXPECT_THAT(AddAlias("agencies/nobody", "某局"), StatusIs(Code::kNotFound, "AGENCY_NOT_FOUND"));
  EXPECT_THAT(AddAlias("finance", "某局"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(AddAlias("agencies/finance", ""), StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
}

TEST_F(AgencyServerTest, RefusesANameThatAnotherAgencyHasInAnyWriting) {
  ASSERT_THAT(Create(Finance()), IsOk());
  pb::Agency other = Named("other", "上海市 財政局");
  const auto taken = Create(other);
  EXPECT_THAT(taken, StatusIs(Code::kFailedPrecondition, "NAME_TAKEN"));
  EXPECT_EQ(ErrorMetadata(taken.status())["agency"], "agencies/finance");
  other.set_full_name("别的局");
  other.add_aliases("市财政局");
  EXPECT_THAT(Create(other), StatusIs(Code::kFailedPrecondition, "NAME_TAKEN"));
}

TEST_F(AgencyServerTest, BatchTakesAParentAfterItsChild) {
  ASSERT_OK_AND_ASSIGN(const auto batch,
                       CreateAll({Named("a", "甲局", "agencies/b"), Named("b", "乙委")}));
  EXPECT_EQ(batch.created(), 2);
  EXPECT_EQ(batch.revision(), 1);
  EXPECT_EQ(batch.agencies(0).name(), "agencies/a");
}

TEST_F(AgencyServerTest, BatchLeavesTheSameAgencyAlone) {
  ASSERT_OK_AND_ASSIGN(const auto first, CreateAll({Finance()}));
  ASSERT_OK_AND_ASSIGN(const auto again, CreateAll({Finance(), Named("b", "乙委")}));
  EXPECT_EQ(again.created(), 1);
  EXPECT_EQ(again.agencies(0).revision(), 1);
  ASSERT_OK_AND_ASSIGN(const auto nothing, CreateAll({Finance()}));
  EXPECT_EQ(nothing.created(), 0);
  EXPECT_EQ(nothing.revision(), 2);
}

TEST_F(AgencyServerTest, BatchStoresAllOrNone) {
  ASSERT_THAT(Create(Finance()), IsOk());
  EXPECT_THAT(CreateAll({Named("a", "甲局"), Named("finance", "乙委")}),
              StatusIs(Code::kAlreadyExists, "AGENCY_EXISTS"));
  EXPECT_THAT(CreateAll({Named("a", "甲局"), Named("b", "甲局")}),
              StatusIs(Code::kFailedPrecondition, "NAME_TAKEN"));
  EXPECT_THAT(CreateAll({Named("a", "甲局"), Named("b", "乙委", "agencies/c")}),
              StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
  EXPECT_THAT(CreateAll({Named("a", "甲局", "agencies/b"), Named("b", "乙委", "agencies/a")}),
              StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
  EXPECT_THAT(Get("agencies/a"), StatusIs(Code::kNotFound, "AGENCY_NOT_FOUND"));
}

TEST_F(AgencyServerTest, BatchHasALimit) {
  std::vector<pb::Agency> agencies;
  for (int i = 0; i < 1000; ++i)
    agencies.push_back(Named(absl::StrCat("a", i), absl::StrCat("第", i, "局")));
  EXPECT_THAT(CreateAll(agencies), IsOk());
  agencies.push_back(Named("b", "乙委"));
  EXPECT_THAT(CreateAll(agencies), StatusIs(Code::kInvalidArgument, "TOO_MANY"));
}

TEST_F(AgencyServerTest, RefusesNamesAndAgenciesThatAreNot) {
  EXPECT_THAT(Get("finance"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(Get("agencies/finance"), StatusIs(Code::kNotFound, "AGENCY_NOT_FOUND"));
}

TEST_F(AgencyServerTest, ListsInPages) {
  ASSERT_THAT(CreateAll({Named("c", "丙局"), Named("a", "甲局"), Named("b", "乙委")}), IsOk());
  ASSERT_THAT(CreateNode("agencies/a", "agencies/a/nodes/n1"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto first, List(2));
  ASSERT_THAT(first.agencies(), SizeIs(2));
  EXPECT_EQ(first.agencies(0).name(), "agencies/a");
  ASSERT_OK_AND_ASSIGN(const auto second, List(2, first.next_page_token()));
  ASSERT_THAT(second.agencies(), SizeIs(1));
  EXPECT_EQ(second.agencies(0).name(), "agencies/c");
  EXPECT_EQ(second.next_page_token(), "");
  EXPECT_THAT(List(-1), StatusIs(Code::kInvalidArgument, "INVALID_PAGE"));
  EXPECT_THAT(List(0, "plans/a"), StatusIs(Code::kInvalidArgument, "INVALID_PAGE"));
}

TEST_F(AgencyServerTest, UpdateReplacesTheRecordAndGivesUpItsOldNames) {
  ASSERT_OK_AND_ASSIGN(pb::Agency agency, Create(Finance()));
  agency.set_short_name("财政");
  ASSERT_OK_AND_ASSIGN(const pb::Agency updated, Update(agency));
  EXPECT_EQ(updated.revision(), 2);
  EXPECT_EQ(updated.short_name(), "财政");
  EXPECT_THAT(Create(Named("other", "市财政局")), IsOk());
  EXPECT_THAT(Create(Named("third", "财政")), StatusIs(Code::kFailedPrecondition, "NAME_TAKEN"));
}

TEST_F(AgencyServerTest, UpdateOfNothingChangesNothing) {
  ASSERT_THAT(Create(Finance()), IsOk());
  ASSERT_OK_AND_ASSIGN(const pb::Agency updated, Update(Finance()));
  EXPECT_EQ(updated.revision(), 1);
}

TEST_F(AgencyServerTest, UpdateRefusesWhatCreateRefuses) {
  ASSERT_THAT(CreateAll({Finance(), Named("b", "乙委", "agencies/finance")}), IsOk());
  EXPECT_THAT(Update(Named("c", "丙局")), StatusIs(Code::kNotFound, "AGENCY_NOT_FOUND"));
  EXPECT_THAT(Update(Named("b", "")), StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
  EXPECT_THAT(Update(Named("b", "市财政局")), StatusIs(Code::kFailedPrecondition, "NAME_TAKEN"));
  pb::Agency cycle = Finance();
  cycle.set_parent("agencies/b");
  EXPECT_THAT(Update(cycle), StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
}

TEST_F(AgencyServerTest, UpdateRefusesAnOldRevision) {
  ASSERT_OK_AND_ASSIGN(pb::Agency agency, Create(Finance()));
  agency.set_short_name("财政");
  ASSERT_THAT(Update(agency), IsOk());
  agency.set_short_name("财");
  EXPECT_THAT(Update(agency), StatusIs(Code::kAborted, "CHANGED_SINCE"));
}

TEST_F(AgencyServerTest, RegistersANodeOnceAndAnswersTheSameAgain) {
  ASSERT_THAT(Create(Finance()), IsOk());
  ASSERT_OK_AND_ASSIGN(const pb::Node node,
                       CreateNode("agencies/finance", "agencies/finance/nodes/n1"));
  EXPECT_EQ(node.identity(), "spiffe://duban.test/agency/finance/node/n1");
  EXPECT_EQ(node.epoch(), 1);
  EXPECT_EQ(node.custody(), pb::CUSTODY_AGENCY);
  EXPECT_EQ(node.signing_keys(0).key_id(), sign::KeyId("ed25519", std::string(32, 'k')));
  ASSERT_OK_AND_ASSIGN(const pb::Node again,
                       CreateNode("agencies/finance", "agencies/finance/nodes/n1"));
  EXPECT_EQ(again.SerializeAsString(), node.SerializeAsString());
  EXPECT_THAT(CreateNode("agencies/finance", "agencies/finance/nodes/n1", 'x'),
              StatusIs(Code::kAlreadyExists, "NODE_EXISTS"));
}

TEST_F(AgencyServerTest, RefusesFaultyNodes) {
  ASSERT_THAT(Create(Finance()), IsOk());
  EXPECT_THAT(CreateNode("agencies/other", "agencies/finance/nodes/n1"),
              StatusIs(Code::kInvalidArgument, "INVALID_NODE"));
  EXPECT_THAT(CreateNode("agencies/other", "agencies/other/nodes/n1"),
              StatusIs(Code::kNotFound, "AGENCY_NOT_FOUND"));
  pb::CreateNodeRequest request;
  request.set_parent("agencies/finance");
  request.mutable_node()->set_name("agencies/finance/nodes/n1");
  EXPECT_THAT(Call(&Stub::CreateNode, request), StatusIs(Code::kInvalidArgument, "INVALID_NODE"));
}

TEST_F(AgencyServerTest, ListsNodesOfOneAgencyOrAll) {
  ASSERT_THAT(CreateAll({Named("a", "甲局"), Named("b", "乙委")}), IsOk());
  ASSERT_THAT(CreateNode("agencies/a", "agencies/a/nodes/n1"), IsOk());
  ASSERT_THAT(CreateNode("agencies/b", "agencies/b/nodes/n1"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto all, ListNodes("agencies/-"));
  EXPECT_THAT(all.nodes(), SizeIs(2));
  ASSERT_OK_AND_ASSIGN(const auto one, ListNodes("agencies/b"));
  ASSERT_THAT(one.nodes(), SizeIs(1));
  EXPECT_EQ(one.nodes(0).name(), "agencies/b/nodes/n1");
  EXPECT_THAT(ListNodes("b"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(ListNodes("agencies/b", "agencies/a/nodes/n1"),
              StatusIs(Code::kInvalidArgument, "INVALID_PAGE"));
}

TEST_F(AgencyServerTest, RevokesANodeOnce) {
  ASSERT_THAT(Create(Finance()), IsOk());
  ASSERT_THAT(CreateNode("agencies/finance", "agencies/finance/nodes/n1"), IsOk());
  ASSERT_OK_AND_ASSIGN(const pb::Node revoked, RevokeNode("agencies/finance/nodes/n1"));
  EXPECT_TRUE(revoked.has_revoke_time());
  ASSERT_OK_AND_ASSIGN(const pb::Node again, RevokeNode("agencies/finance/nodes/n1"));
  EXPECT_EQ(again.revision(), revoked.revision());
  EXPECT_THAT(RevokeNode("agencies/finance/nodes/n2"), StatusIs(Code::kNotFound, "NODE_NOT_FOUND"));
  EXPECT_THAT(RevokeNode("n1"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  // Registering it again does not bring it back.
  EXPECT_THAT(CreateNode("agencies/finance", "agencies/finance/nodes/n1"),
              StatusIs(Code::kFailedPrecondition, "NODE_REVOKED"));
}

TEST_F(AgencyServerTest, GivesOneCredentialInForceToAnIdentity) {
  ASSERT_THAT(CreateCredential("li", "/operator/li"), IsOk());
  EXPECT_THAT(CreateCredential("li", "/operator/wang"),
              StatusIs(Code::kAlreadyExists, "CREDENTIAL_EXISTS"));
  EXPECT_THAT(CreateCredential("li2", "/operator/li"),
              StatusIs(Code::kAlreadyExists, "CREDENTIAL_EXISTS"));
  EXPECT_THAT(CreateCredential("node", "/agency/finance/node/n1"),
              StatusIs(Code::kInvalidArgument, "INVALID_CREDENTIAL"));
  EXPECT_THAT(CreateCredential("Li", "/operator/wang"),
              StatusIs(Code::kInvalidArgument, "INVALID_CREDENTIAL"));
  ASSERT_OK_AND_ASSIGN(const pb::Credential revoked, RevokeCredential("credentials/li"));
  EXPECT_TRUE(revoked.has_revoke_time());
  EXPECT_THAT(RevokeCredential("credentials/li"), IsOk());
  EXPECT_THAT(CreateCredential("li2", "/operator/li"), IsOk());
  EXPECT_THAT(RevokeCredential("credentials/wang"),
              StatusIs(Code::kNotFound, "CREDENTIAL_NOT_FOUND"));
  EXPECT_THAT(RevokeCredential("wang"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  ASSERT_OK_AND_ASSIGN(const auto list, ListCredentials());
  EXPECT_THAT(list.credentials(), SizeIs(2));
  EXPECT_THAT(ListCredentials("agencies/a"), StatusIs(Code::kInvalidArgument, "INVALID_PAGE"));
}

TEST_F(AgencyServerTest, TheSameCredentialAgainIsAnsweredWhileItIsInForce) {
  ASSERT_OK_AND_ASSIGN(const pb::Credential first, CreateCredential("li", "/operator/li"));
  ASSERT_OK_AND_ASSIGN(const pb::Credential again, CreateCredential("li", "/operator/li"));
  EXPECT_EQ(again.revision(), first.revision());
  ASSERT_THAT(RevokeCredential("credentials/li"), IsOk());
  EXPECT_THAT(CreateCredential("li", "/operator/li"),
              StatusIs(Code::kAlreadyExists, "CREDENTIAL_EXISTS"));
}

TEST_F(AgencyServerTest, ACredentialIsOfAnAgencyThatIsRegistered) {
  pb::CreateCredentialRequest request;
  request.mutable_credential()->set_name("credentials/li");
  request.mutable_credential()->set_identity("spiffe://duban.test/operator/li");
  request.mutable_credential()->add_roles(common::ROLE_REVIEWER);
  request.mutable_credential()->set_agency("agencies/finance");
  EXPECT_THAT(Call(&Stub::CreateCredential, request),
              StatusIs(Code::kNotFound, "AGENCY_NOT_FOUND"));
  ASSERT_THAT(Create(Finance()), IsOk());
  EXPECT_THAT(Call(&Stub::CreateCredential, request), IsOk());
}

TEST_F(AgencyServerTest, TheLastAdministratorStays) {
  Start("spiffe://duban.test/operator/root");
  EXPECT_THAT(RevokeCredential("credentials/bootstrap-admin"),
              StatusIs(Code::kFailedPrecondition, "LAST_ADMIN"));
  pb::CreateCredentialRequest request;
  request.mutable_credential()->set_name("credentials/second");
  request.mutable_credential()->set_identity("spiffe://duban.test/operator/second");
  request.mutable_credential()->add_roles(common::ROLE_ADMIN);
  const absl::Time end = absl::Now() + absl::Hours(1);
  request.mutable_credential()->mutable_not_after()->set_seconds(absl::ToUnixSeconds(end));
  ASSERT_THAT(Call(&Stub::CreateCredential, request), IsOk());
  EXPECT_THAT(RevokeCredential("credentials/bootstrap-admin"), IsOk());
  EXPECT_THAT(RevokeCredential("credentials/second"),
              StatusIs(Code::kFailedPrecondition, "LAST_ADMIN"));
}

TEST_F(AgencyServerTest, AHubWithoutAValidAdministratorGetsANewOne) {
  ASSERT_THAT(CreateCredential("bootstrap-admin", "/operator/auditor"), IsOk());
  pb::CreateCredentialRequest request;
  request.mutable_credential()->set_name("credentials/expired");
  request.mutable_credential()->set_identity("spiffe://duban.test/operator/root");
  request.mutable_credential()->add_roles(common::ROLE_ADMIN);
  request.mutable_credential()->mutable_not_after()->set_seconds(1);
  ASSERT_THAT(Call(&Stub::CreateCredential, request), IsOk());
  Start("spiffe://duban.test/operator/root");
  ASSERT_OK_AND_ASSIGN(const auto list, ListCredentials());
  ASSERT_THAT(list.credentials(), SizeIs(3));
  EXPECT_EQ(list.credentials(1).name(), "credentials/bootstrap-admin-2");
  EXPECT_EQ(list.credentials(1).identity(), "spiffe://duban.test/operator/root");
  EXPECT_EQ(list.credentials(2).name(), "credentials/expired");
  EXPECT_TRUE(list.credentials(2).has_revoke_time());  // it was of the same identity
}

TEST_F(AgencyServerTest, MakesTheFirstAdminOnlyInAStoreWithoutCredentials) {
  Start("spiffe://duban.test/operator/root");
  ASSERT_OK_AND_ASSIGN(const auto first, ListCredentials());
  ASSERT_THAT(first.credentials(), SizeIs(1));
  EXPECT_EQ(first.credentials(0).identity(), "spiffe://duban.test/operator/root");
  EXPECT_THAT(first.credentials(0).roles(), ElementsAre(common::ROLE_ADMIN));
  Start("spiffe://duban.test/operator/other");
  ASSERT_OK_AND_ASSIGN(const auto second, ListCredentials());
  EXPECT_THAT(second.credentials(), SizeIs(1));
}

TEST_F(AgencyServerTest, DoesNotStartWithAFirstAdminWhoIsNoOperator) {
  const rpc::TlsFiles tls = pki_.IssueHub("agency");
  AgencyOptions options{.listen = "127.0.0.1:0",
                        .tls_cert = tls.cert,
                        .tls_key = tls.key,
                        .tls_ca = tls.ca,
                        .data = dir_.File("data2"),
                        .bootstrap_admin = "spiffe://duban.test/hub/task"};
  EXPECT_THAT(AgencyServer::Start(options), StatusIs(Code::kInvalidArgument, "INVALID_CREDENTIAL"));
}

TEST_F(AgencyServerTest, ASecondProcessOnTheSameStoreDoesNotStart) {
  const rpc::TlsFiles tls = pki_.IssueHub("agency");
  EXPECT_THAT(AgencyServer::Start({.listen = "127.0.0.1:0",
                                   .tls_cert = tls.cert,
                                   .tls_key = tls.key,
                                   .tls_ca = tls.ca,
                                   .data = dir_.File("data")}),
              StatusIs(Code::kFailedPrecondition, "STORE_IN_USE"));
}

TEST_F(AgencyServerTest, LetsNobodyChangeTheRegisterButAdmins) {
  pb::CreateAgencyRequest create;
  *create.mutable_agency() = Finance();
  const Who supervisor{
      .roles = {common::ROLE_SUPERVISOR, common::ROLE_REVIEWER, common::ROLE_AUDITOR}};
  EXPECT_THAT(Call(&Stub::CreateAgency, create, supervisor),
              StatusIs(Code::kPermissionDenied, "NOT_ALLOWED"));
  EXPECT_THAT(Call(&Stub::CreateAgency, create, kHub),
              StatusIs(Code::kPermissionDenied, "NOT_ALLOWED"));
  EXPECT_THAT(Call(&Stub::ListState, common::ListStateRequest(), kAdmin),
              StatusIs(Code::kPermissionDenied, "NOT_ALLOWED"));
}

TEST_F(AgencyServerTest, FeedHoldsWhatTheRegisterSaysAndNothingPrivate) {
  ASSERT_THAT(Create(Finance()), IsOk());
  ASSERT_THAT(CreateCredential("li", "/operator/li"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto now, ListState());
  ASSERT_THAT(now.rows(), SizeIs(2));
  EXPECT_EQ(now.rows(0).key(), "agencies/finance");
  EXPECT_EQ(now.rows(0).agency(), "finance");
  EXPECT_EQ(now.rows(1).key(), "credentials/li");
  ASSERT_OK_AND_ASSIGN(const auto before, ListState(1));
  EXPECT_THAT(before.rows(), SizeIs(1));
  EXPECT_THAT(ListState(7), StatusIs(Code::kInvalidArgument, "FUTURE_REVISION"));

  grpc::ClientContext context;
  auto stream = client_->stub().WatchRegister(&context, {});
  common::WatchResponse message;
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.snapshot().revision(), 2);
  EXPECT_THAT(message.snapshot().rows(), SizeIs(2));
  context.TryCancel();
  while (stream->Read(&message)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace duban::agency
