#include "services/cli/board_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/str_split.h"
#include "google/protobuf/text_format.h"
#include "nlohmann/json.hpp"
#include "services/cli/plan_parse/display_width.h"
#include "services/common/testing/status_matchers.h"

namespace duban::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kGolden[] = "services/cli/testdata/board.txt";

duban::gateway::v1::PlanProgress Plan() {
  duban::gateway::v1::PlanProgress plan;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        plan: "plans/xuhui"
        title: "徐汇联动创新区建设方案"
        time_zone: "Asia/Shanghai"
        assignment_count: 3
        progress {
          reported {
            basis_points: 4250
            with_data: 1
            total: 2
            oldest_input_time { seconds: 1790000000 }
          }
          accepted { basis_points: 2000 with_data: 1 total: 2 }
        }
        tasks {
          task: "plans/xuhui/tasks/t-1"
          number: "1"
          title: "深化财政科研项目经费“包干制”试点"
          due_date: "2026-12-31"
          state: BOARD_STATE_IN_PROGRESS
          progress {
            reported { basis_points: 8500 with_data: 2 total: 2 }
            accepted { basis_points: 4000 with_data: 1 total: 2 }
          }
          assignments {
            assignment: "plans/xuhui/tasks/t-1/assignments/sci-tech"
            agency: "agencies/sci-tech"
            agency_name: "市科委"
            task_number: "1"
            state: ASSIGNMENT_STATE_ACTIVE
            report: "r@1"
            progress { reported { basis_points: 8000 with_data: 1 total: 1 } }
          }
          assignments {
            assignment: "plans/xuhui/tasks/t-1/assignments/finance"
            agency: "agencies/finance"
            agency_name: "市财政局"
            task_number: "1"
            state: ASSIGNMENT_STATE_ACTIVE
            report: "r@1"
            progress { reported { basis_points: 9000 with_data: 1 total: 1 } }
          }
          indicators {
            indicator {
              id: "funds"
              title: "包干制经费总额"
              unit: "万元"
              scale: 2
              has_target: true
              target: 1000000
            }
            has_reported: true
            reported: 526050
            with_data: 1
            total: 1
          }
        }
        tasks {
          task: "plans/xuhui/tasks/t-2"
          number: "2"
          title: "建设研发机构"
          state: BOARD_STATE_ISSUED
          progress {
            reported { total: 1 }
            accepted { total: 1 }
          }
          assignments {
            assignment: "plans/xuhui/tasks/t-2/assignments/sci-tech"
            agency: "agencies/sci-tech"
            agency_name: "市科委"
            task_number: "2"
            state: ASSIGNMENT_STATE_ISSUED
          }
          unresolved_units: "某某办"
        }
        agencies {
          agency: "agencies/sci-tech"
          short_name: "市科委"
          online: true
          unacknowledged: 1
          progress {
            reported { basis_points: 4000 with_data: 1 total: 2 }
            accepted { total: 2 }
          }
          assignments { assignment: "a" }
          assignments { assignment: "b" }
        }
        agencies {
          agency: "agencies/finance"
          short_name: "市财政局"
          progress {
            reported { basis_points: 9000 with_data: 1 total: 1 }
            accepted { total: 1 }
          }
          assignments { assignment: "c" }
        }
        position {
          task: 5
          agency: 20
          reporting: 9
          evaluate_time { seconds: 1790000040 }
          rules_version: 1
        }
        unreachable: "agencies/finance/nodes/n1"
      )pb",
      &plan));
  return plan;
}

TEST(BoardViewTest, LooksLikeTheGoldenFile) {
  const std::string board =
      RenderBoard(Plan(), {.tasks = true, .agencies = true, .matrix = true}, {.width = 100});
  if (std::getenv("DUBAN_REWRITE_GOLDEN") != nullptr) std::ofstream(kGolden) << board;
  std::ifstream file(kGolden);
  std::stringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(board, golden.str());
}

TEST(BoardViewTest, FitsEightyColumns) {
  for (const auto& line : absl::StrSplit(
           RenderBoard(Plan(), {.tasks = true, .agencies = true, .matrix = true}, {.width = 80}),
           '\n')) {
    EXPECT_LE(DisplayWidth(std::string(line)), 80) << line;
  }
}

TEST(BoardViewTest, SaysEachAssignmentsStateAndWhatItsMarkMeans) {
  duban::gateway::v1::PlanProgress plan = Plan();
  auto& assignments = *plan.mutable_tasks(0)->mutable_assignments();
  for (int state = 2; state <= 6; ++state) {
    if (state > 3) *assignments.Add() = assignments[0];
    auto& assignment = assignments[state - 2];
    assignment.set_state(static_cast<duban::reporting::v1::AssignmentState>(state));
  }
  const std::string board = RenderBoard(plan, {.tasks = true, .agencies = false}, {.width = 80});
  // In columns of the widest name, four to a line.
  EXPECT_THAT(board, HasSubstr("    + 市科委    80.0%  > 市财政局  90.0%  = 市科委    80.0%  "
                               "* 市科委    80.0%\n    ! 市科委    80.0%\n"));
  EXPECT_THAT(board, HasSubstr("    . 市科委        –\n"));
  EXPECT_THAT(board, HasSubstr("\nAgencies: . issued  + acknowledged  > active  = done claimed  "
                               "* verified  ! disputed; – nothing reported\n"));
}

TEST(BoardViewTest, AStateHasItsColourWhereColoursAreSeen) {
  const std::string board =
      RenderBoard(Plan(), {.tasks = true, .agencies = false}, {.colour = true, .width = 80});
  EXPECT_THAT(board, HasSubstr("\x1b[32m> 市科委    80.0%\x1b[0m  \x1b[32m> 市财政局  90.0%"));
  EXPECT_THAT(board, HasSubstr("\x1b[33m. 市科委        –\x1b[0m\n"));
  EXPECT_THAT(RenderBoard(Plan(), {}, {.width = 80}), Not(HasSubstr("\x1b")));
}

TEST(BoardViewTest, TimesAreInThePlansZone) {
  duban::gateway::v1::PlanProgress plan = Plan();
  EXPECT_THAT(RenderBoard(plan, {}, {}), HasSubstr("As of 2026-09-21 22:14 +08:00: task 5"));
  plan.set_time_zone("Asia/Urumqi");
  EXPECT_THAT(RenderBoard(plan, {}, {}), HasSubstr("As of 2026-09-21 20:14 +06:00: task 5"));
  plan.set_time_zone("Asia/Nowhere");
  EXPECT_THAT(RenderBoard(plan, {}, {}), HasSubstr("As of 2026-09-21 14:14 +00:00: task 5"));
}

TEST(BoardViewTest, JsonHasThePairsOfTaskAndAgency) {
  ASSERT_OK_AND_ASSIGN(const std::string text, BoardAsJson(Plan()));
  const auto json = nlohmann::json::parse(text);
  ASSERT_EQ(json["pairs"].size(), 3u);
  EXPECT_EQ(json["pairs"][0]["task_number"], "1");
  EXPECT_EQ(json["pairs"][0]["agency_name"], "市科委");
  EXPECT_EQ(json["pairs"][1]["agency_name"], "市财政局");
  EXPECT_EQ(json["pairs"][2]["has_report"], false);
  EXPECT_EQ(json["plan"], "plans/xuhui");
  EXPECT_EQ(json["tasks"].size(), 2u);
  EXPECT_EQ(json["position"]["reporting"], "9");
}

TEST(BoardViewTest, AChangeIsOneLine) {
  const duban::gateway::v1::PlanProgress before = Plan();
  duban::gateway::v1::PlanProgress now = before;
  auto& assignment = *now.mutable_tasks(1)->mutable_assignments(0);
  assignment.set_state(duban::reporting::v1::ASSIGNMENT_STATE_ACKNOWLEDGED);
  EXPECT_EQ(ChangeLine(before, now, {}),
            "2026-09-21 22:14 +08:00  reported 42.5%  accepted 20.0%  #2 市科委 acknowledged 0.0%"
            "  not reachable: 1\n");
}

}  // namespace
}  // namespace duban::cli
