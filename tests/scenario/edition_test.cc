// A plan that is under way gets a new edition: what was said stays with the task it was said about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/cluster.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

using gateway::v1::BOARD_STATE_CANCELLED;
using gateway::v1::BOARD_STATE_RECORDED;

constexpr char kFirst[] =
    "小区试点建设方案\n一、重点任务\n"
    "1.推进经费试点。支持单位开展试点。（责任单位：市科委、市财政局）\n"
    "2.优化准入流程。缩短办理时间。（责任单位：市卫生健康委）\n"
    "3.开展港口培训。每年培训两次。（责任单位：市财政局）\n";
// Task 1 is new; 2 was 1 and has other words; the one about procedures is gone; 3 is the same.
constexpr char kSecond[] =
    "小区试点建设方案（修订）\n一、重点任务\n"
    "1.引进检验人才。提供住房补贴。（责任单位：市卫生健康委）\n"
    "2.推进经费试点。支持更多单位开展试点。（责任单位：市科委、市财政局）\n"
    "3.开展港口培训。每年培训两次。（责任单位：市财政局）\n";

class EditionTest : public ::testing::TestWithParam<Mode> {
 protected:
  // Acknowledges what is issued to the agency and answers its assignments by the number of their
  // task.
  std::map<std::string, std::string> Acknowledged(AgencyDesk& desk, int count) {
    std::map<std::string, std::string> names;
    for (const auto& assignment : desk.AssignmentsWhen(count)) {
      names[assignment.mandate().task().number()] = assignment.name();
      if (assignment.mandate().task().state() == task::v1::TASK_STATE_ISSUED &&
          assignment.status().state() == reporting::v1::ASSIGNMENT_STATE_ISSUED) {
        desk.Acknowledge(assignment.name());
      }
    }
    return names;
  }

  static const gateway::v1::TaskProgress& TaskOf(const gateway::v1::PlanProgress& board,
                                                 const std::string& name) {
    for (const auto& task : board.tasks()) {
      if (task.task() == name) return task;
    }
    ADD_FAILURE() << name << " is not on the board";
    return gateway::v1::TaskProgress::default_instance();
  }
};

TEST_P(EditionTest, ReportsStayWithTheirTasksAndTheBoardIsRight) {
  Cluster cluster(GetParam());
  Office office(cluster);
  office.LoadRegister();
  const auto first = office.Import("small", kFirst);
  ASSERT_EQ(first.tasks_size(), 3);
  office.Issue("small");
  cluster.AddNodes({"sci-tech", "finance", "health"});
  AgencyDesk science(cluster, "sci-tech"), finance(cluster, "finance"), health(cluster, "health");
  auto of_science = Acknowledged(science, 1);
  auto of_finance = Acknowledged(finance, 2);
  auto of_health = Acknowledged(health, 1);
  finance.Report(of_finance["1"], LastMonth(), 4000);
  finance.Report(of_finance["3"], LastMonth(), 8000);
  health.Report(of_health["2"], LastMonth(), 10000);
  science.WhenDelivered();
  finance.WhenDelivered();
  health.WhenDelivered();
  const auto reports = office.Reports("small");
  ASSERT_EQ(reports.size(), 3u);

  const auto shown = office.EditionDifference("small", kSecond);
  ASSERT_EQ(shown.tasks_size(), 4);
  EXPECT_EQ(shown.tasks(1).task(), first.tasks(0).name());
  EXPECT_EQ(shown.tasks(2).task(), first.tasks(2).name());
  EXPECT_EQ(shown.tasks(3).task(), first.tasks(1).name());
  // (0.4 + 0) / 2, 1 and 0.8 of three tasks: nothing changed yet.
  EXPECT_EQ(office.Board("small").progress().reported().basis_points(), 6667);

  office.ApplyEdition("small", kSecond, shown.etag());
  auto board = office.Board("small");
  EXPECT_EQ(board.title(), "小区试点建设方案（修订）");
  ASSERT_EQ(board.tasks_size(), 4);
  EXPECT_EQ(board.tasks(0).state(), BOARD_STATE_RECORDED);
  const auto& changed = TaskOf(board, first.tasks(0).name());
  EXPECT_EQ(changed.number(), "2");
  EXPECT_EQ(changed.progress().reported().basis_points(), 2000);
  EXPECT_EQ(TaskOf(board, first.tasks(2).name()).progress().reported().basis_points(), 8000);
  EXPECT_EQ(TaskOf(board, first.tasks(1).name()).state(), BOARD_STATE_CANCELLED);
  // 0, 0.2 and 0.8 of three tasks; the dropped one does not count, nor does it count as done.
  EXPECT_EQ(board.progress().reported().basis_points(), 3333);
  EXPECT_EQ(board.progress().reported().total(), 3);
  EXPECT_EQ(board.assignment_count(), 4);
  const auto still = office.Reports("small");
  ASSERT_EQ(still.size(), 3u);
  for (size_t i = 0; i < still.size(); ++i) EXPECT_EQ(still[i].name(), reports[i].name());

  // Work goes on: on the task with other words, and on the new one once it is issued.
  science.Report(of_science["1"], LastMonth(), 6000);
  science.WhenDelivered();
  office.Issue("small");
  of_health = Acknowledged(health, 2);
  health.Report(of_health["1"], LastMonth(), 1000);
  health.WhenDelivered();
  board = office.Board("small");
  // 0.1, (0.4 + 0.6) / 2 and 0.8.
  EXPECT_EQ(board.progress().reported().basis_points(), 4667);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, EditionTest,
                         ::testing::Values(Mode::kInProcess, Mode::kProcesses),
                         [](const auto& mode) { return ModeName(mode.param); });

}  // namespace
}  // namespace duban::tests
