#include "services/task/domain/breakdown.h"

#include <functional>

#include "services/common/testing/status_matchers.h"
#include "services/task/domain/limits.h"

namespace duban::task {
namespace {

using testing::IsOk;
using testing::StatusIs;

const std::set<std::string> kAgencies = {"finance", "sci-tech"};

Breakdown Good() {
  return {
      .theme = "科技创新",
      .participants = {{.name = "华东理工大学", .part = "承担单位"}},
      .start_date = "2026-01-01",
      .due_date = "2026-12-31",
      .milestones =
          {{.id = "rules", .title = "印发细则", .due_date = "2026-03-31", .agencies = {"finance"}}},
      .indicators = {
          {.id = "projects", .title = "项目数", .unit = "项", .has_target = true, .target = 10}}};
}

TEST(BreakdownTest, AcceptsAnOrdinaryOne) {
  EXPECT_THAT(CheckBreakdown(Good(), kAgencies), IsOk());
  EXPECT_THAT(CheckBreakdown({}, {}), IsOk());
}

TEST(BreakdownTest, NamesTheFieldAtFault) {
  const auto expect = [](absl::string_view field, const std::function<void(Breakdown&)>& spoil) {
    Breakdown breakdown = Good();
    spoil(breakdown);
    const absl::Status status = CheckBreakdown(breakdown, kAgencies);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_BREAKDOWN")) << field;
    EXPECT_EQ(ErrorMetadata(status)["field"], field);
  };
  expect("theme", [](Breakdown& b) { b.theme = std::string(kMaxThemeChars + 1, 'a'); });
  expect("participants[0].name", [](Breakdown& b) { b.participants[0].name = ""; });
  expect("participants[0].part", [](Breakdown& b) { b.participants[0].part = "\u202e"; });
  expect("participants",
         [](Breakdown& b) { b.participants.resize(kMaxParticipants + 1, {.name = "a"}); });
  expect("start_date", [](Breakdown& b) { b.start_date = "2026-02-30"; });
  expect("due_date", [](Breakdown& b) { b.due_date = "31.12.2026"; });
  expect("milestones", [](Breakdown& b) { b.milestones.resize(kMaxMilestones + 1); });
  expect("milestones[0].id", [](Breakdown& b) { b.milestones[0].id = "Rules"; });
  expect("milestones[1].id", [](Breakdown& b) { b.milestones.push_back(b.milestones[0]); });
  expect("milestones[0].title", [](Breakdown& b) { b.milestones[0].title = " "; });
  expect("milestones[0].due_date", [](Breakdown& b) { b.milestones[0].due_date = ""; });
  expect("milestones[0].weight", [](Breakdown& b) { b.milestones[0].weight = kMaxWeight + 1; });
  expect("milestones[0].weight", [](Breakdown& b) { b.milestones[0].weight = 0; });
  expect("milestones[0].agencies", [](Breakdown& b) { b.milestones[0].agencies = {"police"}; });
  expect("milestones[0].agencies",
         [](Breakdown& b) { b.milestones[0].agencies = {"finance", "finance"}; });
  expect("indicators", [](Breakdown& b) { b.indicators.resize(kMaxIndicators + 1); });
  expect("indicators[1].id", [](Breakdown& b) { b.indicators.push_back(b.indicators[0]); });
  expect("indicators[0].title", [](Breakdown& b) { b.indicators[0].title = ""; });
  expect("indicators[0].unit",
         [](Breakdown& b) { b.indicators[0].unit = std::string(kMaxUnitChars + 1, 'a'); });
  expect("indicators[0].scale", [](Breakdown& b) { b.indicators[0].scale = kMaxScale + 1; });
  expect("indicators[0].baseline",
         [](Breakdown& b) { b.indicators[0].baseline = kMaxIndicatorValue + 1; });
  expect("indicators[0].target",
         [](Breakdown& b) { b.indicators[0].target = -kMaxIndicatorValue - 1; });
  expect("indicators[0].direction", [](Breakdown& b) { b.indicators[0].target = 0; });
  expect("indicators[0].direction", [](Breakdown& b) { b.indicators[0].better = Better::kLess; });
  expect("indicators[0].direction", [](Breakdown& b) { b.indicators[0].direction_known = false; });
  expect("indicators[0].rollup", [](Breakdown& b) { b.indicators[0].rollup_known = false; });
  expect("indicators[0].agencies", [](Breakdown& b) { b.indicators[0].agencies = {"police"}; });
}

TEST(BreakdownTest, DaysStandInOrder) {
  EXPECT_THAT(CheckDays("2026-01-01", "2026-12-31", {"2026-01-01", "2026-12-31"}), IsOk());
  EXPECT_THAT(CheckDays("", "", {"2026-03-31"}), IsOk());
  const auto field = [](const absl::Status& status) { return ErrorMetadata(status)["field"]; };
  EXPECT_EQ(field(CheckDays("2026-12-31", "2026-01-01", {})), "due_date");
  EXPECT_EQ(field(CheckDays("2026-01-02", "", {"2026-01-01"})), "milestones[0].due_date");
  EXPECT_EQ(field(CheckDays("", "2026-01-01", {"2026-01-01", "2026-01-02"})),
            "milestones[1].due_date");
}

}  // namespace
}  // namespace duban::task
