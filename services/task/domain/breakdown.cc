#include "services/task/domain/breakdown.h"

#include "absl/strings/str_cat.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/domain/fields/fields.h"
#include "services/task/domain/limits.h"

namespace duban::task {
namespace {

absl::Status CheckText(const std::string& field, absl::string_view text,
                       const fields::TextRule& rule) {
  auto fault = fields::TextFault(text, rule);
  return fault ? InvalidBreakdown(field, *fault) : absl::OkStatus();
}

absl::Status CheckDay(const std::string& field, absl::string_view day) {
  return fields::IsDay(day) ? absl::OkStatus()
                            : InvalidBreakdown(field, "is not a day as YYYY-MM-DD");
}

absl::Status CheckCount(const std::string& field, size_t count, int limit) {
  if (count <= static_cast<size_t>(limit)) return absl::OkStatus();
  return InvalidBreakdown(field, absl::StrCat("has ", count, " entries; at most ", limit));
}

absl::Status CheckId(const std::string& field, const std::string& id, std::set<std::string>& seen) {
  if (!IsValidId(id)) return InvalidBreakdown(field, "is not 1 to 40 characters of a-z, 0-9 and -");
  if (!seen.insert(id).second) return InvalidBreakdown(field, "is there twice");
  return absl::OkStatus();
}

absl::Status CheckAgencies(const std::string& field, const std::vector<std::string>& named,
                           const std::set<std::string>& agencies) {
  std::set<std::string> seen;
  for (const std::string& agency : named) {
    if (!agencies.contains(agency))
      return InvalidBreakdown(field, absl::StrCat("has ", agency, ", not an agency of the task"));
    if (!seen.insert(agency).second)
      return InvalidBreakdown(field, absl::StrCat("has ", agency, " twice"));
  }
  return absl::OkStatus();
}

absl::Status CheckMilestone(const std::string& at, const MilestoneValue& milestone,
                            const std::set<std::string>& agencies) {
  DUBAN_RETURN_IF_ERROR(
      CheckText(at + ".title", milestone.title, {.max_chars = kMaxTitleChars, .required = true}));
  DUBAN_RETURN_IF_ERROR(CheckDay(at + ".due_date", milestone.due_date));
  if (milestone.weight < 1 || milestone.weight > kMaxWeight) {
    return InvalidBreakdown(at + ".weight", absl::StrCat("is not 1 to ", kMaxWeight));
  }
  return CheckAgencies(at + ".agencies", milestone.agencies, agencies);
}

bool IsIndicatorValue(int64_t value) {
  return value >= -kMaxIndicatorValue && value <= kMaxIndicatorValue;
}

// The way from the baseline to the target says what is better; where there is none it must be said.
absl::Status CheckDirection(const std::string& at, const IndicatorValue& indicator) {
  const std::string field = at + ".direction";
  if (!indicator.direction_known) return InvalidBreakdown(field, "is not known");
  if (!indicator.has_target) return absl::OkStatus();
  if (indicator.target == indicator.baseline && indicator.better == Better::kUnsaid) {
    return InvalidBreakdown(field, "is needed, because the target is the baseline");
  }
  const bool upwards = indicator.target > indicator.baseline;
  const bool downwards = indicator.target < indicator.baseline;
  if ((upwards && indicator.better == Better::kLess) ||
      (downwards && indicator.better == Better::kMore)) {
    return InvalidBreakdown(field, "is against the way from the baseline to the target");
  }
  return absl::OkStatus();
}

absl::Status CheckIndicator(const std::string& at, const IndicatorValue& indicator,
                            const std::set<std::string>& agencies) {
  DUBAN_RETURN_IF_ERROR(
      CheckText(at + ".title", indicator.title, {.max_chars = kMaxTitleChars, .required = true}));
  DUBAN_RETURN_IF_ERROR(CheckText(at + ".unit", indicator.unit, {.max_chars = kMaxUnitChars}));
  if (indicator.scale < 0 || indicator.scale > kMaxScale) {
    return InvalidBreakdown(at + ".scale", absl::StrCat("is not 0 to ", kMaxScale));
  }
  if (!IsIndicatorValue(indicator.baseline))
    return InvalidBreakdown(at + ".baseline", "is out of range");
  if (!IsIndicatorValue(indicator.target))
    return InvalidBreakdown(at + ".target", "is out of range");
  DUBAN_RETURN_IF_ERROR(CheckDirection(at, indicator));
  if (!indicator.rollup_known) return InvalidBreakdown(at + ".rollup", "is not known");
  return CheckAgencies(at + ".agencies", indicator.agencies, agencies);
}

absl::Status CheckParticipants(const std::vector<ParticipantValue>& participants) {
  DUBAN_RETURN_IF_ERROR(CheckCount("participants", participants.size(), kMaxParticipants));
  for (size_t i = 0; i < participants.size(); ++i) {
    const std::string at = absl::StrCat("participants[", i, "]");
    DUBAN_RETURN_IF_ERROR(CheckText(at + ".name", participants[i].name,
                                    {.max_chars = kMaxNameChars, .required = true}));
    DUBAN_RETURN_IF_ERROR(
        CheckText(at + ".part", participants[i].part, {.max_chars = kMaxNameChars}));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status InvalidBreakdown(absl::string_view field, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_BREAKDOWN",
                   absl::StrCat(field, " ", why),
                   {{"field", std::string(field)}, {"why", std::string(why)}});
}

absl::Status CheckBreakdown(const Breakdown& given, const std::set<std::string>& agencies) {
  DUBAN_RETURN_IF_ERROR(CheckText("theme", given.theme, {.max_chars = kMaxThemeChars}));
  DUBAN_RETURN_IF_ERROR(CheckParticipants(given.participants));
  if (!given.start_date.empty()) DUBAN_RETURN_IF_ERROR(CheckDay("start_date", given.start_date));
  if (!given.due_date.empty()) DUBAN_RETURN_IF_ERROR(CheckDay("due_date", given.due_date));
  DUBAN_RETURN_IF_ERROR(CheckCount("milestones", given.milestones.size(), kMaxMilestones));
  std::set<std::string> seen;
  for (size_t i = 0; i < given.milestones.size(); ++i) {
    const std::string at = absl::StrCat("milestones[", i, "]");
    DUBAN_RETURN_IF_ERROR(CheckId(at + ".id", given.milestones[i].id, seen));
    DUBAN_RETURN_IF_ERROR(CheckMilestone(at, given.milestones[i], agencies));
  }
  DUBAN_RETURN_IF_ERROR(CheckCount("indicators", given.indicators.size(), kMaxIndicators));
  seen.clear();
  for (size_t i = 0; i < given.indicators.size(); ++i) {
    const std::string at = absl::StrCat("indicators[", i, "]");
    DUBAN_RETURN_IF_ERROR(CheckId(at + ".id", given.indicators[i].id, seen));
    DUBAN_RETURN_IF_ERROR(CheckIndicator(at, given.indicators[i], agencies));
  }
  return absl::OkStatus();
}

absl::Status CheckDays(absl::string_view start_date, absl::string_view due_date,
                       const std::vector<std::string>& milestone_days) {
  if (!start_date.empty() && !due_date.empty() && due_date < start_date) {
    return InvalidBreakdown("due_date", "is before start_date");
  }
  for (size_t i = 0; i < milestone_days.size(); ++i) {
    const std::string field = absl::StrCat("milestones[", i, "].due_date");
    if (!start_date.empty() && milestone_days[i] < start_date)
      return InvalidBreakdown(field, "is before start_date");
    if (!due_date.empty() && milestone_days[i] > due_date)
      return InvalidBreakdown(field, "is after due_date");
  }
  return absl::OkStatus();
}

}  // namespace duban::task
