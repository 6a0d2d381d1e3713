#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

// Reporting periods: intervals of a plan's calendar in the plan's time zone (domain.md §4).
namespace duban::report {

// How often agencies report.
enum class Cycle { kWeekly, kMonthly, kQuarterly, kHalfYearly, kYearly };

// One interval. Only Parse and Containing make one, so that every Period exists in the calendar.
class Period {
 public:
  // Reads `2026-11`, `2026-W47` (ISO week), `2026-Q4`, `2026-H1` or `2026`; years 1900 to 9998.
  // INVALID_ARGUMENT / INVALID_PERIOD for anything else.
  static absl::StatusOr<Period> Parse(absl::string_view text);

  // The period of `cycle` in which `time` lies.
  static Period Containing(Cycle cycle, absl::Time time, absl::TimeZone zone);

  std::string ToString() const;  // exactly what Parse reads
  Cycle cycle() const { return cycle_; }

  absl::CivilDay first_day() const;
  absl::CivilDay day_after() const;  // the first day that is no longer in it

  absl::Time Start(absl::TimeZone zone) const;  // 00:00 of the first day
  absl::Time End(
      absl::TimeZone zone) const;  // 24:00 of the last day, which is the next one's start

  // True while its start is after `now`: nothing can be reported about it yet.
  bool IsFuture(absl::Time now, absl::TimeZone zone) const { return Start(zone) > now; }

  Period Previous() const;
  Period Next() const;

  friend bool operator==(const Period& a, const Period& b) {
    return a.cycle_ == b.cycle_ && a.year_ == b.year_ && a.index_ == b.index_;
  }

 private:
  Period(Cycle cycle, int year, int index) : cycle_(cycle), year_(year), index_(index) {}
  static Period OfDay(Cycle cycle, absl::CivilDay day);

  Cycle cycle_;
  int year_;   // of a week: its ISO year
  int index_;  // week, month, quarter or half from 1; 1 for a year
};

// INVALID_ARGUMENT / INVALID_PERIOD {period}.
absl::Status InvalidPeriod(absl::string_view period);

// FAILED_PRECONDITION / FUTURE_PERIOD {period}.
absl::Status FuturePeriod(const Period& period);

}  // namespace duban::report
