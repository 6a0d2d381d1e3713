// What the RPCs that only read do, on one consistent view.
#pragma once

#include "absl/status/status.h"
#include "duban/task/v1/task_service.pb.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"

namespace duban::task {

namespace pb = duban::task::v1;

absl::Status GetPlan(const rpc::Call& call, const pb::GetPlanRequest& request, feed::View& view,
                     pb::Plan& response);
absl::Status ListPlans(const rpc::Call& call, const pb::ListPlansRequest& request, feed::View& view,
                       pb::ListPlansResponse& response);
absl::Status GetPlanSource(const rpc::Call& call, const pb::GetPlanSourceRequest& request,
                           feed::View& view, pb::PlanSource& response);
absl::Status GetTask(const rpc::Call& call, const pb::GetTaskRequest& request, feed::View& view,
                     pb::Task& response);
absl::Status ListTasks(const rpc::Call& call, const pb::ListTasksRequest& request, feed::View& view,
                       pb::ListTasksResponse& response);
absl::Status ListAssignments(const rpc::Call& call, const pb::ListAssignmentsRequest& request,
                             feed::View& view, pb::ListAssignmentsResponse& response);
absl::Status ListUnresolvedUnits(const rpc::Call& call,
                                 const pb::ListUnresolvedUnitsRequest& request, feed::View& view,
                                 pb::ListUnresolvedUnitsResponse& response);

}  // namespace duban::task
