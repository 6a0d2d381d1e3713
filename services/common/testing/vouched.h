// Calls a service of the hub as the gateway does for somebody, or as another hub service does for
// itself.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "duban/common/v1/caller.pb.h"
#include "services/common/rpc/client.h"
#include "services/common/rpc/handler.h"
#include "services/common/testing/pki.h"

namespace duban::testing {

// Who calls; without roles the gateway calls for itself, as a service of the hub.
struct Who {
  std::vector<common::v1::Role> roles;
  std::vector<std::string> plans;  // empty: all
  std::string path = "/operator/tester";
};

// A client of one service with the gateway's certificate.
template <typename Service>
class GatewayClient {
 public:
  GatewayClient(Pki& pki, absl::string_view service, int port)
      : trust_domain_(pki.trust_domain()),
        stub_(Service::NewStub(
            rpc::NewChannel({.address = absl::StrCat("127.0.0.1:", port),
                             .server_name = rpc::HubServerName(service, pki.trust_domain()),
                             .tls = pki.IssueHub("gateway")}))) {}

  // Calls `&Service::Stub::Method` with a deadline of 10 s.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Service::Stub::*method)(grpc::ClientContext*,
                                                                      const Request&, Response*),
                                const Request& request, const Who& who) {
    grpc::ClientContext context;
    Vouch(context, who);
    rpc::Prepare(context, absl::Now() + absl::Seconds(10), "test");
    context.set_wait_for_ready(true);
    Response response;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpc(status);
    return response;
  }

  // Puts `who` into the metadata of a call.
  void Vouch(grpc::ClientContext& context, const Who& who) const {
    if (who.roles.empty()) return;
    common::v1::Caller caller;
    caller.set_identity(absl::StrCat("spiffe://", trust_domain_, who.path));
    for (common::v1::Role role : who.roles) caller.add_roles(role);
    for (const std::string& plan : who.plans) caller.add_plans(plan);
    context.AddMetadata("duban-caller-bin", caller.SerializeAsString());
  }

  typename Service::Stub& stub() { return *stub_; }

 private:
  const std::string trust_domain_;
  std::unique_ptr<typename Service::Stub> stub_;
};

}  // namespace duban::testing
