#include "services/gateway/service/progress_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <utility>

#include "duban/gateway/v1/progress_service.grpc.pb.h"
#include "services/common/auth/caller.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/rpc/handler.h"
#include "services/gateway/domain/limits.h"
#include "services/gateway/service/errors.h"
#include "services/gateway/service/watchers.h"

namespace duban::gateway {
namespace {

namespace gw = duban::gateway::v1;

constexpr char kGetPlanProgress[] = "/duban.gateway.v1.ProgressService/GetPlanProgress";
constexpr char kGetTaskProgress[] = "/duban.gateway.v1.ProgressService/GetTaskProgress";
constexpr char kGetAgencyProgress[] = "/duban.gateway.v1.ProgressService/GetAgencyProgress";
constexpr char kGetMatrix[] = "/duban.gateway.v1.ProgressService/GetMatrix";
constexpr char kWatchProgress[] = "/duban.gateway.v1.ProgressService/WatchProgress";

// Plan boards travel as bytes that are ready; the other answers are small and made for each call.
using Methods = gw::ProgressService::WithRawCallbackMethod_GetPlanProgress<
    gw::ProgressService::WithRawCallbackMethod_WatchProgress<
        gw::ProgressService::WithCallbackMethod_GetTaskProgress<
            gw::ProgressService::WithCallbackMethod_GetAgencyProgress<
                gw::ProgressService::WithCallbackMethod_GetMatrix<gw::ProgressService::Service>>>>>;

template <typename Request>
absl::StatusOr<Request> Parse(const grpc::ByteBuffer& bytes) {
  Request request;
  grpc::ByteBuffer copy(bytes);  // parsing takes the buffer
  if (!grpc::SerializationTraits<Request>::Deserialize(&copy, &request).ok()) {
    return MalformedRequest();
  }
  return request;
}

// The plan that `caller` names, when it may see it.
absl::StatusOr<PlanName> VisiblePlan(const auth::Caller& caller, const std::string& name) {
  DUBAN_ASSIGN_OR_RETURN(PlanName plan, PlanName::Parse(name));
  if (!caller.may_see_plan(plan.plan)) return auth::NotAllowed();
  return plan;
}

Revisions Needed(const gw::Position& at_least) {
  return {at_least.task(), at_least.agency(), at_least.reporting()};
}

Revisions Later(const Revisions& a, const Revisions& b) {
  return {std::max(a.task, b.task), std::max(a.agency, b.agency),
          std::max(a.reporting, b.reporting)};
}

class ProgressServiceImpl final : public Methods {
 public:
  ProgressServiceImpl(rpc::Runtime& runtime, Board& board, Waiters& waiters, Watchers& watchers,
                      AskNewest ask_newest)
      : runtime_(runtime),
        board_(board),
        waiters_(waiters),
        watchers_(watchers),
        ask_newest_(std::move(ask_newest)) {}

  // Never leaves the thread that it came on when the board is ready.
  grpc::ServerUnaryReactor* GetPlanProgress(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* bytes,
                                            grpc::ByteBuffer* response) override {
    auto call = rpc::internal::Admit(runtime_, *context, kGetPlanProgress, bytes->Length(), false);
    if (!call.ok()) return rpc::internal::Refuse(*context, kGetPlanProgress, call.status());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    auto shared = std::make_shared<const rpc::Call>(*std::move(call));
    const auto done = [this, shared, reactor, start = runtime_.clock().Now()](absl::Status status) {
      rpc::internal::Finish(runtime_, *shared, start, status, reactor);
    };
    const auto request = Parse<gw::GetPlanProgressRequest>(*bytes);
    if (!request.ok()) return done(request.status()), reactor;
    const auto plan = VisiblePlan(shared->caller, request->name());
    if (!plan.ok()) return done(plan.status()), reactor;
    WhenThere(*shared, *request, [this, plan = plan->plan, response, done](absl::Status status) {
      if (!status.ok()) return done(status);
      absl::StatusOr<PlanAnswer> answer = board_.Plan(plan);
      if (answer.ok()) *response = ToByteBuffer(*answer);
      done(answer.status());
    });
    return reactor;
  }

  grpc::ServerUnaryReactor* GetTaskProgress(grpc::CallbackServerContext* context,
                                            const gw::GetTaskProgressRequest* request,
                                            gw::TaskProgress* response) override {
    return Answer(context, kGetTaskProgress, request, response,
                  [this](const rpc::Call& call,
                         const gw::GetTaskProgressRequest& q) -> absl::StatusOr<gw::TaskProgress> {
                    DUBAN_ASSIGN_OR_RETURN(const TaskName name, TaskName::Parse(q.name()));
                    if (!call.caller.may_see_plan(name.plan)) return auth::NotAllowed();
                    return board_.Task(name);
                  });
  }

  grpc::ServerUnaryReactor* GetAgencyProgress(grpc::CallbackServerContext* context,
                                              const gw::GetAgencyProgressRequest* request,
                                              gw::AgencyProgress* response) override {
    return Answer(
        context, kGetAgencyProgress, request, response,
        [this](const rpc::Call& call,
               const gw::GetAgencyProgressRequest& q) -> absl::StatusOr<gw::AgencyProgress> {
          DUBAN_ASSIGN_OR_RETURN(const AgencyName name, AgencyName::Parse(q.name()));
          return board_.Agency(name.agency, [&call](const std::string& plan) {
            return call.caller.may_see_plan(plan);
          });
        });
  }

  grpc::ServerUnaryReactor* GetMatrix(grpc::CallbackServerContext* context,
                                      const gw::GetMatrixRequest* request,
                                      gw::Matrix* response) override {
    return Answer(
        context, kGetMatrix, request, response,
        [this](const rpc::Call& call, const gw::GetMatrixRequest& q) -> absl::StatusOr<gw::Matrix> {
          DUBAN_ASSIGN_OR_RETURN(const PlanName name, VisiblePlan(call.caller, q.name()));
          return board_.Matrix(name.plan);
        });
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchProgress(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes) override {
    auto call = rpc::internal::Admit(runtime_, *context, kWatchProgress, bytes->Length(), true);
    const auto refuse = [&](const absl::Status& status) {
      rpc::internal::LogRefusal(*context, kWatchProgress, status);
      return watchers_.Watch(status, "");
    };
    if (!call.ok()) return refuse(call.status());
    const auto request = Parse<gw::WatchProgressRequest>(*bytes);
    if (!request.ok()) return refuse(request.status());
    const auto plan = VisiblePlan(call->caller, request->name());
    if (!plan.ok()) return refuse(plan.status());
    return watchers_.Watch(std::move(call), plan->plan);
  }

 private:
  // Answers `read(call, request)` once the board is where the request wants it.
  template <typename Request, typename Response, typename ReadBoard>
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const char* method,
                                   const Request* request, Response* response, ReadBoard read) {
    return rpc::Async<Request, Response>(
        runtime_, context, method, request, response,
        [this, read](const rpc::Call& call, const Request& q, Response& r, rpc::Done done) {
          WhenThere(call, q, [read, &call, &q, &r, done](absl::Status status) {
            if (!status.ok()) return done(status);
            absl::StatusOr<Response> answer = read(call, q);
            if (answer.ok()) r = *std::move(answer);
            done(answer.status());
          });
        });
  }

  // Calls `then` when the board has reached `at_least`, and with `fresh` what each service holds
  // now.
  template <typename Request>
  void WhenThere(const rpc::Call& call, const Request& request,
                 std::function<void(absl::Status)> then) {
    const Revisions needed = Needed(request.at_least());
    const absl::Time deadline = call.deadline - kAnswerMargin;
    if (!request.fresh()) return waiters_.Wait(needed, deadline, std::move(then));
    ask_newest_(deadline, [this, needed, deadline, then](const Revisions& newest) {
      waiters_.Wait(Later(needed, newest), deadline, then);
    });
  }

  rpc::Runtime& runtime_;
  Board& board_;
  Waiters& waiters_;
  Watchers& watchers_;
  const AskNewest ask_newest_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewProgressService(rpc::Runtime& runtime, Board& board,
                                                  Waiters& waiters, Watchers& watchers,
                                                  AskNewest ask_newest) {
  return std::make_unique<ProgressServiceImpl>(runtime, board, waiters, watchers,
                                               std::move(ask_newest));
}

}  // namespace duban::gateway
