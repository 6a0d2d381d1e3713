#include "services/reporting/service/assignments.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/feed/messages.h"
#include "services/reporting/service/convert.h"
#include "services/reporting/service/keys.h"

namespace duban::reporting {

using duban::reporting::v1::AssignmentStatus;
using duban::reporting::v1::Mandate;
using duban::reporting::v1::Report;

absl::Status AssignmentNotFound(const AssignmentName& name) {
  return MakeError(absl::StatusCode::kNotFound, "ASSIGNMENT_NOT_FOUND",
                   absl::StrCat(name.ToString(), " was never issued"), {{"name", name.ToString()}});
}

absl::StatusOr<IssuedAssignment> LoadAssignment(feed::View& view, const AssignmentName& name) {
  DUBAN_ASSIGN_OR_RETURN(auto status, feed::GetMessage<AssignmentStatus>(view, name.ToString()));
  if (!status) return AssignmentNotFound(name);
  // A removed assignment may have lost its mandate; then nothing but its state is left.
  DUBAN_ASSIGN_OR_RETURN(auto mandate, feed::GetMessage<Mandate>(view, MandateKey(name)));
  return IssuedAssignment{name, mandate.value_or(Mandate()), *std::move(status)};
}

absl::Status Move(feed::Tx& tx, IssuedAssignment& assignment, report::AssignmentVerb verb,
                  const std::string& actor) {
  DUBAN_ASSIGN_OR_RETURN(const auto next,
                         report::ApplyInTask(FromProto(assignment.mandate.task().state()),
                                             FromProto(assignment.status.state()), verb));
  assignment.status.set_state(ToProto(next));
  assignment.status.set_actor(actor);
  *assignment.status.mutable_update_time() = feed::ToTimestamp(tx.now());
  return absl::OkStatus();
}

absl::Status Save(feed::Tx& tx, IssuedAssignment& assignment) {
  return feed::PutMessage(tx, assignment.status, assignment.name.plan, assignment.name.agency);
}

absl::StatusOr<std::optional<Report>> NewestVersion(feed::View& view, const AssignmentName& name,
                                                    absl::string_view period) {
  std::optional<Report> newest;
  const std::string prefix = absl::StrCat(ReportName{name, std::string(period)}.ToString(), "@");
  DUBAN_RETURN_IF_ERROR(
      feed::ScanMessages<Report>(view, {.prefix = prefix}, [&](const Report& version) {
        if (!newest || newest->version() < version.version()) newest = version;
        return true;
      }));
  return newest;
}

}  // namespace duban::reporting
