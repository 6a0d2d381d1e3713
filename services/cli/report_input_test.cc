#include "services/cli/report_input.h"

#include <fstream>

#include "services/common/testing/status_matchers.h"
#include "services/common/testing/temp_dir.h"

namespace duban::cli {
namespace {

using duban::testing::IsOk;
using duban::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::SizeIs;

duban::task::v1::Task Task() {
  duban::task::v1::Task task;
  task.set_number("7");
  auto& funds = *task.add_indicators();
  funds.set_id("funds");
  funds.set_scale(2);
  task.add_milestones()->set_id("rules");
  return task;
}

TEST(ReportInputTest, ReadsAFileOfReports) {
  ASSERT_OK_AND_ASSIGN(const auto inputs, ReportsFromJson("f", R"({"note": "x", "reports": [
      {"task": "7", "agency": "a", "period": "2026-10", "percent": 35.5, "own_rating": "amber",
       "indicators": {"funds": "5260.50"}, "milestones_done": ["rules"], "done": "已完成"}]})"));
  ASSERT_THAT(inputs, SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const auto content,
                       ToContent(inputs[0], "plans/p/tasks/t/assignments/a", Task()));
  EXPECT_EQ(content.progress_bp(), 3550);
  EXPECT_EQ(content.indicator_values(0).value(), 526'050);
  EXPECT_THAT(content.milestones_done(), ElementsAre("rules"));
  EXPECT_EQ(content.own_rating(), duban::reporting::v1::RATING_AMBER);
  EXPECT_EQ(content.done(), "已完成");
}

TEST(ReportInputTest, RefusesBadFilesBeforeAnythingIsSent) {
  for (const char* text :
       {"", "[]", "{}", R"({"reports": [1]})", R"({"reports": [{"task": "7"}]})",
        R"({"reports": [{"task": "7", "period": "2026-10", "percent": 101}]})",
        R"({"reports": [{"task": "7", "period": "2026-10", "percent": "NaN"}]})",
        R"({"reports": [{"task": "7", "period": "2026-10", "percent": NaN}]})",
        R"({"reports": [{"task": "7", "period": "2026-10", "percent": null}]})",
        R"({"reports": [{"task": "7", "period": "2026-10", "percent": 1, "colour": "red"}]})"}) {
    EXPECT_THAT(ReportsFromJson("f", text),
                StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_FILE"))
        << text;
  }
}

TEST(ReportInputTest, RefusesWhatTheTaskDoesNotAskFor) {
  ReportInput input{.period = "2026-10", .percent = "5"};
  input.indicators = {{"other", "1"}};
  EXPECT_THAT(ToContent(input, "x", Task()),
              StatusIs(absl::StatusCode::kInvalidArgument, "UNKNOWN_INDICATOR"));
  input.indicators = {{"funds", "1.234"}};
  EXPECT_THAT(ToContent(input, "x", Task()),
              StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_NUMBER"));
  input.indicators.clear();
  input.milestones_done = {"none"};
  EXPECT_THAT(ToContent(input, "x", Task()),
              StatusIs(absl::StatusCode::kInvalidArgument, "UNKNOWN_MILESTONE"));
}

TEST(ReportInputTest, HashesEvidence) {
  const duban::testing::TempDir dir;
  std::ofstream(dir.File("note.txt")) << "abc";
  ReportInput input{.period = "2026-10", .percent = "5"};
  input.evidence = {dir.File("note.txt")};
  ASSERT_OK_AND_ASSIGN(const auto content, ToContent(input, "x", Task()));
  EXPECT_EQ(content.evidence(0).file_name(), "note.txt");
  EXPECT_EQ(content.evidence(0).media_type(), "text/plain");
  EXPECT_EQ(content.evidence(0).size_bytes(), 3);
  EXPECT_THAT(content.evidence(0).sha256(), SizeIs(32));
  input.evidence = {dir.File("missing")};
  EXPECT_THAT(ToContent(input, "x", Task()), StatusIs(absl::StatusCode::kNotFound, "NO_FILE"));
}

TEST(ReportInputTest, SaysWhereAFileIsNoJson) {
  const auto said = [](const std::string& text) {
    return std::string(ReportsFromJson("r.json", text).status().message());
  };
  EXPECT_EQ(said("{\"reports\": [\n  {\"task\": \"一\", \"percent\": NaN}]}"),
            "r.json: line 2, column 28: not JSON");
  EXPECT_EQ(said("{\"reports\": [\n"), "r.json: line 2, column 1: not JSON");
  EXPECT_EQ(said(""), "r.json: line 1, column 1: not JSON");
  EXPECT_EQ(said("{}"), "r.json: not {\"reports\": [...]}");
}

TEST(ReportInputTest, TheSameContentHasTheSameRequestId) {
  duban::reporting::v1::ReportContent content;
  content.set_progress_bp(1);
  const std::string id = RequestIdOf(content);
  EXPECT_EQ(RequestIdOf(content), id);
  content.set_progress_bp(2);
  EXPECT_NE(RequestIdOf(content), id);
  EXPECT_THAT(id, SizeIs(32));
}

}  // namespace
}  // namespace duban::cli
