// Who takes part, as a person decides it: unresolved units and removals.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "duban/task/v1/task_service.pb.h"
#include "services/common/base/names.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"

namespace duban::task {

namespace pb = duban::task::v1;

// The agency in the copy of the register, if assignments can be given to it. INVALID_NAME,
// AGENCY_NOT_FOUND, COLLECTIVE_UNIT.
absl::StatusOr<AgencyName> FindAgency(absl::string_view name, feed::View& view);

// The unit's part becomes the agency's; an agency that is in the task already has both. In an
// issued task the agency is issued to at once, as an assignment is in force by its task's state.
absl::Status ResolveUnit(const rpc::Call& call, const pb::ResolveUnitRequest& request, feed::Tx& tx,
                         pb::Assignment& response);
// Removing an agency that the office removed answers it unchanged; one that an edition removed stays
// out of later editions then.
absl::Status RemoveUnit(const rpc::Call& call, const pb::RemoveUnitRequest& request, feed::Tx& tx,
                        pb::Assignment& response);

}  // namespace duban::task
