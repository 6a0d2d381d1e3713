// Finds rows for a caller: a plan outside the caller's scope is refused in the same way whether it
// exists or not.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "duban/task/v1/task.pb.h"
#include "services/common/base/names.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"
#include "services/task/domain/task_state.h"

namespace duban::task {

namespace pb = duban::task::v1;

// NOT_ALLOWED unless the caller may see the plan.
absl::Status CheckScope(const rpc::Call& call, absl::string_view plan);

// By name. INVALID_NAME, NOT_ALLOWED, PLAN_NOT_FOUND.
absl::StatusOr<pb::Plan> FindPlan(const rpc::Call& call, absl::string_view name, feed::View& view);
// INVALID_NAME, NOT_ALLOWED, TASK_NOT_FOUND.
absl::StatusOr<pb::Task> FindTask(const rpc::Call& call, absl::string_view name, feed::View& view);

// The plan's tasks in the order of the text.
absl::StatusOr<std::vector<pb::Task>> TasksOf(absl::string_view plan, feed::View& view);
// The plan's assignments by task in the order of the text, then by their own order.
absl::StatusOr<std::vector<pb::Assignment>> AssignmentsOf(const std::vector<pb::Task>& tasks,
                                                          feed::View& view);
// The task's assignments, by agency.
absl::StatusOr<std::vector<pb::Assignment>> AssignmentsOf(const pb::Task& task, feed::View& view);
// The plan's unresolved units, by name.
absl::StatusOr<std::vector<pb::UnresolvedUnit>> UnitsOf(absl::string_view plan, feed::View& view);

// Stores a row under its plan (and agency).
absl::Status PutTask(feed::Tx& tx, pb::Task& task);
absl::Status PutAssignment(feed::Tx& tx, pb::Assignment& assignment);

// Of the original bytes of an edition.
std::string SourceKey(const PlanName& plan, int edition);
// Plans from before there were editions have none recorded: it is their first.
int EditionOf(const pb::Plan& plan);
std::string TasksPrefix(absl::string_view plan);
std::string UnitsPrefix(absl::string_view plan);

State StateOf(const pb::Task& task);

}  // namespace duban::task
