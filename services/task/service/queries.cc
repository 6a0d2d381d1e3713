#include "services/task/service/queries.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"
#include "services/task/domain/plan_rules.h"
#include "services/task/service/rows.h"

namespace duban::task {
namespace {

absl::Status InvalidPage(absl::string_view token) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_PAGE",
                   "the page token is not of this list", {{"page_token", std::string(token)}});
}

// Where the assignments of `parent` stand: those of one task, or of all of its plan for
// `plans/p/tasks/-`. INVALID_NAME, NOT_ALLOWED, PLAN_NOT_FOUND, TASK_NOT_FOUND.
absl::StatusOr<std::string> AssignmentsPrefix(const rpc::Call& call, absl::string_view parent,
                                              feed::View& view) {
  absl::string_view plan = parent;
  if (absl::ConsumeSuffix(&plan, "/tasks/-")) {
    DUBAN_ASSIGN_OR_RETURN(const pb::Plan found, FindPlan(call, plan, view));
    return absl::StrCat(found.name(), "/tasks/");
  }
  DUBAN_ASSIGN_OR_RETURN(const TaskName name, TaskName::Parse(parent));
  DUBAN_RETURN_IF_ERROR(FindPlan(call, PlanName{name.plan}.ToString(), view).status());
  DUBAN_ASSIGN_OR_RETURN(const pb::Task task, FindTask(call, parent, view));
  return absl::StrCat(task.name(), "/assignments/");
}

absl::StatusOr<pb::PlanSource> SourceOf(const PlanName& plan, int edition, feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(auto source,
                         feed::GetMessage<pb::PlanSource>(view, SourceKey(plan, edition)));
  if (!source) return EditionNotFound(plan.ToString(), edition);
  source->set_edition(edition);
  return *std::move(source);
}

}  // namespace

absl::Status GetPlan(const rpc::Call& call, const pb::GetPlanRequest& request, feed::View& view,
                     pb::Plan& response) {
  DUBAN_ASSIGN_OR_RETURN(response, FindPlan(call, request.name(), view));
  return absl::OkStatus();
}

absl::Status ListPlans(const rpc::Call& call, const pb::ListPlansRequest& request, feed::View& view,
                       pb::ListPlansResponse& response) {
  const std::string prefix = "plans/";
  DUBAN_ASSIGN_OR_RETURN(const feed::Page page,
                         feed::Page::Parse(request.page_size(), request.page_token(), prefix));
  // Plans that the caller may not see do not count, so ListPage does not fit.
  size_t bytes = 0;
  return feed::ScanMessages<pb::Plan>(
      view, {.prefix = prefix, .after = page.after, .logged_only = true},
      [&](const pb::Plan& plan) {
        auto name = PlanName::Parse(plan.name());
        if (!name.ok() || !call.caller.may_see_plan(name->plan)) return true;
        if (response.plans_size() == page.size || bytes >= feed::kMaxPageBytes) {
          response.set_next_page_token(response.plans(response.plans_size() - 1).name());
          return false;
        }
        *response.add_plans() = plan;
        bytes += plan.ByteSizeLong();
        return true;
      });
}

absl::Status GetPlanSource(const rpc::Call& call, const pb::GetPlanSourceRequest& request,
                           feed::View& view, pb::PlanSource& response) {
  absl::string_view plan = request.name();
  if (!absl::ConsumeSuffix(&plan, "/source")) plan = "";  // not a name at all
  DUBAN_ASSIGN_OR_RETURN(const PlanName name, PlanName::Parse(plan));
  DUBAN_ASSIGN_OR_RETURN(const pb::Plan found, FindPlan(call, plan, view));
  const int edition = request.edition() == 0 ? EditionOf(found) : request.edition();
  if (edition < 1 || edition > EditionOf(found)) return EditionNotFound(plan, edition);
  DUBAN_ASSIGN_OR_RETURN(response, SourceOf(name, edition, view));
  if (edition == EditionOf(found)) return absl::OkStatus();
  DUBAN_ASSIGN_OR_RETURN(pb::PlanSource newest, SourceOf(name, EditionOf(found), view));
  response.mutable_decisions()->Swap(newest.mutable_decisions());
  return absl::OkStatus();
}

absl::Status GetTask(const rpc::Call& call, const pb::GetTaskRequest& request, feed::View& view,
                     pb::Task& response) {
  DUBAN_ASSIGN_OR_RETURN(response, FindTask(call, request.name(), view));
  return absl::OkStatus();
}

// Pages in the order of the text, which is not that of the keys; the token is the name of the last
// task shown.
absl::Status ListTasks(const rpc::Call& call, const pb::ListTasksRequest& request, feed::View& view,
                       pb::ListTasksResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(const pb::Plan plan, FindPlan(call, request.parent(), view));
  DUBAN_ASSIGN_OR_RETURN(const PlanName name, PlanName::Parse(plan.name()));
  DUBAN_ASSIGN_OR_RETURN(
      const feed::Page page,
      feed::Page::Parse(request.page_size(), request.page_token(), TasksPrefix(name.plan)));
  DUBAN_ASSIGN_OR_RETURN(const auto tasks, TasksOf(name.plan, view));
  auto from = tasks.begin();
  if (!page.after.empty()) {
    from = std::find_if(tasks.begin(), tasks.end(),
                        [&](const pb::Task& task) { return task.name() == page.after; });
    if (from == tasks.end()) return InvalidPage(request.page_token());
    ++from;
  }
  size_t bytes = 0;
  for (; from != tasks.end(); ++from) {
    if (response.tasks_size() == page.size || bytes >= feed::kMaxPageBytes) break;
    bytes += from->ByteSizeLong();
    *response.add_tasks() = *from;
  }
  if (from != tasks.end()) response.set_next_page_token((from - 1)->name());
  return absl::OkStatus();
}

absl::Status ListAssignments(const rpc::Call& call, const pb::ListAssignmentsRequest& request,
                             feed::View& view, pb::ListAssignmentsResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(const std::string prefix, AssignmentsPrefix(call, request.parent(), view));
  DUBAN_ASSIGN_OR_RETURN(const feed::Page page,
                         feed::Page::Parse(request.page_size(), request.page_token(), prefix));
  DUBAN_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                         feed::ListPage<pb::Assignment>(view, {.prefix = prefix}, page,
                                                        response.mutable_assignments()));
  return absl::OkStatus();
}

absl::Status ListUnresolvedUnits(const rpc::Call& call,
                                 const pb::ListUnresolvedUnitsRequest& request, feed::View& view,
                                 pb::ListUnresolvedUnitsResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(const pb::Plan plan, FindPlan(call, request.parent(), view));
  const std::string prefix = absl::StrCat(plan.name(), "/unresolvedUnits/");
  DUBAN_ASSIGN_OR_RETURN(const feed::Page page,
                         feed::Page::Parse(request.page_size(), request.page_token(), prefix));
  DUBAN_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      feed::ListPage<pb::UnresolvedUnit>(view, {.prefix = prefix}, page, response.mutable_units()));
  return absl::OkStatus();
}

}  // namespace duban::task
