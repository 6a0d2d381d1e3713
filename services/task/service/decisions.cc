#include "services/task/service/decisions.h"

#include <set>
#include <utility>
#include <vector>

#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"
#include "services/task/domain/plan_rules.h"
#include "services/task/domain/task_state.h"
#include "services/task/service/rows.h"

namespace duban::task {
namespace {

pb::TaskState ToProto(State state) {
  switch (state) {
    case State::kRecorded:
      return pb::TASK_STATE_RECORDED;
    case State::kIssued:
      return pb::TASK_STATE_ISSUED;
    case State::kSuspended:
      return pb::TASK_STATE_SUSPENDED;
    case State::kCancelled:
      return pb::TASK_STATE_CANCELLED;
  }
  return pb::TASK_STATE_UNSPECIFIED;
}

absl::Status Issue(const rpc::Call& call, feed::Tx& tx, pb::Task& task) {
  task.set_state(pb::TASK_STATE_ISSUED);
  task.set_state_actor(call.caller.identity.ToString());
  task.set_issuer(call.caller.identity.ToString());
  task.set_original_due_date(task.due_date());
  *task.mutable_issue_time() = feed::ToTimestamp(tx.now());
  return PutTask(tx, task);
}

absl::StatusOr<bool> HasAgency(const pb::Task& task, feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(const auto assignments, AssignmentsOf(task, view));
  for (const pb::Assignment& assignment : assignments) {
    if (!assignment.removed()) return true;
  }
  return false;
}

// A decision with a reason: SuspendTask, ResumeTask, CancelTask.
template <typename Request>
absl::Status Decide(const rpc::Call& call, const Request& request, Verb verb, feed::Tx& tx,
                    pb::Task& response) {
  DUBAN_ASSIGN_OR_RETURN(pb::Task task, FindTask(call, request.name(), tx));
  DUBAN_RETURN_IF_ERROR(CheckReason(request.reason()));
  DUBAN_ASSIGN_OR_RETURN(const State next, Next(StateOf(task), verb));
  task.set_state(ToProto(next));
  task.set_state_reason(request.reason());
  task.set_state_actor(call.caller.identity.ToString());
  response = std::move(task);
  return PutTask(tx, response);
}

}  // namespace

absl::Status IssueTask(const rpc::Call& call, const pb::IssueTaskRequest& request, feed::Tx& tx,
                       pb::Task& response) {
  DUBAN_ASSIGN_OR_RETURN(response, FindTask(call, request.name(), tx));
  if (StateOf(response) == State::kIssued) return absl::OkStatus();
  DUBAN_RETURN_IF_ERROR(Next(StateOf(response), Verb::kIssue).status());
  DUBAN_ASSIGN_OR_RETURN(const bool has_agency, HasAgency(response, tx));
  if (!has_agency) return NoAssignments(response.name());
  return Issue(call, tx, response);
}

absl::Status IssuePlan(const rpc::Call& call, const pb::IssuePlanRequest& request, feed::Tx& tx,
                       pb::IssuePlanResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(const pb::Plan plan, FindPlan(call, request.name(), tx));
  DUBAN_ASSIGN_OR_RETURN(const PlanName name, PlanName::Parse(plan.name()));
  DUBAN_ASSIGN_OR_RETURN(auto tasks, TasksOf(name.plan, tx));
  for (pb::Task& task : tasks) {
    if (StateOf(task) != State::kRecorded) continue;
    DUBAN_ASSIGN_OR_RETURN(const bool has_agency, HasAgency(task, tx));
    if (!has_agency) {
      response.add_without_agency(task.name());
      continue;
    }
    DUBAN_RETURN_IF_ERROR(Issue(call, tx, task));
    response.set_issued(response.issued() + 1);
  }
  response.set_revision(response.issued() > 0 ? tx.next_revision() : tx.revision());
  return absl::OkStatus();
}

absl::Status SuspendTask(const rpc::Call& call, const pb::SuspendTaskRequest& request, feed::Tx& tx,
                         pb::Task& response) {
  return Decide(call, request, Verb::kSuspend, tx, response);
}

absl::Status ResumeTask(const rpc::Call& call, const pb::ResumeTaskRequest& request, feed::Tx& tx,
                        pb::Task& response) {
  return Decide(call, request, Verb::kResume, tx, response);
}

absl::Status CancelTask(const rpc::Call& call, const pb::CancelTaskRequest& request, feed::Tx& tx,
                        pb::Task& response) {
  return Decide(call, request, Verb::kCancel, tx, response);
}

}  // namespace duban::task
