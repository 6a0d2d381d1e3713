#include "services/gateway/service/proxy.h"

#include <grpcpp/generic/generic_stub.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "duban/common/v1/caller.pb.h"
#include "services/common/auth/caller.h"
#include "services/common/rpc/client.h"
#include "services/common/rpc/handler.h"
#include "services/gateway/domain/limits.h"
#include "services/gateway/service/errors.h"

namespace duban::gateway {
namespace {

constexpr char kCallerKey[] = "duban-caller-bin";
constexpr char kAgencyService[] = "/duban.agency.v1.AgencyService/";

bool ChangesCredentials(absl::string_view method) {
  return absl::ConsumePrefix(&method, kAgencyService) &&
         (method == "CreateCredential" || method == "RevokeCredential");
}

std::string CallerHeader(const rpc::Call& call) {
  duban::common::v1::Caller header;
  header.set_identity(call.caller.identity.ToString());
  for (auth::Role role : call.caller.roles) header.add_roles(role);
  header.set_agency(call.caller.agency);
  for (const std::string& plan : call.caller.plans) header.add_plans(plan);
  header.set_request_id(call.request_id);
  return header.SerializeAsString();
}

// A service behind the gateway.
struct Upstream {
  explicit Upstream(Source which, const std::shared_ptr<grpc::Channel>& channel)
      : source(which), stub(channel) {}
  Source source;
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub;
};

class Proxy final : public grpc::CallbackGenericService {
 public:
  Proxy(rpc::Runtime& runtime, const Upstreams& upstreams, Waiters& waiters)
      : runtime_(runtime),
        waiters_(waiters),
        task_(Source::kTask, upstreams.task),
        agency_(Source::kAgency, upstreams.agency),
        reporting_(Source::kReporting, upstreams.reporting) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

  Upstream* Find(absl::string_view method) {
    if (absl::StartsWith(method, "/duban.task.v1.TaskService/")) return &task_;
    if (absl::StartsWith(method, kAgencyService)) return &agency_;
    if (absl::StartsWith(method, "/duban.reporting.v1.ReportingService/")) return &reporting_;
    return nullptr;
  }

  rpc::Runtime& runtime() { return runtime_; }
  Waiters& waiters() { return waiters_; }

 private:
  rpc::Runtime& runtime_;
  Waiters& waiters_;
  Upstream task_, agency_, reporting_;
};

// One call on its way through.
class ProxiedCall final : public grpc::ServerGenericBidiReactor {
 public:
  ProxiedCall(Proxy& proxy, grpc::GenericCallbackServerContext& context)
      : proxy_(proxy), context_(context), method_(context.method()) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(rpc::ToGrpc(absl::CancelledError("the call ended without a request")));
    absl::StatusOr<rpc::Call> call =
        rpc::internal::Admit(proxy_.runtime(), context_, method_, request_.Length(), false);
    if (!call.ok()) return Fail(call.status());
    Upstream* upstream = proxy_.Find(method_);
    if (upstream == nullptr) return Fail(UnknownMethod(method_));
    // Services of the hub talk to each other directly; what the gateway vouches for are people and
    // systems.
    const Identity::Kind kind = call->caller.identity.kind;
    if (kind != Identity::Kind::kOperator && kind != Identity::Kind::kSystem) {
      return Fail(auth::NotAllowed());
    }
    call_ = *std::move(call);
    Forward(*upstream);
  }

  void OnCancel() override { client_.TryCancel(); }

  void OnDone() override { delete this; }

 private:
  void Forward(Upstream& upstream) {
    start_ = proxy_.runtime().clock().Now();
    rpc::Prepare(client_, call_.deadline, call_.request_id);
    client_.AddMetadata(kCallerKey, CallerHeader(call_));
    client_.AddMetadata("accept-language", call_.locale);
    upstream.stub.UnaryCall(&client_, method_, {}, &request_, &response_,
                            [this, source = upstream.source](grpc::Status status) {
                              Answer(source, std::move(status));
                            });
  }

  void Answer(Source source, grpc::Status status) {
    if (status.ok()) {
      const int64_t revision = PassRevisionOn();
      if (!ChangesCredentials(method_) || revision == 0) return Reply();
      return proxy_.waiters().Wait({.agency = revision}, call_.deadline - kAnswerMargin,
                                   [this](const absl::Status&) { Reply(); });
    }
    // A service's own errors carry details; without them the connection itself failed.
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE && status.error_details().empty()) {
      const absl::Status unreachable = ServiceUnreachable(SourceName(source));
      LogEnd(unreachable);
      return Finish(rpc::ToGrpc(unreachable));
    }
    // gRPC itself refuses bytes that are no message of a method that is served.
    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED && status.error_details().empty()) {
      status = rpc::ToGrpc(MalformedRequest());
    }
    LogEnd(rpc::FromGrpc(status));
    Finish(status);
  }

  void Reply() {
    LogEnd(absl::OkStatus());
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }

  void LogEnd(const absl::Status& status) {
    rpc::internal::LogEnd(proxy_.runtime(), call_, start_, status);
  }

  // The revision that the call made, which the caller is told too; 0 when it made none.
  int64_t PassRevisionOn() {
    const auto& trailing = client_.GetServerTrailingMetadata();
    const auto it = trailing.find(rpc::kRevisionKey);
    if (it == trailing.end()) return 0;
    const std::string text(it->second.data(), it->second.size());
    context_.AddTrailingMetadata(rpc::kRevisionKey, text);
    int64_t revision = 0;
    return absl::SimpleAtoi(text, &revision) ? revision : 0;
  }

  void Fail(const absl::Status& status) {
    rpc::internal::LogRefusal(context_, method_, status);
    Finish(rpc::ToGrpc(status));
  }

  Proxy& proxy_;
  grpc::GenericCallbackServerContext& context_;
  const std::string method_;
  rpc::Call call_;  // once it was admitted
  absl::Time start_;
  grpc::ClientContext client_;
  grpc::ByteBuffer request_, response_;
};

grpc::ServerGenericBidiReactor* Proxy::CreateReactor(grpc::GenericCallbackServerContext* context) {
  return new ProxiedCall(*this, *context);
}

}  // namespace

std::unique_ptr<grpc::CallbackGenericService> NewProxy(rpc::Runtime& runtime,
                                                       const Upstreams& upstreams,
                                                       Waiters& waiters) {
  return std::make_unique<Proxy>(runtime, upstreams, waiters);
}

}  // namespace duban::gateway
