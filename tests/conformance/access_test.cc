// Who may call what through the gateway is what the protos say; the same at every method and for
// every role.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "duban/common/v1/access.pb.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"

namespace duban::tests {
namespace {

using ::google::protobuf::DescriptorPool;
using ::google::protobuf::MethodDescriptor;

constexpr char kNotAllowed[] = "PERMISSION_DENIED / NOT_ALLOWED";

// Streams among them.
std::vector<const MethodDescriptor*> Methods(const std::string& service) {
  std::vector<const MethodDescriptor*> methods;
  const auto* descriptor = DescriptorPool::generated_pool()->FindServiceByName(service);
  for (int i = 0; i < descriptor->method_count(); ++i) methods.push_back(descriptor->method(i));
  return methods;
}

bool MayCall(common::v1::Role role, const MethodDescriptor& method) {
  for (int allowed : method.options().GetExtension(common::v1::access).roles()) {
    if (allowed == role) return true;
  }
  return false;
}

class AccessTest : public ::testing::TestWithParam<Mode> {
 protected:
  // A channel of somebody who has this role and no other.
  std::shared_ptr<grpc::Channel> With(common::v1::Role role) {
    const std::string name = absl::StrCat("access-", role);
    Door(GetParam(), "duban.agency.v1.AgencyService", hub_.Gateway("admin"))
        .Accepts("CreateCredential",
                 absl::Substitute("credential {name: \"credentials/$0\" identity: "
                                  "\"spiffe://$1/operator/$0\" roles: $2}",
                                  name, Cluster::kTrustDomain, common::v1::Role_Name(role)));
    return As(hub_.pki().Issue("/operator/" + name));
  }
  std::shared_ptr<grpc::Channel> As(const rpc::TlsFiles& tls) {
    return hub_.Connect("gateway", tls);
  }

  const std::vector<std::string> services_ = {
      "duban.task.v1.TaskService", "duban.agency.v1.AgencyService",
      "duban.reporting.v1.ReportingService", "duban.gateway.v1.ProgressService"};
  Cluster& hub_ = SharedHub(GetParam());
};

TEST_P(AccessTest, EveryMethodIsOpenToTheRolesOfItsRuleAndClosedToAllOthers) {
  std::set<std::string> denials;
  for (auto role : {common::v1::ROLE_INTEGRATOR, common::v1::ROLE_SUPERVISOR,
                    common::v1::ROLE_REVIEWER, common::v1::ROLE_ADMIN, common::v1::ROLE_AUDITOR}) {
    const auto channel = With(role);
    for (const std::string& service : services_) {
      const Door door(GetParam(), service, channel);
      for (const MethodDescriptor* method : Methods(service)) {
        const absl::Status status = door.Ask(method->name(), "").status();
        EXPECT_EQ(Outcome(status) == kNotAllowed, !MayCall(role, *method))
            << common::v1::Role_Name(role) << " " << method->full_name() << ": " << status;
        if (Outcome(status) == kNotAllowed) denials.insert(status.ToString());
      }
    }
  }
  EXPECT_EQ(denials.size(), 1u);  // the same bytes for everybody and everything
}

TEST_P(AccessTest, WhoHasNoCredentialOrNoIdentityMayDoNothing) {
  const auto stranger = As(hub_.pki().Issue("/operator/nobody"));
  const absl::Time now = absl::Now();
  const auto nameless =
      As(hub_.pki().Issue({.not_before = now - absl::Hours(1), .not_after = now + absl::Hours(1)}));
  for (const std::string& service : services_) {
    for (const MethodDescriptor* method : Methods(service)) {
      Door(GetParam(), service, stranger).Refuses(method->name(), "", kNotAllowed);
      Door(GetParam(), service, nameless)
          .Refuses(method->name(), "", "UNAUTHENTICATED / NO_IDENTITY");
    }
  }
}

TEST_P(AccessTest, ACallHasADeadline) {
  for (const std::string& service : services_) {
    for (const MethodDescriptor* method : Methods(service)) {
      if (method->server_streaming()) continue;  // a stream needs none
      for (auto [role, who] :
           std::map<common::v1::Role, std::string>{{common::v1::ROLE_ADMIN, "admin"},
                                                   {common::v1::ROLE_REVIEWER, "reviewer"},
                                                   {common::v1::ROLE_SUPERVISOR, "supervisor"}}) {
        if (!MayCall(role, *method)) continue;
        Door(GetParam(), service, hub_.Gateway(who))
            .Refuses(method->name(), "", "INVALID_ARGUMENT / DEADLINE_REQUIRED", Door::kNoDeadline);
      }
    }
  }
}

TEST_P(AccessTest, EveryServiceChecksCallerSizeAndDeadlineBeforeItAnswers) {
  const absl::Time now = absl::Now();
  const rpc::TlsFiles nameless =
      hub_.pki().Issue({.not_before = now - absl::Hours(1), .not_after = now + absl::Hours(1)});
  const rpc::TlsFiles stranger = hub_.pki().Issue("/operator/nobody");
  const std::string large(70 << 10, 'a');
  struct Entry {
    std::string service, method, field;
    std::shared_ptr<grpc::Channel> right, nameless, stranger;
  };
  for (const Entry& entry : std::vector<Entry>{
           {services_[0], "GetPlan", "name", hub_.Gateway(), As(nameless), As(stranger)},
           {services_[1], "GetAgency", "name", hub_.Gateway(), As(nameless), As(stranger)},
           {services_[2], "GetReport", "name", hub_.Gateway(), As(nameless), As(stranger)},
           {services_[3], "GetMatrix", "name", hub_.Gateway(), As(nameless), As(stranger)},
           {"duban.node.v1.NodeService", "GetAssignment", "name", hub_.Node("finance"),
            hub_.Connect("node-finance", nameless), hub_.Connect("node-finance", stranger)},
           {"duban.reporting.v1.UplinkService", "Hello", "version",
            hub_.ConnectUplink(hub_.node_tls("finance")), hub_.ConnectUplink(nameless),
            hub_.ConnectUplink(stranger)}}) {
    const Door right(GetParam(), entry.service, entry.right);
    right.Refuses(entry.method, absl::StrCat(entry.field, ": \"", large, "\""),
                  "RESOURCE_EXHAUSTED / REQUEST_TOO_LARGE");
    right.Refuses(entry.method, "", "INVALID_ARGUMENT / DEADLINE_REQUIRED", Door::kNoDeadline);
    Door(GetParam(), entry.service, entry.nameless)
        .Refuses(entry.method, "", "UNAUTHENTICATED / NO_IDENTITY");
    Door(GetParam(), entry.service, entry.stranger).Refuses(entry.method, "", kNotAllowed);
  }
}

TEST_P(AccessTest, NodesAndTheUplinkAreOpenToTheirOwnCallersAlone) {
  struct Caller {
    std::string what;
    rpc::TlsFiles tls;
  };
  const Caller person = {"operator", hub_.pki().Issue("/operator/supervisor")},
               hub = {"hub service", hub_.pki().IssueHub("gateway")},
               own_node = {"node", hub_.node_tls("finance")},
               own_system = {"system", hub_.pki().Issue("/agency/finance/system/office")},
               other_node = {"other node", hub_.node_tls("health")},
               other_system = {"other system", hub_.pki().Issue("/agency/health/system/office")};
  const std::string node = "duban.node.v1.NodeService", uplink = "duban.reporting.v1.UplinkService";
  for (const auto& [what, tls] : {person, hub, own_node, other_node, other_system}) {
    const Door door(GetParam(), node, hub_.Connect("node-finance", tls));
    for (const MethodDescriptor* method : Methods(node)) {
      SCOPED_TRACE(what);
      door.Refuses(method->name(), "", kNotAllowed);
    }
  }
  for (const auto& [what, tls] : {person, hub, own_system}) {
    const Door door(GetParam(), uplink, hub_.ConnectUplink(tls));
    for (const MethodDescriptor* method : Methods(uplink)) {
      SCOPED_TRACE(what);
      door.Refuses(method->name(), "", kNotAllowed);
    }
  }
  const Door door(GetParam(), node, hub_.Connect("node-finance", own_system.tls));
  for (const MethodDescriptor* method : Methods(node)) {
    EXPECT_NE(Outcome(door.Ask(method->name(), "").status()), kNotAllowed) << method->name();
  }
}

TEST_P(AccessTest, TheBoardsStreamRefusesWhomItsRuleDoesNotName) {
  const std::string board = "duban.gateway.v1.ProgressService", small = "name: \"plans/small\"";
  Door(GetParam(), board, hub_.Gateway("admin")).Refuses("WatchProgress", small, kNotAllowed);
  Door(GetParam(), board, hub_.Gateway("supervisor")).Accepts("WatchProgress", small);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, AccessTest,
                         ::testing::Values(Mode::kInProcess, Mode::kProcesses),
                         [](const auto& mode) { return ModeName(mode.param); });

}  // namespace
}  // namespace duban::tests
