// Parsing and importing plans.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "duban/task/v1/task_service.pb.h"
#include "services/common/base/ids.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"
#include "services/task/domain/register_names.h"

namespace duban::task {

namespace pb = duban::task::v1;

absl::Status ParsePlan(const pb::ParsePlanRequest& request, const RegisterNames& names,
                       pb::ParsePlanResponse& response);

// What an import says, read but not stored.
struct PlanDraft {
  pb::ImportPlanResponse import;  // as of a new plan, with ids of its own
  // For each doubt the index of the task of each of its places, -1 outside of tasks.
  std::vector<std::vector<int>> doubt_tasks;
  pb::PlanSource source;                  // its original bytes; the recorded decisions alone
  std::vector<pb::ReviewDecision> added;  // decisions that are not recorded yet
  std::string actor;
  std::string difference_etag;  // as given
};

// Checks the request, reads the text with what was decided about the plan, and gives ids; not
// inside a transaction. `names` is null while the register was never read.
absl::StatusOr<PlanDraft> DraftPlan(const rpc::Call& call, const pb::ImportPlanRequest& request,
                                    const RegisterNames* names, const feed::Store& store, Ids& ids);

// Stores the draft as a new plan, or as an edition of the plan that is there when its difference is
// the one of the given etag; answers the plan that is there when the draft says nothing new.
// PLAN_EXISTS, PLAN_NOT_FOUND, CHANGED_SINCE.
absl::Status StorePlan(const PlanDraft& draft, feed::Tx& tx, pb::ImportPlanResponse& response);

// Answers what StorePlan would, whatever etag is given; revision 0 where it would change something.
absl::Status PreviewPlan(const PlanDraft& draft, feed::View& view,
                         pb::ImportPlanResponse& response);

}  // namespace duban::task
