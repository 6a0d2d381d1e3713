#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "duban/node/v1/node.pb.h"
#include "services/common/base/names.h"
#include "services/common/feed/store.h"
#include "services/domain/report/assignment.h"
#include "services/domain/report/version.h"

// Assignments as the node knows them.
namespace duban::node {

// The mandate, the hub's state, the newest report and what waits. PERMISSION_DENIED / NOT_ALLOWED
// when the hub never sent it.
absl::StatusOr<duban::node::v1::NodeAssignment> LoadAssignment(feed::View& view,
                                                               const AssignmentName& name);

// A page of them, in the order of their names.
absl::StatusOr<std::string> PageOfAssignments(
    feed::View& view, int page_size, absl::string_view page_token,
    google::protobuf::RepeatedPtrField<duban::node::v1::NodeAssignment>* out);

absl::StatusOr<int> CountAssignments(feed::View& view);

// OK when the agency may do `verb` now, by what the hub said last and what was said to it since.
// FAILED_PRECONDITION / ILLEGAL_TRANSITION.
absl::Status CheckVerb(feed::View& view, const duban::node::v1::NodeAssignment& assignment,
                       report::AssignmentVerb verb);

// State of the last version of the period, one that is on its way included; nullopt when there is
// none.
absl::StatusOr<std::optional<report::VersionState>> LastVersion(feed::View& view,
                                                                absl::string_view assignment,
                                                                absl::string_view period);

}  // namespace duban::node
