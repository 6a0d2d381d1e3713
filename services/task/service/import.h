// Parsing and importing plans.
#pragma once

#include <string>

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

// A plan that was read but not stored: the answer to give, and the row of the original bytes.
struct PlanDraft {
  pb::ImportPlanResponse import;
  pb::PlanSource source;
};

// Checks the request, reads the text and gives ids; not inside a transaction. `names` is null while
// the register was never read.
absl::StatusOr<PlanDraft> DraftPlan(const rpc::Call& call, const pb::ImportPlanRequest& request,
                                    const RegisterNames* names, Ids& ids);

// Answers the plan that is there already when it came from the same bytes, or nothing when there is
// none. PLAN_EXISTS.
absl::StatusOr<bool> AnswerExisting(const PlanDraft& draft, feed::View& view,
                                    pb::ImportPlanResponse& response);

// Stores the draft, unless the same bytes are there already. PLAN_EXISTS.
absl::Status StorePlan(const PlanDraft& draft, feed::Tx& tx, pb::ImportPlanResponse& response);

// Answers what StorePlan would, with revision 0 for a new plan. PLAN_EXISTS.
absl::Status PreviewPlan(const PlanDraft& draft, feed::View& view,
                         pb::ImportPlanResponse& response);

}  // namespace duban::task
