#include "services/domain/report/period.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/common/base/status.h"

namespace duban::report {
namespace {

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 9998;  // so that the next period's year still has four digits

// The Monday of ISO week 1: the week that holds 4 January.
absl::CivilDay FirstMonday(absl::civil_year_t year) {
  const absl::CivilDay fourth(year, 1, 4);
  return fourth - static_cast<int>(absl::GetWeekday(fourth));
}

int WeeksOf(int year) { return static_cast<int>((FirstMonday(year + 1) - FirstMonday(year)) / 7); }

int CountOf(Cycle cycle, int year) {
  switch (cycle) {
    case Cycle::kWeekly:
      return WeeksOf(year);
    case Cycle::kMonthly:
      return 12;
    case Cycle::kQuarterly:
      return 4;
    case Cycle::kHalfYearly:
      return 2;
    case Cycle::kYearly:
      return 1;
  }
  return 1;
}

int MonthsOf(Cycle cycle) { return 12 / CountOf(cycle, kFirstYear); }

// The number that `digits`, nothing but digits, stand for; -1 for anything else.
int Digits(absl::string_view digits) {
  int value = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return digits.empty() ? -1 : value;
}

}  // namespace

absl::Status InvalidPeriod(absl::string_view period) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_PERIOD",
                   absl::StrCat("\"", period, "\" is not a reporting period of this plan"),
                   {{"period", std::string(period)}});
}

absl::Status FuturePeriod(const Period& period) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "FUTURE_PERIOD",
                   absl::StrCat("period ", period.ToString(), " has not begun"),
                   {{"period", period.ToString()}});
}

absl::StatusOr<Period> Period::Parse(absl::string_view text) {
  const int year = Digits(text.substr(0, 4));
  if (text.size() < 4 || year < kFirstYear || year > kLastYear) return InvalidPeriod(text);
  absl::string_view rest = text.substr(4);
  if (rest.empty()) return Period(Cycle::kYearly, year, 1);
  if (rest.size() < 3 || rest[0] != '-') return InvalidPeriod(text);
  Cycle cycle = Cycle::kMonthly;
  size_t digits = 2;
  rest.remove_prefix(1);
  if (rest[0] == 'W') cycle = Cycle::kWeekly;
  if (rest[0] == 'Q') cycle = Cycle::kQuarterly, digits = 1;
  if (rest[0] == 'H') cycle = Cycle::kHalfYearly, digits = 1;
  if (cycle != Cycle::kMonthly) rest.remove_prefix(1);
  const int index = Digits(rest);
  if (rest.size() != digits || index < 1 || index > CountOf(cycle, year)) {
    return InvalidPeriod(text);
  }
  return Period(cycle, year, index);
}

Period Period::OfDay(Cycle cycle, absl::CivilDay day) {
  if (cycle == Cycle::kWeekly) {
    // A week belongs to the year in which its Thursday lies.
    const absl::CivilDay monday = day - static_cast<int>(absl::GetWeekday(day));
    const absl::civil_year_t year = (monday + 3).year();
    return Period(cycle, static_cast<int>(year),
                  static_cast<int>((monday - FirstMonday(year)) / 7) + 1);
  }
  return Period(cycle, static_cast<int>(day.year()), (day.month() - 1) / MonthsOf(cycle) + 1);
}

Period Period::Containing(Cycle cycle, absl::Time time, absl::TimeZone zone) {
  return OfDay(cycle, absl::ToCivilDay(time, zone));
}

std::string Period::ToString() const {
  switch (cycle_) {
    case Cycle::kWeekly:
      return absl::StrFormat("%04d-W%02d", year_, index_);
    case Cycle::kMonthly:
      return absl::StrFormat("%04d-%02d", year_, index_);
    case Cycle::kQuarterly:
      return absl::StrFormat("%04d-Q%d", year_, index_);
    case Cycle::kHalfYearly:
      return absl::StrFormat("%04d-H%d", year_, index_);
    case Cycle::kYearly:
      return absl::StrFormat("%04d", year_);
  }
  return "";
}

absl::CivilDay Period::first_day() const {
  if (cycle_ == Cycle::kWeekly) return FirstMonday(year_) + 7 * (index_ - 1);
  return absl::CivilDay(year_, (index_ - 1) * MonthsOf(cycle_) + 1, 1);
}

absl::CivilDay Period::day_after() const {
  if (cycle_ == Cycle::kWeekly) return first_day() + 7;
  // Months past 12 carry into the year.
  return absl::CivilDay(year_, index_ * MonthsOf(cycle_) + 1, 1);
}

absl::Time Period::Start(absl::TimeZone zone) const { return absl::FromCivil(first_day(), zone); }

absl::Time Period::End(absl::TimeZone zone) const { return absl::FromCivil(day_after(), zone); }

Period Period::Previous() const { return OfDay(cycle_, first_day() - 1); }

Period Period::Next() const { return OfDay(cycle_, day_after()); }

}  // namespace duban::report
