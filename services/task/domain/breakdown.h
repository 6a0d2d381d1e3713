#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// What the office adds to a task after import.
namespace duban::task {

struct ParticipantValue {
  std::string name, part;
};

struct MilestoneValue {
  std::string id, title;
  std::string due_date;  // YYYY-MM-DD
  int64_t weight = 1;
  std::vector<std::string> agencies;  // ids; empty: all of the task
};

enum class Better { kUnsaid, kMore, kLess };

struct IndicatorValue {
  std::string id, title, unit;
  int scale = 0;
  int64_t baseline = 0;
  bool has_target = false;
  int64_t target = 0;
  bool rollup_known = true;
  bool direction_known = true;
  Better better = Better::kUnsaid;
  std::vector<std::string> agencies;  // ids; empty: all of the task
};

// Parts that are empty are not given. Days are YYYY-MM-DD.
struct Breakdown {
  std::string theme;
  std::vector<ParticipantValue> participants;
  std::string start_date, due_date;
  std::vector<MilestoneValue> milestones;
  std::vector<IndicatorValue> indicators;
};

// INVALID_ARGUMENT / INVALID_BREAKDOWN {field, why}; `field` is a path such as
// "milestones[2].due_date".
absl::Status InvalidBreakdown(absl::string_view field, absl::string_view why);

// Checks the given parts by themselves. `agencies`: ids of the agencies that the task has.
// INVALID_BREAKDOWN.
absl::Status CheckBreakdown(const Breakdown& given, const std::set<std::string>& agencies);

// Checks the days of the whole task once the parts are in place: start, milestones and due in this
// order. INVALID_BREAKDOWN.
absl::Status CheckDays(absl::string_view start_date, absl::string_view due_date,
                       const std::vector<std::string>& milestone_days);

}  // namespace duban::task
