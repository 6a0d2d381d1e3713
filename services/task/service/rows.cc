#include "services/task/service/rows.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"
#include "services/task/domain/plan_rules.h"

namespace duban::task {
namespace {

template <typename Message>
absl::StatusOr<std::vector<Message>> All(feed::View& view, const std::string& prefix) {
  std::vector<Message> all;
  DUBAN_RETURN_IF_ERROR(feed::ScanMessages<Message>(view, {.prefix = prefix, .logged_only = true},
                                                    [&](const Message& message) {
                                                      all.push_back(message);
                                                      return true;
                                                    }));
  return all;
}

}  // namespace

absl::Status CheckScope(const rpc::Call& call, absl::string_view plan) {
  return call.caller.may_see_plan(plan) ? absl::OkStatus() : auth::NotAllowed();
}

absl::StatusOr<pb::Plan> FindPlan(const rpc::Call& call, absl::string_view name, feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(PlanName parsed, PlanName::Parse(name));
  DUBAN_RETURN_IF_ERROR(CheckScope(call, parsed.plan));
  DUBAN_ASSIGN_OR_RETURN(auto plan, feed::GetMessage<pb::Plan>(view, parsed.ToString()));
  if (!plan) return PlanNotFound(name);
  return *std::move(plan);
}

absl::StatusOr<pb::Task> FindTask(const rpc::Call& call, absl::string_view name, feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(TaskName parsed, TaskName::Parse(name));
  DUBAN_RETURN_IF_ERROR(CheckScope(call, parsed.plan));
  DUBAN_ASSIGN_OR_RETURN(auto task, feed::GetMessage<pb::Task>(view, parsed.ToString()));
  if (!task) return TaskNotFound(name);
  return *std::move(task);
}

absl::StatusOr<std::vector<pb::Task>> TasksOf(absl::string_view plan, feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(auto tasks, All<pb::Task>(view, TasksPrefix(plan)));
  std::sort(tasks.begin(), tasks.end(),
            [](const pb::Task& a, const pb::Task& b) { return a.order() < b.order(); });
  return tasks;
}

absl::StatusOr<std::vector<pb::Assignment>> AssignmentsOf(const std::vector<pb::Task>& tasks,
                                                          feed::View& view) {
  std::vector<pb::Assignment> assignments;
  for (const pb::Task& task : tasks) {
    DUBAN_ASSIGN_OR_RETURN(auto of_task, AssignmentsOf(task, view));
    std::stable_sort(
        of_task.begin(), of_task.end(),
        [](const pb::Assignment& a, const pb::Assignment& b) { return a.order() < b.order(); });
    std::move(of_task.begin(), of_task.end(), std::back_inserter(assignments));
  }
  return assignments;
}

absl::StatusOr<std::vector<pb::Assignment>> AssignmentsOf(const pb::Task& task, feed::View& view) {
  return All<pb::Assignment>(view, absl::StrCat(task.name(), "/assignments/"));
}

absl::StatusOr<std::vector<pb::UnresolvedUnit>> UnitsOf(absl::string_view plan, feed::View& view) {
  return All<pb::UnresolvedUnit>(view, UnitsPrefix(plan));
}

absl::Status PutTask(feed::Tx& tx, pb::Task& task) {
  DUBAN_ASSIGN_OR_RETURN(TaskName name, TaskName::Parse(task.name()));
  return feed::PutMessage(tx, task, name.plan, "");
}

absl::Status PutAssignment(feed::Tx& tx, pb::Assignment& assignment) {
  DUBAN_ASSIGN_OR_RETURN(AssignmentName name, AssignmentName::Parse(assignment.name()));
  return feed::PutMessage(tx, assignment, name.plan, name.agency);
}

std::string SourceKey(const PlanName& plan, int edition) {
  return edition <= 1 ? absl::StrCat(plan.ToString(), "/source")
                      : absl::StrCat(plan.ToString(), "/source/", edition);
}
int EditionOf(const pb::Plan& plan) { return std::max(1, plan.edition()); }
std::string TasksPrefix(absl::string_view plan) { return absl::StrCat("plans/", plan, "/tasks/"); }
std::string UnitsPrefix(absl::string_view plan) {
  return absl::StrCat("plans/", plan, "/unresolvedUnits/");
}

State StateOf(const pb::Task& task) {
  switch (task.state()) {
    case pb::TASK_STATE_ISSUED:
      return State::kIssued;
    case pb::TASK_STATE_SUSPENDED:
      return State::kSuspended;
    case pb::TASK_STATE_CANCELLED:
      return State::kCancelled;
    default:
      return State::kRecorded;
  }
}

}  // namespace duban::task
