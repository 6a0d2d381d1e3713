// What another edition of the text, or another decision about it, makes of a plan.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "duban/task/v1/task_service.pb.h"
#include "services/task/service/import.h"

namespace duban::task {

namespace pb = duban::task::v1;

// A plan as it is: tasks in the order of the text, the other rows as AssignmentsOf and UnitsOf give
// them.
struct StoredPlan {
  pb::Plan plan;
  std::vector<pb::Task> tasks;
  std::vector<pb::Assignment> assignments;
  std::vector<pb::UnresolvedUnit> units;
};

// The plan as the edition makes it.
struct Edition {
  pb::ImportPlanResponse import;        // all rows, and the difference
  std::set<std::string> unchanged;      // names of rows that stay as they are
  std::vector<std::string> gone_units;  // names of units that no longer wait
};

// The edition that `draft` is of the plan. Pure, but for the ids that the draft brings: of equal
// drafts the etags are equal. TASK_NOT_FOUND and INVALID_DECISION for a decision on which task is
// which.
//
// What the office decided itself stands: an agency that it removed stays removed, one that it
// resolved a unit to stays, a confirmed role stays, a due date that it set stays.
absl::StatusOr<Edition> MakeEdition(const StoredPlan& before, const PlanDraft& draft);

// Takes out of the answer's doubts, which are those of `draft`, the units about which the office
// decided in the plan itself, by resolving them or removing their agency; their findings are no
// doubts any more.
void LeaveOutSettled(const StoredPlan& plan, const PlanDraft& draft,
                     pb::ImportPlanResponse& answer);

}  // namespace duban::task
