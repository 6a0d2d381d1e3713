#include "services/task/domain/plan_rules.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/common/base/status.h"
#include "services/domain/fields/fields.h"
#include "services/task/domain/limits.h"

namespace duban::task {

absl::Status PlanNotFound(absl::string_view name) {
  return MakeError(absl::StatusCode::kNotFound, "PLAN_NOT_FOUND",
                   absl::StrCat("there is no ", name), {{"name", std::string(name)}});
}

absl::Status PlanExists(absl::string_view name, absl::string_view sha256, int edition) {
  return MakeError(
      absl::StatusCode::kAlreadyExists, "PLAN_EXISTS",
      absl::StrCat(name, " is there, as edition ", edition, " from bytes with SHA-256 ", sha256,
                   "; look at what this one would change with validate_only, then import it with "
                   "that difference's etag"),
      {{"name", std::string(name)},
       {"sha256", std::string(sha256)},
       {"edition", absl::StrCat(edition)}});
}

absl::Status DifferenceChanged(absl::string_view name, absl::string_view etag) {
  return MakeError(absl::StatusCode::kAborted, "CHANGED_SINCE",
                   absl::StrCat("what the edition would change in ", name,
                                " is no longer what was shown as ", etag, "; look at it again"),
                   {{"name", std::string(name)}, {"etag", std::string(etag)}});
}

absl::Status EditionNotFound(absl::string_view name, int edition) {
  return MakeError(absl::StatusCode::kNotFound, "EDITION_NOT_FOUND",
                   absl::StrCat(name, " has no edition ", edition),
                   {{"name", std::string(name)}, {"edition", absl::StrCat(edition)}});
}

absl::Status InvalidDecision(absl::string_view field, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_DECISION",
                   absl::StrCat(field, " ", why),
                   {{"field", std::string(field)}, {"why", std::string(why)}});
}

absl::Status InvalidPlanId(absl::string_view id) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_PLAN_ID",
                   "a plan's id is 1 to 40 characters of a-z, 0-9 and -",
                   {{"plan_id", std::string(id)}});
}

absl::Status InvalidTimeZone(absl::string_view zone) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_TIME_ZONE",
                   "no such IANA time zone", {{"time_zone", std::string(zone)}});
}

absl::Status InvalidCycle(int cycle) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_CYCLE",
                   absl::StrCat("reporting cycle ", cycle, " is not known"),
                   {{"reporting_cycle", absl::StrCat(cycle)}});
}

absl::Status TooManyTasks(size_t tasks) {
  return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_TASKS",
                   absl::StrCat(tasks, " tasks in one plan; at most ", kMaxTasksPerPlan),
                   {{"tasks", absl::StrCat(tasks)}, {"limit", absl::StrCat(kMaxTasksPerPlan)}});
}

absl::Status TooManyIndicators(int64_t bytes) {
  return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_INDICATORS",
                   absl::StrCat("the tables of figures of one plan hold ", bytes,
                                " bytes; at most ", kMaxIndicatorBytes),
                   {{"bytes", absl::StrCat(bytes)}, {"limit", absl::StrCat(kMaxIndicatorBytes)}});
}

absl::Status RegisterNotReady() {
  return MakeError(absl::StatusCode::kUnavailable, "REGISTER_NOT_READY",
                   "the agency register was not read yet; try again later");
}

std::string DayOf(absl::string_view deadline) {
  for (const absl::string_view before : {"以前", "之前", "前"}) {
    if (absl::ConsumeSuffix(&deadline, before)) break;
  }
  const std::string text =
      absl::StrReplaceAll(deadline, {{"年", "-"}, {"月", "-"}, {"日", ""}, {".", "-"}, {"/", "-"}});
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '-');
  int year = 0, month = 0, day = 0;
  const bool numbers = parts.size() == 3 && absl::SimpleAtoi(parts[0], &year) &&
                       absl::SimpleAtoi(parts[1], &month) && absl::SimpleAtoi(parts[2], &day);
  if (!numbers) return "";
  const std::string iso = absl::StrFormat("%04d-%02d-%02d", year, month, day);
  return fields::IsDay(iso) ? iso : "";
}

bool IsZoneName(absl::string_view zone) {
  return !zone.empty() && zone.size() <= 64 &&
         absl::ascii_isalpha(static_cast<unsigned char>(zone.front())) &&
         std::all_of(zone.begin(), zone.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '+' ||
                  c == '-' || c == '/';
         });
}

absl::Status CheckReason(absl::string_view reason) {
  if (fields::IsBlank(reason)) {
    return MakeError(absl::StatusCode::kInvalidArgument, "REASON_REQUIRED",
                     "a decision needs a reason");
  }
  if (auto why = fields::TextFault(reason, {.max_chars = kMaxReasonChars, .lines = true})) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_REASON",
                     absl::StrCat("the reason ", *why), {{"why", *why}});
  }
  return absl::OkStatus();
}

}  // namespace duban::task
