#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "duban/reporting/v1/reporting.pb.h"
#include "services/common/base/names.h"
#include "services/common/feed/store.h"
#include "services/domain/report/assignment.h"

namespace duban::reporting {

// An assignment that was issued: what is asked, and what came of it.
struct IssuedAssignment {
  AssignmentName name;
  duban::reporting::v1::Mandate mandate;
  duban::reporting::v1::AssignmentStatus status;
};

// NOT_FOUND / ASSIGNMENT_NOT_FOUND when it was never issued.
absl::StatusOr<IssuedAssignment> LoadAssignment(feed::View& view, const AssignmentName& name);

absl::Status AssignmentNotFound(const AssignmentName& name);

// Moves the state by `verb` and notes who did it; the caller sets what else changes and stores it
// by Save. FAILED_PRECONDITION / ILLEGAL_TRANSITION.
absl::Status Move(feed::Tx& tx, IssuedAssignment& assignment, report::AssignmentVerb verb,
                  const std::string& actor);
absl::Status Save(feed::Tx& tx, IssuedAssignment& assignment);

// The newest version of the period, or nullopt.
absl::StatusOr<std::optional<duban::reporting::v1::Report>> NewestVersion(
    feed::View& view, const AssignmentName& name, absl::string_view period);

}  // namespace duban::reporting
