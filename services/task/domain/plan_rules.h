#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace duban::task {

// NOT_FOUND / PLAN_NOT_FOUND {name}.
absl::Status PlanNotFound(absl::string_view name);
// ALREADY_EXISTS / PLAN_EXISTS {name, sha256, edition}: as that edition, from bytes of that hash.
absl::Status PlanExists(absl::string_view name, absl::string_view sha256, int edition);
// ABORTED / CHANGED_SINCE {name, etag}: what the edition does is not what was shown under `etag`.
absl::Status DifferenceChanged(absl::string_view name, absl::string_view etag);
// NOT_FOUND / EDITION_NOT_FOUND {name, edition}.
absl::Status EditionNotFound(absl::string_view name, int edition);
// INVALID_ARGUMENT / INVALID_DECISION {field, why}; `field` is a path such as
// "decisions[2].agency".
absl::Status InvalidDecision(absl::string_view field, absl::string_view why);
// INVALID_ARGUMENT / INVALID_PLAN_ID {plan_id}.
absl::Status InvalidPlanId(absl::string_view id);
// INVALID_ARGUMENT / INVALID_TIME_ZONE {time_zone}.
absl::Status InvalidTimeZone(absl::string_view zone);
// INVALID_ARGUMENT / INVALID_CYCLE {reporting_cycle}.
absl::Status InvalidCycle(int cycle);
// RESOURCE_EXHAUSTED / TOO_MANY_TASKS {tasks, limit}.
absl::Status TooManyTasks(size_t tasks);
// RESOURCE_EXHAUSTED / TOO_MANY_INDICATORS {bytes, limit}.
absl::Status TooManyIndicators(int64_t bytes);
// UNAVAILABLE / REGISTER_NOT_READY.
absl::Status RegisterNotReady();

// A zone's name as IANA writes it, `Area/City` or `UTC`: letters, digits, `_`, `+`, `-`, and `/`
// between parts. Nothing that a loader of zones could take for a path.
bool IsZoneName(absl::string_view zone);

// The day, `YYYY-MM-DD`, that a printed deadline is when it is a full day: "2027年12月31日前",
// "2027.12.31", "2027-12-31"; else empty.
std::string DayOf(absl::string_view deadline);

// A decision needs a reason: REASON_REQUIRED; one that is too long or has control characters:
// INVALID_REASON {why}.
absl::Status CheckReason(absl::string_view reason);

}  // namespace duban::task
