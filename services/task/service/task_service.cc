#include "services/task/service/task_service.h"

#include <utility>

#include "duban/task/v1/task_service.grpc.pb.h"
#include "services/common/feed/watch_server.h"
#include "services/common/rpc/handler.h"
#include "services/task/domain/plan_rules.h"
#include "services/task/service/decisions.h"
#include "services/task/service/import.h"
#include "services/task/service/queries.h"
#include "services/task/service/units.h"
#include "services/task/service/update_breakdown.h"

namespace duban::task {
namespace {

namespace common = duban::common::v1;
using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class ServiceImpl final : public pb::TaskService::CallbackService {
 public:
  ServiceImpl(rpc::Runtime& runtime, feed::Feed& feed, const RegisterFollower& agencies, Ids& ids)
      : runtime_(runtime), feed_(feed), store_(feed.store()), agencies_(agencies), ids_(ids) {}

  Reactor* GetPlan(Context* context, const pb::GetPlanRequest* request,
                   pb::Plan* response) override {
    return Read(context, "/duban.task.v1.TaskService/GetPlan", request, response, task::GetPlan);
  }

  Reactor* ListPlans(Context* context, const pb::ListPlansRequest* request,
                     pb::ListPlansResponse* response) override {
    return Read(context, "/duban.task.v1.TaskService/ListPlans", request, response,
                task::ListPlans);
  }

  Reactor* GetPlanSource(Context* context, const pb::GetPlanSourceRequest* request,
                         pb::PlanSource* response) override {
    return Read(context, "/duban.task.v1.TaskService/GetPlanSource", request, response,
                task::GetPlanSource);
  }

  Reactor* GetTask(Context* context, const pb::GetTaskRequest* request,
                   pb::Task* response) override {
    return Read(context, "/duban.task.v1.TaskService/GetTask", request, response, task::GetTask);
  }

  Reactor* ListTasks(Context* context, const pb::ListTasksRequest* request,
                     pb::ListTasksResponse* response) override {
    return Read(context, "/duban.task.v1.TaskService/ListTasks", request, response,
                task::ListTasks);
  }

  Reactor* ListAssignments(Context* context, const pb::ListAssignmentsRequest* request,
                           pb::ListAssignmentsResponse* response) override {
    return Read(context, "/duban.task.v1.TaskService/ListAssignments", request, response,
                task::ListAssignments);
  }

  Reactor* ListUnresolvedUnits(Context* context, const pb::ListUnresolvedUnitsRequest* request,
                               pb::ListUnresolvedUnitsResponse* response) override {
    return Read(context, "/duban.task.v1.TaskService/ListUnresolvedUnits", request, response,
                task::ListUnresolvedUnits);
  }

  Reactor* UpdateBreakdown(Context* context, const pb::UpdateBreakdownRequest* request,
                           pb::Task* response) override {
    return Write(context, "/duban.task.v1.TaskService/UpdateBreakdown", request, response,
                 task::UpdateBreakdown);
  }

  Reactor* IssueTask(Context* context, const pb::IssueTaskRequest* request,
                     pb::Task* response) override {
    return Write(context, "/duban.task.v1.TaskService/IssueTask", request, response,
                 task::IssueTask);
  }

  Reactor* IssuePlan(Context* context, const pb::IssuePlanRequest* request,
                     pb::IssuePlanResponse* response) override {
    return Write(context, "/duban.task.v1.TaskService/IssuePlan", request, response,
                 task::IssuePlan);
  }

  Reactor* SuspendTask(Context* context, const pb::SuspendTaskRequest* request,
                       pb::Task* response) override {
    return Write(context, "/duban.task.v1.TaskService/SuspendTask", request, response,
                 task::SuspendTask);
  }

  Reactor* ResumeTask(Context* context, const pb::ResumeTaskRequest* request,
                      pb::Task* response) override {
    return Write(context, "/duban.task.v1.TaskService/ResumeTask", request, response,
                 task::ResumeTask);
  }

  Reactor* CancelTask(Context* context, const pb::CancelTaskRequest* request,
                      pb::Task* response) override {
    return Write(context, "/duban.task.v1.TaskService/CancelTask", request, response,
                 task::CancelTask);
  }

  Reactor* ResolveUnit(Context* context, const pb::ResolveUnitRequest* request,
                       pb::Assignment* response) override {
    return Write(context, "/duban.task.v1.TaskService/ResolveUnit", request, response,
                 task::ResolveUnit);
  }

  Reactor* RemoveUnit(Context* context, const pb::RemoveUnitRequest* request,
                      pb::Assignment* response) override {
    return Write(context, "/duban.task.v1.TaskService/RemoveUnit", request, response,
                 task::RemoveUnit);
  }

  Reactor* ParsePlan(Context* context, const pb::ParsePlanRequest* request,
                     pb::ParsePlanResponse* response) override {
    return rpc::Read(
        runtime_, context, "/duban.task.v1.TaskService/ParsePlan", request, response,
        [this](const rpc::Call&, const pb::ParsePlanRequest& q, pb::ParsePlanResponse& r) {
          const auto names = agencies_.names();
          return names ? task::ParsePlan(q, *names, r) : RegisterNotReady();
        });
  }

  Reactor* ImportPlan(Context* context, const pb::ImportPlanRequest* request,
                      pb::ImportPlanResponse* response) override {
    return rpc::Async<pb::ImportPlanRequest, pb::ImportPlanResponse>(
        runtime_, context, "/duban.task.v1.TaskService/ImportPlan", request, response,
        [this](const rpc::Call& call, const pb::ImportPlanRequest& q, pb::ImportPlanResponse& r,
               rpc::Done done) { Import(call, q, r, std::move(done)); });
  }

  grpc::ServerWriteReactor<common::WatchResponse>* WatchMandate(
      Context* context, const common::WatchRequest* request) override {
    return feed::ServeFeed(runtime_, context, "/duban.task.v1.TaskService/WatchMandate", request,
                           feed_, [](const rpc::Call&) { return feed::ServeOptions{}; });
  }

  Reactor* ListState(Context* context, const common::ListStateRequest* request,
                     common::ListStateResponse* response) override {
    return rpc::Read(
        runtime_, context, "/duban.task.v1.TaskService/ListState", request, response,
        [this](const rpc::Call&, const common::ListStateRequest& q, common::ListStateResponse& r) {
          return feed::ListState(store_, q, r);
        });
  }

 private:
  // The text is read here, on the pool; the transaction only stores what was read.
  void Import(const rpc::Call& call, const pb::ImportPlanRequest& request,
              pb::ImportPlanResponse& response, rpc::Done done) {
    auto draft = DraftPlan(call, request, agencies_.names().get(), store_, ids_);
    if (!draft.ok()) return done(draft.status());
    if (request.validate_only()) {
      return done(
          store_.Read([&](feed::View& view) { return PreviewPlan(*draft, view, response); }));
    }
    store_.Write([draft = std::make_shared<const PlanDraft>(*std::move(draft)),
                  &response](feed::Tx& tx) { return StorePlan(*draft, tx, response); },
                 [done](absl::StatusOr<int64_t> revision) { done(revision.status()); });
  }

  // `body(call, request, tx, response)` in a transaction.
  template <typename Request, typename Response, typename Body>
  Reactor* Write(Context* context, const char* method, const Request* request, Response* response,
                 Body body) {
    return rpc::Write(runtime_, context, method, request, response, store_, body);
  }

  // `body(call, request, view, response)` on a consistent view.
  template <typename Request, typename Response, typename Body>
  Reactor* Read(Context* context, const char* method, const Request* request, Response* response,
                Body body) {
    return rpc::Read(runtime_, context, method, request, response,
                     [this, body](const rpc::Call& call, const Request& q, Response& r) {
                       return store_.Read([&](feed::View& view) { return body(call, q, view, r); });
                     });
  }

  rpc::Runtime& runtime_;
  feed::Feed& feed_;
  feed::Store& store_;
  const RegisterFollower& agencies_;
  Ids& ids_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewTaskService(rpc::Runtime& runtime, feed::Feed& feed,
                                              const RegisterFollower& agencies, Ids& ids) {
  return std::make_unique<ServiceImpl>(runtime, feed, agencies, ids);
}

}  // namespace duban::task
