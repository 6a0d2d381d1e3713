#include "services/gateway/service/board.h"

#include "services/common/testing/fake_clock.h"
#include "services/common/testing/status_matchers.h"

namespace duban::gateway {
namespace {

namespace agn = duban::agency::v1;
namespace com = duban::common::v1;
namespace gw = duban::gateway::v1;
namespace rep = duban::reporting::v1;
namespace tsk = duban::task::v1;
using duban::testing::IsOk;
using duban::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kPlan[] = "plans/p";

com::Row RowOf(const google::protobuf::Message& image, const std::string& key) {
  com::Row row;
  row.set_key(key);
  row.mutable_image()->PackFrom(image);
  return row;
}

// A board with feeds that a test writes by hand.
class BoardTest : public ::testing::Test {
 protected:
  BoardTest() {
    board_.SetListener([this](const std::set<std::string>& plans, const Revisions& revisions) {
      touched_ = plans;
      heard_ = revisions;
    });
  }

  void Start(Source source, const std::vector<com::Row>& rows = {}) {
    com::Snapshot snapshot;
    snapshot.set_revision(++revisions_.of(source));
    snapshot.set_complete(true);
    for (const com::Row& row : rows) *snapshot.add_rows() = row;
    ASSERT_THAT(board_.OnSnapshot(source, snapshot), IsOk());
    board_.OnLink(source, true);
  }
  void StartAll() {
    for (Source source : kSources) Start(source);
  }
  void Change(Source source, const std::vector<com::Row>& rows) {
    com::Changes changes;
    changes.set_revision(++revisions_.of(source));
    for (const com::Row& row : rows) *changes.add_rows() = row;
    ASSERT_THAT(board_.OnChanges(source, changes), IsOk());
  }

  void AddPlan() {
    tsk::Plan plan;
    plan.set_name(kPlan);
    plan.set_title("方案");
    Change(Source::kTask, {RowOf(plan, kPlan)});
  }
  tsk::Task MakeTask(const std::string& id, int order,
                     tsk::TaskState state = tsk::TASK_STATE_ISSUED) {
    tsk::Task task;
    task.set_name(std::string(kPlan) + "/tasks/" + id);
    task.set_number(std::to_string(order + 1));
    task.set_title("任务" + id);
    task.set_order(order);
    task.set_state(state);
    return task;
  }
  void Put(const tsk::Task& task) { Change(Source::kTask, {RowOf(task, task.name())}); }
  void Assign(const std::string& task, const std::string& agency, int order = 0) {
    tsk::Assignment assignment;
    assignment.set_name(Assignment(task, agency));
    assignment.set_role(tsk::ASSIGNMENT_ROLE_RESPONSIBLE);
    assignment.set_order(order);
    assignment.add_printed_names("市" + agency);
    Change(Source::kTask, {RowOf(assignment, assignment.name())});
  }
  static std::string Assignment(const std::string& task, const std::string& agency) {
    return std::string(kPlan) + "/tasks/" + task + "/assignments/" + agency;
  }
  void SetState(const std::string& task, const std::string& agency, rep::AssignmentState state) {
    rep::AssignmentStatus status;
    status.set_name(Assignment(task, agency));
    status.set_state(state);
    Change(Source::kReporting, {RowOf(status, status.name())});
  }
  rep::Report MakeReport(const std::string& task, const std::string& agency,
                         const std::string& period, int version, int bp, rep::ReportState state) {
    rep::Report report;
    report.set_name(Assignment(task, agency) + "/reports/" + period + "@" +
                    std::to_string(version));
    report.set_version(version);
    report.set_state(state);
    report.mutable_content()->set_assignment(Assignment(task, agency));
    report.mutable_content()->set_period(period);
    report.mutable_content()->set_progress_bp(bp);
    report.mutable_receive_time()->set_seconds(1000 + version);
    return report;
  }
  void Put(const rep::Report& report) {
    Change(Source::kReporting, {RowOf(report, report.name())});
  }

  gw::PlanProgress Plan() {
    const absl::StatusOr<PlanAnswer> answer = board_.Plan("p");
    EXPECT_THAT(answer, IsOk());
    gw::PlanProgress plan;
    if (!answer.ok()) return plan;
    EXPECT_TRUE(plan.ParseFromString(*answer->body + answer->tail));
    return plan;
  }

  duban::testing::FakeClock clock_{absl::FromUnixSeconds(1'790'000'035)};
  Board board_{clock_};
  Revisions revisions_;
  std::set<std::string> touched_;
  Revisions heard_;
};

TEST_F(BoardTest, IsNotReadyBeforeTheMandateWasRead) {
  EXPECT_THAT(board_.Plan("p"), StatusIs(absl::StatusCode::kUnavailable, "BOARD_NOT_READY"));
  Start(Source::kTask);
  EXPECT_THAT(board_.Plan("p"), StatusIs(absl::StatusCode::kNotFound, "PLAN_NOT_FOUND"));
}

TEST_F(BoardTest, AnswersWithoutTheOtherServicesAndSaysSo) {
  Start(Source::kTask);
  AddPlan();
  Put(MakeTask("t1", 0));
  Assign("t1", "a");
  const gw::PlanProgress plan = Plan();
  EXPECT_THAT(plan.unreachable(), ElementsAre("services/agency", "services/reporting"));
  EXPECT_EQ(plan.tasks(0).assignments(0).agency_name(), "市a");  // as the text calls it
  EXPECT_EQ(plan.tasks(0).assignments(0).printed_name(), "市a");
  EXPECT_EQ(plan.assignment_count(), 1);
}

TEST_F(BoardTest, ShowsReportedAndAcceptedSideBySide) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  Assign("t1", "a", 0);
  Assign("t1", "b", 1);
  Put(MakeReport("t1", "a", "2026-09", 1, 2000, rep::REPORT_STATE_ACCEPTED));
  Put(MakeReport("t1", "a", "2026-10", 1, 6000, rep::REPORT_STATE_SUBMITTED));
  const gw::PlanProgress plan = Plan();
  EXPECT_EQ(plan.progress().reported().basis_points(), 3000);
  EXPECT_EQ(plan.progress().accepted().basis_points(), 1000);
  const gw::TaskProgress& task = plan.tasks(0);
  EXPECT_EQ(task.progress().reported().with_data(), 1);
  EXPECT_EQ(task.progress().reported().total(), 2);
  EXPECT_EQ(task.progress().reported().oldest_input_time().seconds(), 1001);
  EXPECT_EQ(task.assignments(0).period(), "2026-10");
  EXPECT_EQ(task.assignments(0).report(), Assignment("t1", "a") + "/reports/2026-10@1");
  EXPECT_EQ(task.assignments(0).progress().accepted().basis_points(), 2000);
  EXPECT_THAT(plan.unreachable(), IsEmpty());
}

TEST_F(BoardTest, UsesMilestonesAndIndicatorsOfTheAgencyAlone) {
  StartAll();
  AddPlan();
  tsk::Task task = MakeTask("t1", 0);
  auto& milestone = *task.add_milestones();
  milestone.set_id("m");
  milestone.add_agencies("a");
  auto& indicator = *task.add_indicators();
  indicator.set_id("i");
  indicator.set_has_target(true);
  indicator.set_target(200);
  indicator.add_agencies("b");
  Put(task);
  Assign("t1", "a", 0);
  Assign("t1", "b", 1);
  rep::Report first = MakeReport("t1", "a", "2026-10", 1, 100, rep::REPORT_STATE_ACCEPTED);
  first.mutable_content()->add_milestones_done("m");
  rep::Report second = MakeReport("t1", "b", "2026-10", 1, 100, rep::REPORT_STATE_SUBMITTED);
  auto& value = *second.mutable_content()->add_indicator_values();
  value.set_indicator("i");
  value.set_value(50);
  Put(first);
  Put(second);
  const gw::PlanProgress plan = Plan();
  EXPECT_EQ(plan.tasks(0).assignments(0).progress().reported().basis_points(), 10'000);
  EXPECT_EQ(plan.tasks(0).assignments(1).progress().reported().basis_points(), 2500);
  const gw::IndicatorProgress& entry = plan.tasks(0).indicators(0);
  EXPECT_EQ(entry.reported(), 50);
  EXPECT_TRUE(entry.has_reported());
  EXPECT_FALSE(entry.has_accepted());
  EXPECT_EQ(entry.with_data(), 1);
  EXPECT_EQ(entry.total(), 1);
}

TEST_F(BoardTest, WhatALaterReportDoesNotRepeatStillStands) {
  StartAll();
  AddPlan();
  tsk::Task task = MakeTask("t1", 0);
  task.add_milestones()->set_id("m1");
  task.add_milestones()->set_id("m2");
  auto& indicator = *task.add_indicators();
  indicator.set_id("i");
  indicator.set_has_target(true);
  indicator.set_target(100);
  indicator.add_agencies("b");
  for (auto& milestone : *task.mutable_milestones()) milestone.add_agencies("a");
  Put(task);
  Assign("t1", "a", 0);
  Assign("t1", "b", 1);
  rep::Report first = MakeReport("t1", "a", "2026-10", 1, 0, rep::REPORT_STATE_ACCEPTED);
  first.mutable_content()->add_milestones_done("m1");
  rep::Report value = MakeReport("t1", "b", "2026-10", 1, 0, rep::REPORT_STATE_ACCEPTED);
  value.mutable_content()->add_indicator_values()->set_indicator("i");
  value.mutable_content()->mutable_indicator_values(0)->set_value(40);
  rep::Report next = MakeReport("t1", "a", "2026-11", 2, 0, rep::REPORT_STATE_SUBMITTED);
  next.mutable_content()->add_milestones_done("m2");
  rep::Report silent = MakeReport("t1", "b", "2026-11", 2, 0, rep::REPORT_STATE_ACCEPTED);
  for (const rep::Report* report : {&first, &value, &next, &silent}) Put(*report);
  const gw::TaskProgress shown = Plan().tasks(0);
  EXPECT_EQ(shown.assignments(0).progress().reported().basis_points(), 10'000);
  EXPECT_EQ(shown.assignments(0).progress().accepted().basis_points(), 5000);
  EXPECT_EQ(shown.assignments(1).progress().reported().basis_points(), 4000);
  EXPECT_EQ(shown.assignments(1).progress().accepted().basis_points(), 4000);
  EXPECT_EQ(shown.assignments(1).period(), "2026-11");
  // The value is October's, and the figure says so.
  EXPECT_EQ(shown.assignments(1).progress().reported().oldest_input_time().seconds(), 1001);
  EXPECT_EQ(shown.assignments(0).progress().reported().oldest_input_time().seconds(), 1001);
  EXPECT_EQ(shown.indicators(0).accepted(), 40);
}

TEST_F(BoardTest, ATaskAndAnAgencySayWhatTheyCouldNotReach) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  Put(MakeTask("t2", 1));
  Assign("t1", "a");
  Assign("t2", "b");
  for (const char* agency : {"a", "b"}) {
    agn::Node node;
    node.set_name(std::string("agencies/") + agency + "/nodes/n1");
    Change(Source::kAgency, {RowOf(node, node.name())});
  }
  board_.OnPresence({});
  board_.OnLink(Source::kReporting, false);
  const auto task = board_.Task({"p", "t1"});
  ASSERT_THAT(task, IsOk());
  EXPECT_THAT(task->unreachable(), ElementsAre("services/reporting", "agencies/a/nodes/n1"));
  const auto agency = board_.Agency("b", [](const std::string&) { return true; });
  ASSERT_THAT(agency, IsOk());
  EXPECT_THAT(agency->unreachable(), ElementsAre("services/reporting", "agencies/b/nodes/n1"));
}

TEST_F(BoardTest, NobodyIsAskedToAcknowledgeWhatIsSetAside) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  Put(MakeTask("t2", 1, tsk::TASK_STATE_SUSPENDED));
  Put(MakeTask("t3", 2, tsk::TASK_STATE_CANCELLED));
  for (const char* task : {"t1", "t2", "t3"}) {
    Assign(task, "a");
    SetState(task, "a", rep::ASSIGNMENT_STATE_ISSUED);
  }
  EXPECT_EQ(Plan().agencies(0).unacknowledged(), 1);
}

TEST_F(BoardTest, LeavesCancelledTasksOutAndListsThem) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  Put(MakeTask("t2", 1, tsk::TASK_STATE_CANCELLED));
  Assign("t1", "a");
  Assign("t2", "a");
  Put(MakeReport("t1", "a", "2026-10", 1, 5000, rep::REPORT_STATE_ACCEPTED));
  const gw::PlanProgress plan = Plan();
  EXPECT_EQ(plan.progress().reported().basis_points(), 5000);
  EXPECT_THAT(plan.progress().reported().excluded(), ElementsAre("plans/p/tasks/t2"));
  EXPECT_EQ(plan.agencies(0).progress().reported().basis_points(), 5000);
  EXPECT_THAT(plan.agencies(0).progress().reported().excluded(),
              ElementsAre(Assignment("t2", "a")));
  EXPECT_EQ(plan.assignment_count(), 1);
}

TEST_F(BoardTest, CountsTasksBelowAParentInTheParent) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  tsk::Task child = MakeTask("t2", 1);
  child.set_parent("plans/p/tasks/t1");
  Put(child);
  Put(MakeTask("t3", 2));
  Assign("t1", "a");
  Assign("t2", "a");
  Assign("t3", "b");
  Put(MakeReport("t1", "a", "2026-10", 1, 0, rep::REPORT_STATE_SUBMITTED));
  Put(MakeReport("t2", "a", "2026-10", 1, 10'000, rep::REPORT_STATE_SUBMITTED));
  const gw::PlanProgress plan = Plan();
  EXPECT_EQ(plan.tasks(0).progress().reported().basis_points(), 5000);
  EXPECT_EQ(plan.progress().reported().basis_points(), 2500);
  EXPECT_EQ(plan.progress().reported().total(), 2);
}

TEST_F(BoardTest, ListsUnresolvedUnitsWithoutCountingThem) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  tsk::UnresolvedUnit unit;
  unit.set_name("plans/p/unresolvedUnits/u1");
  unit.set_task("plans/p/tasks/t1");
  unit.set_text("某委");
  Change(Source::kTask, {RowOf(unit, unit.name())});
  EXPECT_THAT(Plan().tasks(0).unresolved_units(), ElementsAre("某委"));
  EXPECT_EQ(Plan().tasks(0).progress().reported().total(), 0);
  com::Row gone;
  gone.set_key(unit.name());
  Change(Source::kTask, {gone});
  EXPECT_THAT(Plan().tasks(0).unresolved_units(), IsEmpty());
}

TEST_F(BoardTest, ForgetsRemovedAssignments) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  Assign("t1", "a");
  SetState("t1", "a", rep::ASSIGNMENT_STATE_REMOVED);
  EXPECT_EQ(Plan().assignment_count(), 0);
  EXPECT_THAT(Plan().agencies(), IsEmpty());
}

TEST_F(BoardTest, DerivesTheStateOfATask) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  Assign("t1", "a");
  SetState("t1", "a", rep::ASSIGNMENT_STATE_ISSUED);
  EXPECT_EQ(Plan().tasks(0).state(), gw::BOARD_STATE_ISSUED);
  EXPECT_EQ(Plan().agencies(0).unacknowledged(), 1);
  SetState("t1", "a", rep::ASSIGNMENT_STATE_DONE_CLAIMED);
  EXPECT_EQ(Plan().tasks(0).state(), gw::BOARD_STATE_DONE_CLAIMED);
}

TEST_F(BoardTest, HandsOutTheSameBytesUntilThePlanChanges) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  const auto first = board_.Plan("p");
  const auto second = board_.Plan("p");
  EXPECT_EQ(first->body.get(), second->body.get());
  Assign("t1", "a");
  EXPECT_NE(board_.Plan("p")->body.get(), first->body.get());
  EXPECT_THAT(touched_, ElementsAre("p"));
  EXPECT_EQ(heard_, revisions_);
}

TEST_F(BoardTest, StandsAtAPositionOfAWholeMinute) {
  StartAll();
  AddPlan();
  board_.OnBookmark(Source::kReporting, 40);
  const gw::Position position = Plan().position();
  EXPECT_EQ(position.task(), 2);
  EXPECT_EQ(position.agency(), 1);
  EXPECT_EQ(position.reporting(), 40);
  EXPECT_EQ(position.evaluate_time().seconds() % 60, 0);
  EXPECT_EQ(position.rules_version(), progress::kRulesVersion);
}

TEST_F(BoardTest, ListsNodesThatAreAway) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  Assign("t1", "a");
  agn::Agency agency;
  agency.set_name("agencies/a");
  agency.set_full_name("甲委员会");
  agency.set_short_name("甲委");
  agn::Node node;
  node.set_name("agencies/a/nodes/n1");
  node.set_custody(agn::CUSTODY_HUB);
  Change(Source::kAgency, {RowOf(agency, agency.name()), RowOf(node, node.name())});
  EXPECT_THAT(Plan().unreachable(), IsEmpty());  // nobody said yet
  rep::Presence presence;
  presence.set_node(node.name());
  board_.OnPresence({presence});
  EXPECT_THAT(Plan().unreachable(), ElementsAre(node.name()));
  presence.set_online(true);
  board_.OnPresence({presence});
  const gw::PlanProgress plan = Plan();
  EXPECT_THAT(plan.unreachable(), IsEmpty());
  EXPECT_TRUE(plan.agencies(0).online());
  EXPECT_TRUE(plan.agencies(0).custody_hub());
  EXPECT_EQ(plan.agencies(0).short_name(), "甲委");
}

TEST_F(BoardTest, StartsAnewWithASnapshot) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  Assign("t1", "a");
  Put(MakeReport("t1", "a", "2026-10", 1, 5000, rep::REPORT_STATE_ACCEPTED));
  EXPECT_EQ(Plan().progress().reported().basis_points(), 5000);
  Start(Source::kReporting);
  EXPECT_EQ(Plan().progress().reported().basis_points(), 0);
  EXPECT_EQ(Plan().assignment_count(), 1);
}

TEST_F(BoardTest, AnswersForATaskAnAgencyAndTheMatrix) {
  StartAll();
  AddPlan();
  Put(MakeTask("t1", 0));
  Put(MakeTask("t2", 1));
  Assign("t1", "a");
  Assign("t2", "a");
  Assign("t2", "b", 1);
  Put(MakeReport("t2", "a", "2026-10", 1, 4000, rep::REPORT_STATE_SUBMITTED));
  ASSERT_OK_AND_ASSIGN(const gw::TaskProgress task, board_.Task({"p", "t2"}));
  EXPECT_EQ(task.progress().reported().basis_points(), 2000);
  EXPECT_TRUE(task.has_position());
  EXPECT_THAT(board_.Task({"p", "t9"}), StatusIs(absl::StatusCode::kNotFound, "TASK_NOT_FOUND"));
  const auto all = [](const std::string&) { return true; };
  const auto none = [](const std::string&) { return false; };
  ASSERT_OK_AND_ASSIGN(const gw::AgencyProgress agency, board_.Agency("a", all));
  EXPECT_EQ(agency.progress().reported().basis_points(), 2000);
  EXPECT_EQ(agency.assignments_size(), 2);
  EXPECT_THAT(board_.Agency("a", none), StatusIs(absl::StatusCode::kNotFound, "AGENCY_NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const gw::Matrix matrix, board_.Matrix("p"));
  EXPECT_EQ(matrix.tasks_size(), 2);
  EXPECT_EQ(matrix.agencies_size(), 2);
  EXPECT_EQ(matrix.cells_size(), 3);
  EXPECT_EQ(matrix.cells(1).reported_bp(), 4000);
}

}  // namespace
}  // namespace duban::gateway
