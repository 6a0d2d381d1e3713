#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// The life of a version of a report. Versions are only ever added; a returned or reopened one is
// followed by the next.
namespace duban::report {

enum class VersionState { kSubmitted, kAccepted, kReturned, kReopened };

enum class VersionVerb { kAccept, kReturn, kReopen };

absl::string_view ToString(VersionState state);  // "SUBMITTED"

// The state after a review. FAILED_PRECONDITION / ILLEGAL_TRANSITION {from, to}.
absl::StatusOr<VersionState> Review(VersionState from, VersionVerb verb);

// Whether a period whose last version stands at `last` (nullopt: has none) takes another one: not
// while one waits for review or is accepted. FAILED_PRECONDITION / ILLEGAL_TRANSITION {from, to:
// SUBMITTED}.
absl::Status CheckNewVersion(std::optional<VersionState> last);

}  // namespace duban::report
