// The office's decisions on the state of tasks.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "duban/task/v1/task_service.pb.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"

namespace duban::task {

namespace pb = duban::task::v1;

absl::Status IssueTask(const rpc::Call& call, const pb::IssueTaskRequest& request, feed::Tx& tx,
                       pb::Task& response);
absl::Status IssuePlan(const rpc::Call& call, const pb::IssuePlanRequest& request, feed::Tx& tx,
                       pb::IssuePlanResponse& response);
absl::Status SuspendTask(const rpc::Call& call, const pb::SuspendTaskRequest& request, feed::Tx& tx,
                         pb::Task& response);
absl::Status ResumeTask(const rpc::Call& call, const pb::ResumeTaskRequest& request, feed::Tx& tx,
                        pb::Task& response);
absl::Status CancelTask(const rpc::Call& call, const pb::CancelTaskRequest& request, feed::Tx& tx,
                        pb::Task& response);

}  // namespace duban::task
