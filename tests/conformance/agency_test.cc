// AgencyService does what its comments say: every documented error, and the right call beside it.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "duban/agency/v1/agency_service.pb.h"
#include "duban/common/v1/feed.pb.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"

namespace duban::tests {
namespace {

constexpr char kService[] = "duban.agency.v1.AgencyService";

std::string AgencyFields(const std::string& id, const std::string& full_name,
                         const std::string& more = "") {
  return absl::Substitute("{name: \"agencies/$0\" full_name: \"$1\" $2}", id, full_name, more);
}

std::string NodeRequest(const std::string& agency, const std::string& node, char key) {
  return absl::Substitute(
      "parent: \"agencies/$0\" node {name: \"agencies/$0/nodes/$1\" epoch: 1 custody: "
      "CUSTODY_AGENCY signing_keys {algorithm: \"ed25519\" public_key: $2}}",
      agency, node, Quoted(std::string(32, key)));
}

std::string CredentialRequest(const std::string& id, const std::string& who,
                              const std::string& more = "roles: ROLE_AUDITOR") {
  return absl::Substitute("credential {name: \"credentials/$0\" identity: \"spiffe://$1$2\" $3}",
                          id, Cluster::kTrustDomain, who, more);
}

class AgencyTest : public ::testing::TestWithParam<Mode> {
 protected:
  Cluster& hub_ = SharedHub(GetParam());
  Door door_{GetParam(), kService, hub_.Gateway("admin")};
  Door inside_{GetParam(), kService, hub_.Connect("agency", hub_.pki().IssueHub("gateway"))};
};

TEST_P(AgencyTest, CreatesAgenciesWithNamesOfTheirOwn) {
  const auto create = [](const std::string& fields) { return "agency " + fields; };
  door_.Accepts("CreateAgency", create(AgencyFields("own", "第一试验局")));
  door_.Accepts("CreateAgency", create(AgencyFields("own", "第一试验局")));
  door_.Refuses("CreateAgency", create(AgencyFields("own", "另一试验局")),
                "ALREADY_EXISTS / AGENCY_EXISTS");
  door_.Refuses("CreateAgency", create(AgencyFields("other", "第一试验局")),
                "FAILED_PRECONDITION / NAME_TAKEN");
  door_.Refuses("CreateAgency", create(AgencyFields("other", "")),
                "INVALID_ARGUMENT / INVALID_AGENCY");
}

TEST_P(AgencyTest, CreatesManyAgenciesOrNone) {
  const auto one = [](const std::string& id, const std::string& name) {
    return absl::StrCat("agencies ", AgencyFields(id, name), " ");
  };
  const std::string two = one("many-1", "第二试验局") + one("many-2", "第三试验局");
  using Response = agency::v1::BatchCreateAgenciesResponse;
  EXPECT_EQ(door_.Answer<Response>("BatchCreateAgencies", two).created(), 2);
  EXPECT_EQ(door_.Answer<Response>("BatchCreateAgencies", two).created(), 0);
  door_.Refuses("BatchCreateAgencies", one("many-1", "第四试验局"),
                "ALREADY_EXISTS / AGENCY_EXISTS");
  door_.Refuses("BatchCreateAgencies", one("many-3", "第五试验局") + one("many-4", "第三试验局"),
                "FAILED_PRECONDITION / NAME_TAKEN");
  door_.Refuses("GetAgency", "name: \"agencies/many-3\"", "NOT_FOUND / AGENCY_NOT_FOUND");
  door_.Refuses("BatchCreateAgencies", one("many-3", ""), "INVALID_ARGUMENT / INVALID_AGENCY");
  std::string many;
  for (int i = 0; i < 1001; ++i) many += one("x", "x");
  door_.Refuses("BatchCreateAgencies", many, "INVALID_ARGUMENT / TOO_MANY");
}

TEST_P(AgencyTest, ReplacesARecordThatNobodyChangedMeanwhile) {
  const auto update = [](const std::string& id, const std::string& name,
                         const std::string& more = "") {
    return "agency " + AgencyFields(id, name, more);
  };
  door_.Accepts("CreateAgency", update("update", "第六试验局"));
  door_.Accepts("UpdateAgency", update("update", "第七试验局"));
  door_.Refuses("UpdateAgency", update("update", "第八试验局", "revision: 1"),
                "ABORTED / CHANGED_SINCE");
  door_.Refuses("UpdateAgency", update("nothere", "第八试验局"), "NOT_FOUND / AGENCY_NOT_FOUND");
  door_.Refuses("UpdateAgency", update("update", ""), "INVALID_ARGUMENT / INVALID_AGENCY");
  door_.Accepts("CreateAgency", update("neighbour", "第九试验局"));
  door_.Refuses("UpdateAgency", update("update", "第九试验局"), "FAILED_PRECONDITION / NAME_TAKEN");
}

TEST_P(AgencyTest, AddsAnAliasThatNobodyElseHas) {
  const auto alias = [](const std::string& name, const std::string& text) {
    return absl::StrCat("name: \"", name, "\" alias: \"", text, "\"");
  };
  door_.Accepts("CreateAgency", "agency " + AgencyFields("alias", "第十试验局"));
  door_.Accepts("AddAlias", alias("agencies/alias", "第十试验委"));
  door_.Accepts("AddAlias", alias("agencies/alias", "第十试验委"));
  door_.Refuses("AddAlias", alias("agencies/finance", "第十试验委"),
                "FAILED_PRECONDITION / NAME_TAKEN");
  door_.Refuses("AddAlias", alias("agencies/alias", ""), "INVALID_ARGUMENT / INVALID_AGENCY");
  door_.Refuses("AddAlias", alias("no name", "某局"), "INVALID_ARGUMENT / INVALID_NAME");
  door_.Refuses("AddAlias", alias("agencies/nothere", "某局"), "NOT_FOUND / AGENCY_NOT_FOUND");
}

TEST_P(AgencyTest, ReadsWhatIsThereAndSaysWhatIsNot) {
  door_.Accepts("GetAgency", "name: \"agencies/finance\"");
  door_.Refuses("GetAgency", "name: \"agencies/nothere\"", "NOT_FOUND / AGENCY_NOT_FOUND");
  door_.Refuses("GetAgency", "name: \"no name\"", "INVALID_ARGUMENT / INVALID_NAME");
  door_.Accepts("ListNodes", "parent: \"agencies/-\"");
  door_.Refuses("ListNodes", "parent: \"no name\"", "INVALID_ARGUMENT / INVALID_NAME");
  door_.Refuses("ListNodes", "parent: \"agencies/-\" page_size: -1",
                "INVALID_ARGUMENT / INVALID_PAGE");
  for (const char* method : {"ListAgencies", "ListCredentials"}) {
    door_.Accepts(method);
    door_.Refuses(method, "page_size: -1", "INVALID_ARGUMENT / INVALID_PAGE");
    door_.Refuses(method, "page_token: \"no token\"", "INVALID_ARGUMENT / INVALID_PAGE");
  }
}

TEST_P(AgencyTest, RegistersANodeOnceAndRevokesIt) {
  door_.Accepts("CreateNode", NodeRequest("finance", "n7", 'a'));
  door_.Accepts("CreateNode", NodeRequest("finance", "n7", 'a'));
  door_.Refuses("CreateNode", NodeRequest("finance", "n7", 'b'), "ALREADY_EXISTS / NODE_EXISTS");
  door_.Refuses("CreateNode", NodeRequest("nothere", "n7", 'c'), "NOT_FOUND / AGENCY_NOT_FOUND");
  door_.Refuses("CreateNode",
                "parent: \"agencies/finance\" node {name: \"agencies/finance/nodes/n8\"}",
                "INVALID_ARGUMENT / INVALID_NODE");
  door_.Refuses("RevokeNode", "name: \"no name\"", "INVALID_ARGUMENT / INVALID_NAME");
  door_.Refuses("RevokeNode", "name: \"agencies/finance/nodes/n9\"", "NOT_FOUND / NODE_NOT_FOUND");
  EXPECT_TRUE(door_.Answer<agency::v1::Node>("RevokeNode", "name: \"agencies/finance/nodes/n7\"")
                  .has_revoke_time());
  door_.Refuses("CreateNode", NodeRequest("finance", "n7", 'a'),
                "FAILED_PRECONDITION / NODE_REVOKED");
}

TEST_P(AgencyTest, MakesJoinTokensAndRevokesThem) {
  const auto token = [](const std::string& node, const std::string& more = "") {
    return absl::Substitute("join_token {node: \"$0\" $1}", node, more);
  };
  const auto made = door_.Answer<agency::v1::CreateJoinTokenResponse>(
      "CreateJoinToken", token("agencies/finance/nodes/n20"));
  EXPECT_EQ(made.token().size(), 116u);
  EXPECT_EQ(made.join_token().secret_sha256().size(), 32u);
  door_.Refuses("CreateJoinToken", token("no name"), "INVALID_ARGUMENT / INVALID_JOIN_TOKEN");
  door_.Refuses("CreateJoinToken", token("agencies/finance/nodes/n20", "expire_time {seconds: 1}"),
                "INVALID_ARGUMENT / INVALID_JOIN_TOKEN");
  door_.Refuses("CreateJoinToken", token("agencies/nothere/nodes/n1"),
                "NOT_FOUND / AGENCY_NOT_FOUND");
  door_.Accepts("CreateNode", NodeRequest("finance", "n21", 'd'));
  door_.Accepts("RevokeNode", "name: \"agencies/finance/nodes/n21\"");
  door_.Refuses("CreateJoinToken", token("agencies/finance/nodes/n21"),
                "FAILED_PRECONDITION / NODE_REVOKED");
  door_.Accepts("ListJoinTokens");
  door_.Refuses("ListJoinTokens", "page_size: -1", "INVALID_ARGUMENT / INVALID_PAGE");
  EXPECT_TRUE(door_
                  .Answer<agency::v1::JoinToken>(
                      "RevokeJoinToken", absl::Substitute("name: \"$0\"", made.join_token().name()))
                  .has_revoke_time());
  door_.Refuses("RevokeJoinToken", "name: \"no name\"", "INVALID_ARGUMENT / INVALID_NAME");
  door_.Refuses("RevokeJoinToken", "name: \"joinTokens/nothere\"",
                "NOT_FOUND / JOIN_TOKEN_NOT_FOUND");
  Cluster closed(GetParam());  // where nobody can enrol
  Door(GetParam(), kService, closed.Gateway("admin"))
      .Refuses("CreateJoinToken", token("agencies/own/nodes/n1"),
               "FAILED_PRECONDITION / ENROLMENT_OFF");
}

TEST_P(AgencyTest, RevokesOnlyCertificatesThatItIssued) {
  door_.Accepts("CreateNode", NodeRequest("finance", "n22", 'e'));
  const auto revoke = [](const std::string& node) {
    return absl::Substitute("name: \"$0\" serial: \"0a\"", node);
  };
  door_.Refuses("RevokeNodeCertificate", revoke("no name"), "INVALID_ARGUMENT / INVALID_NAME");
  door_.Refuses("RevokeNodeCertificate", revoke("agencies/finance/nodes/n23"),
                "NOT_FOUND / NODE_NOT_FOUND");
  door_.Refuses("RevokeNodeCertificate", revoke("agencies/finance/nodes/n22"),
                "NOT_FOUND / CERTIFICATE_NOT_FOUND");
}

TEST_P(AgencyTest, RecordsACredentialOnceAndRevokesIt) {
  door_.Accepts("CreateCredential", CredentialRequest("temp", "/operator/temp"));
  door_.Refuses("CreateCredential", CredentialRequest("temp", "/operator/temp-2"),
                "ALREADY_EXISTS / CREDENTIAL_EXISTS");
  door_.Refuses("CreateCredential", CredentialRequest("temp-2", "/operator/temp"),
                "ALREADY_EXISTS / CREDENTIAL_EXISTS");
  door_.Refuses("CreateCredential", CredentialRequest("temp-3", "/operator/temp-3", ""),
                "INVALID_ARGUMENT / INVALID_CREDENTIAL");
  door_.Refuses("CreateCredential", CredentialRequest("temp-4", "/hub/gateway"),
                "INVALID_ARGUMENT / INVALID_CREDENTIAL");
  door_.Refuses("RevokeCredential", "name: \"no name\"", "INVALID_ARGUMENT / INVALID_NAME");
  door_.Refuses("RevokeCredential", "name: \"credentials/nothere\"",
                "NOT_FOUND / CREDENTIAL_NOT_FOUND");
  EXPECT_TRUE(door_.Answer<agency::v1::Credential>("RevokeCredential", "name: \"credentials/temp\"")
                  .has_revoke_time());
  door_.Refuses("CreateCredential",
                CredentialRequest("temp-5", "/operator/temp-5",
                                  "roles: ROLE_AUDITOR agency: \"agencies/nothere\""),
                "NOT_FOUND / AGENCY_NOT_FOUND");
  Cluster fresh(GetParam());  // where nobody else is an administrator
  Door(GetParam(), kService, fresh.Gateway("admin"))
      .Refuses("RevokeCredential", "name: \"credentials/bootstrap-admin\"",
               "FAILED_PRECONDITION / LAST_ADMIN");
}

TEST_P(AgencyTest, FeedStartsFromASnapshotAndRefusesWhatItNeverSent) {
  const auto first = inside_.Answer<common::v1::WatchResponse>("WatchRegister", "");
  const std::string store = absl::Substitute("store_id: \"$0\"", first.snapshot().store_id());
  inside_.Refuses("WatchRegister", "from_revision: 1000000000 " + store,
                  "INVALID_ARGUMENT / FUTURE_REVISION");
  inside_.Refuses("WatchRegister", "from_revision: 1 store_id: \"another\"",
                  "FAILED_PRECONDITION / STORE_CHANGED");
  inside_.Accepts("ListState");
  inside_.Refuses("ListState", "page_size: -1", "INVALID_ARGUMENT / INVALID_PAGE");
  inside_.Refuses("ListState", "revision: 1000000000", "INVALID_ARGUMENT / FUTURE_REVISION");
}

INSTANTIATE_TEST_SUITE_P(Everywhere, AgencyTest,
                         ::testing::Values(Mode::kInProcess, Mode::kProcesses),
                         [](const auto& mode) { return ModeName(mode.param); });

}  // namespace
}  // namespace duban::tests
