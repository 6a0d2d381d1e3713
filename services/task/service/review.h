// What persons decided about the doubts of a plan's text, as a request brings it and a plan keeps
// it.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "duban/task/v1/task_service.pb.h"
#include "services/common/base/names.h"
#include "services/common/feed/store.h"
#include "services/domain/plantext/review.h"

namespace duban::task {

namespace pb = duban::task::v1;

// Checks the decisions of a request by themselves. INVALID_DECISION.
absl::Status CheckDecisions(const pb::ImportPlanRequest& request);

// Those that the plan has recorded, oldest first; none where there is no such plan.
absl::StatusOr<std::vector<pb::ReviewDecision>> RecordedDecisions(const PlanName& plan,
                                                                  feed::View& view);

// Those of the request that say something new beside the recorded ones; of several for one doubt
// the last. INVALID_DECISION when the
// plan would have too many, AGENCY_NOT_FOUND, COLLECTIVE_UNIT.
absl::StatusOr<std::vector<pb::ReviewDecision>> NewDecisions(
    const pb::ImportPlanRequest& request, absl::Span<const pb::ReviewDecision> recorded,
    feed::View& view);

// As the reader's library takes them; it knows nothing of other editions.
std::vector<plantext::Decision> DecisionsOf(absl::Span<const pb::ReviewDecision> decisions);

}  // namespace duban::task
