// The main job, from the text to the board and back to the agency.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/cluster.h"
#include "tests/support/office.h"
#include "tests/support/uplink.h"

namespace duban::tests {
namespace {

using reporting::v1::ASSIGNMENT_STATE_ACKNOWLEDGED;
using reporting::v1::ASSIGNMENT_STATE_ACTIVE;

class BoardTest : public ::testing::TestWithParam<Mode> {};

int Count(const gateway::v1::PlanProgress& board, reporting::v1::AssignmentState state) {
  int count = 0;
  for (const auto& task : board.tasks()) {
    for (const auto& assignment : task.assignments()) count += assignment.state() == state;
  }
  return count;
}

TEST_P(BoardTest, GoesFromTheTextToFiguresOnTheBoardAndAReturnedReportComesAgain) {
  Cluster cluster(GetParam());
  Office office(cluster);
  office.LoadRegister();
  auto imported = office.Import("small", SmallPlanText());
  EXPECT_EQ(imported.tasks_size(), 2);
  EXPECT_EQ(imported.assignments_size(), 4);
  EXPECT_EQ(imported.unresolved_units_size(), 0);
  office.Issue("small");
  cluster.AddNodes({"sci-tech", "finance", "health"});

  std::map<std::string, std::vector<std::string>> assignments;
  for (const auto& [agency, count] :
       std::map<std::string, int>{{"sci-tech", 2}, {"finance", 1}, {"health", 1}}) {
    AgencyDesk desk(cluster, agency);
    for (const auto& assignment : desk.AssignmentsWhen(count)) {
      assignments[agency].push_back(assignment.name());
      desk.Acknowledge(assignment.name());
    }
  }
  office.BoardWhen(
      "small", [](const auto& board) { return Count(board, ASSIGNMENT_STATE_ACKNOWLEDGED) == 4; });

  AgencyDesk finance(cluster, "finance");
  finance.Report(assignments["finance"][0], LastMonth(), 4000);
  finance.WhenDelivered();
  auto board = office.Board("small");
  EXPECT_EQ(Count(board, ASSIGNMENT_STATE_ACTIVE), 1);
  // One of two assignments of one of two tasks: 40 % / 2 / 2.
  EXPECT_EQ(board.progress().reported().basis_points(), 1000);
  EXPECT_EQ(board.progress().accepted().basis_points(), 0);
  EXPECT_EQ(board.progress().reported().with_data(), 1);
  EXPECT_EQ(board.progress().reported().total(), 2);
  EXPECT_EQ(board.time_zone(), "Asia/Shanghai");
  // A node that delivered is connected, and a fresh board knows it at once.
  EXPECT_EQ(board.unreachable_size(), 0) << board.ShortDebugString();
  for (const auto& agency : board.agencies()) EXPECT_TRUE(agency.online()) << agency.agency();

  const std::string first = assignments["finance"][0] + "/reports/" + LastMonth() + "@1";
  office.Return(first, "explain the figure");
  InboxWhen(finance, [&](const node::v1::InboxItem& item) {
    return item.review().name() == first &&
           item.review().state() == reporting::v1::REPORT_STATE_RETURNED;
  });
  finance.Report(assignments["finance"][0], LastMonth(), 6000);
  finance.WhenDelivered();
  auto reports = office.Reports("small");
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].state(), reporting::v1::REPORT_STATE_RETURNED);
  EXPECT_EQ(reports[1].state(), reporting::v1::REPORT_STATE_SUBMITTED);
  EXPECT_EQ(reports[1].version(), 2);
  EXPECT_EQ(reports[1].first_receive_time().SerializeAsString(),
            reports[0].receive_time().SerializeAsString());
  office.Accept(reports[1].name());
  board = office.Board("small");
  EXPECT_EQ(board.progress().reported().basis_points(), 1500);
  EXPECT_EQ(board.progress().accepted().basis_points(), 1500);
}

TEST_P(BoardTest, WorksOnWhileTheHubIsAwayAndDeliversInOrderOnce) {
  Cluster cluster(GetParam());
  Office office(cluster);
  office.LoadRegister();
  office.Import("small", SmallPlanText());
  office.Issue("small");
  cluster.AddNode("sci-tech");
  AgencyDesk desk(cluster, "sci-tech");
  auto assignments = desk.AssignmentsWhen(2);
  ASSERT_EQ(assignments.size(), 2u);

  cluster.part("reporting").Kill();
  std::vector<std::string> said;
  for (const auto& assignment : assignments) {
    said.push_back(desk.Acknowledge(assignment.name(), absl::StrCat("ack-", said.size())).name());
    said.push_back(desk.Report(assignment.name(), LastMonth(), 5000).name());
  }
  EXPECT_EQ(desk.Status().backlog(), 4);
  // The same request again is the same submission.
  EXPECT_EQ(desk.Acknowledge(assignments[0].name(), "ack-0").name(), said[0]);
  cluster.part("node-sci-tech").Kill();
  ASSERT_TRUE(cluster.part("node-sci-tech").Start().ok());
  EXPECT_EQ(desk.Status().backlog(), 4);

  ASSERT_TRUE(cluster.part("reporting").Start().ok());
  desk.WhenDelivered();
  auto submissions = desk.Submissions();
  ASSERT_EQ(submissions.size(), 4u);
  for (size_t i = 0; i < submissions.size(); ++i) {
    EXPECT_EQ(submissions[i].name(), said[said.size() - 1 - i]);  // newest first
    EXPECT_EQ(submissions[i].state(), node::v1::SUBMISSION_STATE_ACCEPTED)
        << submissions[i].ShortDebugString();
  }
  EXPECT_EQ(office.Reports("small").size(), 2u);
  auto board = office.BoardWhen("small", [](const auto& b) { return b.unreachable().empty(); });
  EXPECT_EQ(Count(board, ASSIGNMENT_STATE_ACTIVE), 2);
}

TEST_P(BoardTest, IsAnsweredWhenAServiceOrANodeIsAway) {
  Cluster cluster(GetParam());
  Office office(cluster);
  office.LoadRegister();
  office.Import("small", SmallPlanText());
  office.Issue("small");
  cluster.AddNode("health");
  AgencyDesk desk(cluster, "health");
  auto assignments = desk.AssignmentsWhen(1);
  ASSERT_EQ(assignments.size(), 1u);
  cluster.part("node-health").Kill();
  office.BoardWhen("small", [](const auto& board) {
    for (const auto& name : board.unreachable()) {
      if (name == "agencies/health/nodes/n1") return true;
    }
    return false;
  });
  for (const char* service : {"agency", "reporting", "task"}) {
    cluster.part(service).Kill();
    auto board = office.BoardWhen("small", [&](const auto& b) {
      for (const auto& name : b.unreachable()) {
        if (name == std::string("services/") + service) return true;
      }
      return false;
    });
    EXPECT_EQ(board.tasks_size(), 2);
    EXPECT_EQ(board.assignment_count(), 4);
  }
  for (const char* service : {"task", "agency", "reporting"}) {
    ASSERT_TRUE(cluster.part(service).Start().ok());
  }
  office.BoardWhen("small", [](const auto& board) {
    for (const auto& name : board.unreachable()) {
      if (name.rfind("services/", 0) == 0) return false;
    }
    return true;
  });
}

TEST_P(BoardTest, ShowsTheProjectsPlanWithAllItsPairs) {
  Cluster cluster(GetParam());
  Office office(cluster);
  office.LoadRegister();
  for (const char* text : {"deploy/plan/xuhui.txt", "deploy/plan/xuhui-damaged.txt"}) {
    const std::string id = text == std::string("deploy/plan/xuhui.txt") ? "clean" : "damaged";
    auto imported = office.Import(id, ProjectFile(text));
    std::set<std::string> agencies;
    for (const auto& assignment : imported.assignments()) {
      agencies.insert(assignment.name().substr(assignment.name().rfind('/') + 1));
    }
    EXPECT_EQ(imported.tasks_size(), 18) << text;
    EXPECT_EQ(imported.assignments_size(), 42) << text;
    EXPECT_EQ(agencies.size(), 18u) << text;
    EXPECT_EQ(imported.unresolved_units_size(), 0) << text;
    office.Issue(id);
    auto board = office.Board(id);
    EXPECT_EQ(board.tasks_size(), 18);
    EXPECT_EQ(board.agencies_size(), 18);
    EXPECT_EQ(board.assignment_count(), 42);
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, BoardTest,
                         ::testing::Values(Mode::kInProcess, Mode::kProcesses),
                         [](const auto& mode) { return ModeName(mode.param); });

}  // namespace
}  // namespace duban::tests
