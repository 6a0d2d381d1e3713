// Who gets in, at every listener.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/common/v1/caller.pb.h"
#include "duban/node/v1/node_service.grpc.pb.h"
#include "tests/support/calls.h"
#include "tests/support/cluster.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

// Calls `method` with an empty request.
absl::Status CallEmpty(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                       const std::string& caller_header = "") {
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
  if (!caller_header.empty()) context.AddMetadata("duban-caller-bin", caller_header);
  grpc::Slice nothing;
  grpc::ByteBuffer request(&nothing, 1), response;
  grpc::Status status;
  absl::Notification done;
  stub.UnaryCall(&context, method, {}, &request, &response, [&](grpc::Status s) {
    status = std::move(s);
    done.Notify();
  });
  done.WaitForNotification();
  return rpc::FromGrpc(status);
}

std::string Outcome(const absl::Status& status) {
  return status.ok()
             ? "OK"
             : absl::StrCat(absl::StatusCodeToString(status.code()), " / ", ErrorReason(status));
}

constexpr char kNotAllowed[] = "PERMISSION_DENIED / NOT_ALLOWED";

class IdentityTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = new Cluster(Mode::kProcesses);
    Office office(*cluster_);
    office.LoadRegister();
    office.Import("small", SmallPlanText());
    office.Issue("small");
    cluster_->AddNodes({"finance", "health"});
  }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }

  // Every listener with a unary method that its right callers could use.
  static std::map<std::string, std::function<absl::Status(const rpc::TlsFiles&)>> Doors() {
    std::map<std::string, std::function<absl::Status(const rpc::TlsFiles&)>> doors;
    const std::map<std::string, std::string> methods = {
        {"gateway", "/duban.task.v1.TaskService/ListPlans"},
        {"task", "/duban.task.v1.TaskService/ListPlans"},
        {"agency", "/duban.agency.v1.AgencyService/ListAgencies"},
        {"reporting", "/duban.reporting.v1.ReportingService/ListPresence"},
        {"node-finance", "/duban.node.v1.NodeService/GetNodeStatus"}};
    for (const auto& [part, method] : methods) {
      doors[part] = [part = part, method = method](const rpc::TlsFiles& tls) {
        return CallEmpty(cluster_->Connect(part, tls), method);
      };
    }
    doors["uplink"] = [](const rpc::TlsFiles& tls) {
      return CallEmpty(cluster_->ConnectUplink(tls), "/duban.reporting.v1.UplinkService/Hello");
    };
    return doors;
  }

  static Cluster* cluster_;
};
Cluster* IdentityTest::cluster_ = nullptr;

TEST_F(IdentityTest, AForeignOrExpiredOrFutureCertificateOpensNoListener) {
  testing::TempDir dir;
  testing::Pki foreign(dir.path(), Cluster::kTrustDomain);
  const absl::Time now = absl::Now();
  const std::string id = absl::StrCat("spiffe://", Cluster::kTrustDomain, "/operator/supervisor");
  std::map<std::string, rpc::TlsFiles> bad;
  bad["foreign"] = foreign.Issue("/operator/supervisor");
  bad["foreign"].ca = cluster_->pki().ca_file();
  bad["expired"] = cluster_->pki().Issue(
      {.uri_sans = {id}, .not_before = now - absl::Hours(48), .not_after = now - absl::Hours(1)});
  bad["future"] = cluster_->pki().Issue(
      {.uri_sans = {id}, .not_before = now + absl::Hours(24), .not_after = now + absl::Hours(48)});
  for (const auto& [door, call] : Doors()) {
    for (const auto& [name, tls] : bad) {
      EXPECT_EQ(call(tls).code(), absl::StatusCode::kUnavailable) << name << " at " << door;
    }
  }
}

TEST_F(IdentityTest, ACertificateWithoutExactlyOneIdIsNobody) {
  const absl::Time now = absl::Now();
  const std::string id = absl::StrCat("spiffe://", Cluster::kTrustDomain, "/operator/supervisor");
  for (const std::vector<std::string>& uris :
       {std::vector<std::string>{id,
                                 absl::StrCat("spiffe://", Cluster::kTrustDomain, "/hub/gateway")},
        std::vector<std::string>{},
        std::vector<std::string>{"spiffe://elsewhere.test/operator/supervisor"}}) {
    const rpc::TlsFiles tls = cluster_->pki().Issue(
        {.uri_sans = uris, .not_before = now - absl::Hours(1), .not_after = now + absl::Hours(1)});
    for (const auto& [door, call] : Doors()) {
      EXPECT_EQ(Outcome(call(tls)), "UNAUTHENTICATED / NO_IDENTITY")
          << door << " with " << uris.size() << " ids";
    }
  }
}

TEST_F(IdentityTest, EachListenerTakesOnlyItsOwnCallers) {
  const std::map<std::string, std::string> right = {
      {"gateway", "operator"}, {"task", "hub"},    {"agency", "hub"},
      {"reporting", "hub"},    {"uplink", "node"}, {"node-finance", "system"}};
  const std::map<std::string, rpc::TlsFiles> callers = {
      {"operator", cluster_->pki().Issue("/operator/supervisor")},
      {"hub", cluster_->pki().IssueHub("reporting")},
      {"node", cluster_->pki().IssueNode("finance", "n1")},
      {"system", cluster_->pki().Issue("/agency/finance/system/other")},
      {"system of another agency", cluster_->pki().Issue("/agency/health/system/office")},
      {"unknown operator", cluster_->pki().Issue("/operator/nobody")}};
  for (const auto& [door, call] : Doors()) {
    for (const auto& [name, tls] : callers) {
      const std::string outcome = Outcome(call(tls));
      if (right.at(door) == name) {
        EXPECT_TRUE(outcome != kNotAllowed && outcome.rfind("UNA", 0) != 0)
            << name << " at " << door << ": " << outcome;
      } else {
        EXPECT_TRUE(outcome == kNotAllowed || outcome == "PERMISSION_DENIED / NODE_UNKNOWN")
            << name << " at " << door << ": " << outcome;
      }
    }
  }
}

TEST_F(IdentityTest, NobodyButTheGatewayVouchesForOthers) {
  common::v1::Caller admin;
  admin.set_identity(absl::StrCat("spiffe://", Cluster::kTrustDomain, "/operator/admin"));
  admin.add_roles(common::v1::ROLE_ADMIN);
  const std::string header = admin.SerializeAsString();
  const std::string method = "/duban.agency.v1.AgencyService/ListCredentials";
  EXPECT_EQ(Outcome(CallEmpty(cluster_->Connect("agency", cluster_->pki().IssueHub("task")), method,
                              header)),
            kNotAllowed);
  EXPECT_EQ(Outcome(CallEmpty(cluster_->Connect("agency", cluster_->pki().IssueHub("gateway")),
                              method, header)),
            "OK");
  // An operator's own header changes nothing: a reviewer stays a reviewer.
  EXPECT_EQ(Outcome(CallEmpty(cluster_->Gateway("reviewer"), method, header)), kNotAllowed);
}

TEST_F(IdentityTest, AnotherAgencysAssignmentLooksLikeOneThatIsNotThere) {
  AgencyDesk health(*cluster_, "health");
  const auto theirs = health.AssignmentsWhen(1);
  ASSERT_EQ(theirs.size(), 1u);
  auto stub = node::v1::NodeService::NewStub(cluster_->Node("finance"));
  std::set<std::string> answers;
  for (const std::string& name :
       {theirs[0].name(), std::string("plans/small/tasks/t-nothere/assignments/health")}) {
    node::v1::GetAssignmentRequest request;
    request.set_name(name);
    auto answer = Call<node::v1::NodeAssignment>(
        [&](auto* c, auto* r) { return stub->GetAssignment(c, request, r); });
    EXPECT_EQ(Outcome(answer.status()), kNotAllowed);
    answers.insert(answer.status().ToString());
  }
  EXPECT_EQ(answers.size(), 1u);
}

TEST_F(IdentityTest, ARevokedCredentialIsRefusedAtOnce) {
  auto stub = agency::v1::AgencyService::NewStub(cluster_->Gateway("admin"));
  agency::v1::CreateCredentialRequest create;
  create.mutable_credential()->set_name("credentials/temp");
  create.mutable_credential()->set_identity(
      absl::StrCat("spiffe://", Cluster::kTrustDomain, "/operator/temp"));
  create.mutable_credential()->add_roles(common::v1::ROLE_AUDITOR);
  ASSERT_TRUE(Call<agency::v1::Credential>([&](auto* c, auto* r) {
                return stub->CreateCredential(c, create, r);
              }).ok());
  auto channel = cluster_->Connect("gateway", cluster_->pki().Issue("/operator/temp"));
  const std::string method = "/duban.task.v1.TaskService/ListPlans";
  EXPECT_EQ(Outcome(CallEmpty(channel, method)), "OK");
  agency::v1::RevokeCredentialRequest revoke;
  revoke.set_name("credentials/temp");
  ASSERT_TRUE(Call<agency::v1::Credential>([&](auto* c, auto* r) {
                return stub->RevokeCredential(c, revoke, r);
              }).ok());
  EXPECT_EQ(Outcome(CallEmpty(channel, method)), kNotAllowed);  // on the open connection
}

}  // namespace
}  // namespace duban::tests
