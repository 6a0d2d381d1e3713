#include "services/domain/report/version.h"

#include "services/domain/report/assignment.h"

namespace duban::report {

absl::string_view ToString(VersionState state) {
  switch (state) {
    case VersionState::kSubmitted:
      return "SUBMITTED";
    case VersionState::kAccepted:
      return "ACCEPTED";
    case VersionState::kReturned:
      return "RETURNED";
    case VersionState::kReopened:
      return "REOPENED";
  }
  return "";
}

absl::StatusOr<VersionState> Review(VersionState from, VersionVerb verb) {
  const VersionState to = verb == VersionVerb::kAccept   ? VersionState::kAccepted
                          : verb == VersionVerb::kReturn ? VersionState::kReturned
                                                         : VersionState::kReopened;
  const VersionState needed =
      verb == VersionVerb::kReopen ? VersionState::kAccepted : VersionState::kSubmitted;
  if (from != needed) return IllegalTransition(ToString(from), ToString(to));
  return to;
}

absl::Status CheckNewVersion(std::optional<VersionState> last) {
  if (!last || *last == VersionState::kReturned || *last == VersionState::kReopened) {
    return absl::OkStatus();
  }
  return IllegalTransition(ToString(*last), ToString(VersionState::kSubmitted));
}

}  // namespace duban::report
