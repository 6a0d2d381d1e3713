#include "services/domain/report/period.h"

#include <gtest/gtest.h>

#include "services/common/base/status.h"

namespace duban::report {
namespace {

absl::TimeZone Shanghai() {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone("Asia/Shanghai", &zone));
  return zone;
}

TEST(PeriodTest, ReadsAndWritesEveryCycle) {
  for (const char* text :
       {"2026-11", "2026-W47", "2026-W01", "2026-W53", "2026-Q4", "2026-H1", "2026"}) {
    auto period = Period::Parse(text);
    ASSERT_TRUE(period.ok()) << text;
    EXPECT_EQ(period->ToString(), text);
  }
}

TEST(PeriodTest, RefusesWhatIsNotInTheCalendar) {
  for (const char* text : {"",         "26",       "2026-",    "2026-00",  "2026-13", "2026-1",
                           "2026-011", "2026-W00", "2026-W54", "2027-W53", "2026-Q0", "2026-Q5",
                           "2026-Q04", "2026-H3",  "2026-w47", "1899",     "9999",    "2026-11 ",
                           " 2026-11", "-026-11",  "2026-1a",  "２０２６"}) {
    auto period = Period::Parse(text);
    ASSERT_FALSE(period.ok()) << text;
    EXPECT_EQ(period.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorReason(period.status()), "INVALID_PERIOD");
    EXPECT_EQ(ErrorMetadata(period.status()), (Metadata{{"period", text}}));
  }
}

TEST(PeriodTest, BeginsAtMidnightAndEndsAtTwentyFourInTheZoneOfThePlan) {
  auto month = *Period::Parse("2026-11");
  EXPECT_EQ(month.Start(Shanghai()),
            absl::FromCivil(absl::CivilSecond(2026, 10, 31, 16), absl::UTCTimeZone()));
  EXPECT_EQ(month.End(Shanghai()),
            absl::FromCivil(absl::CivilSecond(2026, 11, 30, 16), absl::UTCTimeZone()));
  EXPECT_EQ(Period::Parse("2026-H2")->day_after(), absl::CivilDay(2027, 1, 1));
  EXPECT_EQ(Period::Parse("2026-Q2")->first_day(), absl::CivilDay(2026, 4, 1));
}

TEST(PeriodTest, WeeksAreIsoWeeks) {
  EXPECT_EQ(Period::Parse("2026-W01")->first_day(), absl::CivilDay(2025, 12, 29));
  EXPECT_EQ(Period::Parse("2026-W53")->day_after(), absl::CivilDay(2027, 1, 4));
  const absl::Time new_year = absl::FromCivil(absl::CivilDay(2027, 1, 1), Shanghai());
  EXPECT_EQ(Period::Containing(Cycle::kWeekly, new_year, Shanghai()).ToString(), "2026-W53");
}

TEST(PeriodTest, EveryPeriodHoldsItsOwnStartAndMeetsItsNeighbours) {
  for (Cycle cycle :
       {Cycle::kWeekly, Cycle::kMonthly, Cycle::kQuarterly, Cycle::kHalfYearly, Cycle::kYearly}) {
    Period period = Period::Containing(
        cycle, absl::FromCivil(absl::CivilDay(2019, 12, 30), Shanghai()), Shanghai());
    for (int i = 0; i < 120; ++i) {
      EXPECT_EQ(*Period::Parse(period.ToString()), period);
      EXPECT_EQ(Period::Containing(cycle, period.Start(Shanghai()), Shanghai()), period);
      EXPECT_EQ(period.Next().Start(Shanghai()), period.End(Shanghai()));
      EXPECT_EQ(period.Next().Previous(), period);
      period = period.Next();
    }
  }
}

TEST(PeriodTest, IsFutureUntilItsFirstInstant) {
  const Period month = *Period::Parse("2026-12");
  const absl::Time start = month.Start(Shanghai());
  EXPECT_TRUE(month.IsFuture(start - absl::Nanoseconds(1), Shanghai()));
  EXPECT_FALSE(month.IsFuture(start, Shanghai()));
}

}  // namespace
}  // namespace duban::report
