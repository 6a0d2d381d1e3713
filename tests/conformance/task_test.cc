// TaskService does what its comments say: every documented error, and the right call beside it.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "duban/common/v1/feed.pb.h"
#include "duban/task/v1/task_service.pb.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"

namespace duban::tests {
namespace {

constexpr char kService[] = "duban.task.v1.TaskService";

// One agency, a collective and an unknown unit; then an unknown unit alone.
constexpr char kText[] =
    "小区试点建设方案\n"
    "一、重点任务\n"
    "1.推进经费试点。支持单位开展试点。（责任单位：市科委、各区、市不存在局）\n"
    "2.优化准入流程。缩短办理时间。（责任单位：市不存在局）\n";

std::string ImportRequest(const std::string& plan, const std::string& text,
                          const std::string& more = "") {
  return absl::Substitute("plan_id: \"$0\" content: $1 $2", plan, Quoted(text), more);
}

std::string Named(const std::string& name, const std::string& more = "") {
  return absl::Substitute("name: \"$0\" $1", name, more);
}

class TaskTest : public ::testing::TestWithParam<Mode> {
 protected:
  task::v1::ImportPlanResponse Import(const std::string& plan) {
    return door_.Answer<task::v1::ImportPlanResponse>("ImportPlan", ImportRequest(plan, kText));
  }

  Cluster& hub_ = SharedHub(GetParam());
  Door door_{GetParam(), kService, hub_.Gateway()};
  Door inside_{GetParam(), kService, hub_.Connect("task", hub_.pki().IssueHub("gateway"))};
};

TEST_P(TaskTest, ReadsTextsAndRefusesWhatIsNone) {
  std::string many = "小区试点建设方案\n一、重点任务\n";
  for (int i = 1; i <= 2001; ++i) {
    absl::StrAppend(&many, i, ".推进经费试点。支持单位开展试点。（责任单位：市科委）\n");
  }
  std::string figures =
      "小区试点建设方案\n一、主要指标\n| 指标 | 2025年 | 2027年 |\n|---|---|---|\n";
  const std::string figure(300, '1');
  for (int i = 1; i <= 1000; ++i)
    absl::StrAppend(&figures, "| 指标", i, " | ", figure, " | ", figure, " |\n");
  absl::StrAppend(&figures, kText);
  const std::map<std::string, std::string> bad = {
      {"", "INVALID_ARGUMENT / EMPTY_TEXT"},
      {std::string("PK\x03\x04\0\0\0\0\x08\0", 10), "INVALID_ARGUMENT / BINARY_TEXT"},
      {absl::StrCat(kText, "\xFF", kText), "INVALID_ARGUMENT / INVALID_ENCODING"},
      {"只有一段话，没有任务。\n", "INVALID_ARGUMENT / NO_TASKS"},
      {std::string((2 << 20) + 1, 'a'), "RESOURCE_EXHAUSTED / TEXT_TOO_LARGE"},
      {many, "RESOURCE_EXHAUSTED / TOO_MANY_TASKS"},
      {figures, "RESOURCE_EXHAUSTED / TOO_MANY_INDICATORS"}};
  for (const auto& [text, outcome] : bad) {
    door_.Refuses("ParsePlan", "content: " + Quoted(text), outcome);
    door_.Refuses("ImportPlan", ImportRequest("bad", text), outcome);
  }
  auto read = door_.Answer<task::v1::ParsePlanResponse>("ParsePlan", "content: " + Quoted(kText));
  EXPECT_EQ(read.tasks_size(), 2);
}

TEST_P(TaskTest, ImportsOnceAndRefusesOtherBytesUnderTheId) {
  EXPECT_TRUE(Import("once").created());
  EXPECT_FALSE(Import("once").created());
  door_.Refuses("ImportPlan", ImportRequest("once", std::string(kText) + "\n"),
                "ALREADY_EXISTS / PLAN_EXISTS");
  door_.Refuses("ImportPlan", ImportRequest("Not An Id", kText),
                "INVALID_ARGUMENT / INVALID_PLAN_ID");
  door_.Refuses("ImportPlan", ImportRequest("zone", kText, "time_zone: \"Mars/Base\""),
                "INVALID_ARGUMENT / INVALID_TIME_ZONE");
  door_.Refuses("ImportPlan", ImportRequest("cycle", kText, "reporting_cycle: 99"),
                "INVALID_ARGUMENT / INVALID_CYCLE");
}

TEST_P(TaskTest, AnotherEditionIsAppliedByItsDifferenceOnly) {
  Import("editions");
  const std::string text = absl::StrCat(kText, "3.培养港口人才。从长计议。（责任单位：市科委）\n");
  door_.Refuses("ImportPlan", ImportRequest("editions", text), "ALREADY_EXISTS / PLAN_EXISTS");
  door_.Refuses("ImportPlan", ImportRequest("editions", text, "difference_etag: \"00\""),
                "ABORTED / CHANGED_SINCE");
  door_.Refuses("ImportPlan", ImportRequest("nothere", text, "difference_etag: \"00\""),
                "NOT_FOUND / PLAN_NOT_FOUND");
  const auto shown = door_.Answer<task::v1::ImportPlanResponse>(
      "ImportPlan", ImportRequest("editions", text, "validate_only: true"));
  ASSERT_EQ(shown.difference().tasks_size(), 3);
  EXPECT_EQ(shown.difference().tasks(2).changes(0), task::v1::TASK_CHANGE_NEW);
  const auto applied = door_.Answer<task::v1::ImportPlanResponse>(
      "ImportPlan",
      ImportRequest("editions", text,
                    absl::Substitute("difference_etag: \"$0\"", shown.difference().etag())));
  EXPECT_EQ(applied.plan().edition(), 2);
  door_.Refuses("ImportPlan",
                ImportRequest("editions", kText,
                              "decisions {key: \"k\" verdict: VERDICT_SAME_TASK decided_by: \"li\" "
                              "decide_time {seconds: 1790000000} "
                              "task: \"plans/editions/tasks/t-nothere\"} validate_only: true"),
                "INVALID_ARGUMENT / INVALID_DECISION");
  door_.Refuses(
      "ImportPlan",
      ImportRequest("nothere", kText,
                    "decisions {key: \"k\" verdict: VERDICT_SAME_TASK decided_by: \"li\" "
                    "decide_time {seconds: 1790000000} task: \"plans/nothere/tasks/t-a\"}"),
      "NOT_FOUND / TASK_NOT_FOUND");
  const std::string source = Named("plans/editions/source");
  EXPECT_EQ(door_.Answer<task::v1::PlanSource>("GetPlanSource", source + " edition: 1").content(),
            kText);
  door_.Refuses("GetPlanSource", source + " edition: 3", "NOT_FOUND / EDITION_NOT_FOUND");
}

TEST_P(TaskTest, TakesDecisionsAboutDoubtsOnce) {
  // An agency that is a collective; the register's feed brings it before the next one.
  const Door admin{GetParam(), "duban.agency.v1.AgencyService", hub_.Gateway("admin")};
  admin.Accepts("CreateAgency",
                "agency {name: \"agencies/many\" full_name: \"众多试验局\" "
                "kind: AGENCY_KIND_COLLECTIVE}");
  admin.Accepts("CreateAgency", "agency {name: \"agencies/after\" full_name: \"其后试验局\"}");
  door_.WhenAccepts("ParsePlan",
                    "content: " + Quoted("方案\n1.推进试点。开展试点。（责任单位：其后试验局）\n"),
                    [](const std::string& bytes) {
                      task::v1::ParsePlanResponse parsed;
                      parsed.ParseFromString(bytes);
                      return parsed.tasks(0).units(0).agency() == "agencies/after";
                    });
  const auto read =
      door_.Answer<task::v1::ParsePlanResponse>("ParsePlan", "content: " + Quoted(kText));
  ASSERT_EQ(read.doubts_size(), 1);
  const auto decisions = [&](const std::string& verdict, const std::string& agency) {
    return absl::Substitute(
        "decisions {key: $0 verdict: $1 agency: \"$2\" decided_by: \"li\" "
        "decide_time {seconds: 1790000000}}",
        Quoted(read.doubts(0).key()), verdict, agency);
  };
  const auto import = [&](const std::string& verdict, const std::string& agency) {
    return ImportRequest("decided", kText, decisions(verdict, agency));
  };
  door_.Refuses("ImportPlan", import("VERDICT_AGENCY", ""), "INVALID_ARGUMENT / INVALID_DECISION");
  door_.Refuses("ImportPlan", import("VERDICT_AGENCY", "agencies/nothere"),
                "NOT_FOUND / AGENCY_NOT_FOUND");
  door_.Refuses("ImportPlan", import("VERDICT_AGENCY", "agencies/many"),
                "FAILED_PRECONDITION / COLLECTIVE_UNIT");
  const auto decided = door_.Answer<task::v1::ImportPlanResponse>(
      "ImportPlan", import("VERDICT_AGENCY", "agencies/finance"));
  EXPECT_EQ(decided.doubts_size(), 0);
  EXPECT_EQ(decided.assignments_size(), 3);
  const auto again = door_.Answer<task::v1::ImportPlanResponse>(
      "ImportPlan", import("VERDICT_AGENCY", "agencies/finance"));
  EXPECT_FALSE(again.created());
  EXPECT_EQ(again.doubts_size(), 0);
}

TEST_P(TaskTest, ReadsWhatIsThereAndSaysWhatIsNot) {
  const std::string task = Import("read").tasks(0).name();
  struct Read {
    std::string method, field, right, missing, error;
  };
  for (const Read& read : std::vector<Read>{
           {"GetPlan", "name", "plans/read", "plans/nothere", "PLAN_NOT_FOUND"},
           {"GetPlanSource", "name", "plans/read/source", "plans/nothere/source", "PLAN_NOT_FOUND"},
           {"GetTask", "name", task, "plans/read/tasks/t-nothere", "TASK_NOT_FOUND"},
           {"ListTasks", "parent", "plans/read", "plans/nothere", "PLAN_NOT_FOUND"},
           {"ListAssignments", "parent", "plans/read/tasks/-", "plans/nothere/tasks/-",
            "PLAN_NOT_FOUND"},
           {"ListAssignments", "parent", task, "plans/read/tasks/t-nothere", "TASK_NOT_FOUND"},
           {"ListUnresolvedUnits", "parent", "plans/read", "plans/nothere", "PLAN_NOT_FOUND"}}) {
    const auto of = [&](const std::string& name) {
      return absl::Substitute("$0: \"$1\"", read.field, name);
    };
    door_.Accepts(read.method, of(read.right));
    door_.Refuses(read.method, of(read.missing), "NOT_FOUND / " + read.error);
    door_.Refuses(read.method, of("no name"), "INVALID_ARGUMENT / INVALID_NAME");
    if (read.field == "parent") {
      door_.Refuses(read.method, of(read.right) + " page_token: \"no token\"",
                    "INVALID_ARGUMENT / INVALID_PAGE");
    }
  }
  door_.Accepts("ListPlans");
  door_.Refuses("ListPlans", "page_size: -1", "INVALID_ARGUMENT / INVALID_PAGE");
}

TEST_P(TaskTest, MovesATaskThroughItsStatesOnly) {
  const auto import = Import("states");
  const std::string task = import.tasks(0).name(), unresolved = import.tasks(1).name();
  const std::string why = "reason: \"by decision\"";
  for (const char* method :
       {"SuspendTask", "ResumeTask", "CancelTask", "IssueTask", "UpdateBreakdown"}) {
    const std::string more =
        method == std::string("IssueTask") || method == std::string("UpdateBreakdown") ? "" : why;
    door_.Refuses(method, Named("no name", more), "INVALID_ARGUMENT / INVALID_NAME");
    door_.Refuses(method, Named("plans/states/tasks/t-nothere", more),
                  "NOT_FOUND / TASK_NOT_FOUND");
    if (more.empty()) continue;
    door_.Refuses(method, Named(task), "INVALID_ARGUMENT / REASON_REQUIRED");
    door_.Refuses(method, Named(task, "reason: \"a\\001b\""), "INVALID_ARGUMENT / INVALID_REASON");
  }
  door_.Refuses("SuspendTask", Named(task, why), "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  door_.Refuses("IssueTask", Named(unresolved), "FAILED_PRECONDITION / NO_ASSIGNMENTS");
  door_.Accepts("IssueTask", Named(task));
  door_.Accepts("IssueTask", Named(task));
  door_.Refuses("UpdateBreakdown", Named(task, "theme: \"money\""),
                "INVALID_ARGUMENT / REASON_REQUIRED");
  door_.Refuses("UpdateBreakdown", Named(task, "theme: \"money\" reason: \"a\\001b\""),
                "INVALID_ARGUMENT / INVALID_REASON");
  door_.Refuses("ResumeTask", Named(task, why), "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  door_.Accepts("SuspendTask", Named(task, why));
  door_.Refuses("IssueTask", Named(task), "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  door_.Accepts("ResumeTask", Named(task, why));
  door_.Accepts("CancelTask", Named(task, why));
  door_.Refuses("CancelTask", Named(task, why), "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  door_.Refuses("UpdateBreakdown", Named(task, "theme: \"money\""),
                "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  door_.Refuses("UpdateBreakdown", Named(unresolved, "due_date: \"soon\""),
                "INVALID_ARGUMENT / INVALID_BREAKDOWN");
  door_.Refuses("UpdateBreakdown", Named(unresolved, "theme: \"money\" if_revision: 1"),
                "ABORTED / CHANGED_SINCE");
  EXPECT_EQ(door_.Answer<task::v1::Task>("UpdateBreakdown", Named(unresolved, "theme: \"money\""))
                .theme(),
            "money");
}

TEST_P(TaskTest, IssuesAPlanAndNamesTheTasksWithoutAnAgency) {
  Import("issue");
  door_.Refuses("IssuePlan", Named("no name"), "INVALID_ARGUMENT / INVALID_NAME");
  door_.Refuses("IssuePlan", Named("plans/nothere"), "NOT_FOUND / PLAN_NOT_FOUND");
  auto issued = door_.Answer<task::v1::IssuePlanResponse>("IssuePlan", Named("plans/issue"));
  EXPECT_EQ(issued.issued(), 1);
  EXPECT_EQ(issued.without_agency_size(), 1);
}

TEST_P(TaskTest, UnitsBecomeAssignmentsAndGoAgain) {
  std::string collective, unknown;
  const auto import = Import("units");
  for (const auto& unit : import.unresolved_units()) {
    (unit.collective() ? collective : unknown) = unit.name();
  }
  const std::string finance = "agency: \"agencies/finance\"";
  door_.Refuses("ResolveUnit", Named("no name", finance), "INVALID_ARGUMENT / INVALID_NAME");
  door_.Refuses("ResolveUnit", Named("plans/units/unresolvedUnits/u-nothere", finance),
                "NOT_FOUND / UNIT_NOT_FOUND");
  door_.Refuses("ResolveUnit", Named(unknown, "agency: \"agencies/nothere\""),
                "NOT_FOUND / AGENCY_NOT_FOUND");
  door_.Refuses("ResolveUnit", Named(collective, finance), "FAILED_PRECONDITION / COLLECTIVE_UNIT");
  const std::string made =
      door_.Answer<task::v1::Assignment>("ResolveUnit", Named(unknown, finance)).name();
  const std::string why = "reason: \"not theirs\"";
  door_.Refuses("RemoveUnit", Named("no name", why), "INVALID_ARGUMENT / INVALID_NAME");
  door_.Refuses("RemoveUnit", Named(made), "INVALID_ARGUMENT / REASON_REQUIRED");
  door_.Refuses("RemoveUnit", Named(made, "reason: \"a\\001b\""),
                "INVALID_ARGUMENT / INVALID_REASON");
  door_.Refuses("RemoveUnit", Named("plans/units/tasks/t-nothere/assignments/finance", why),
                "NOT_FOUND / ASSIGNMENT_NOT_FOUND");
  EXPECT_TRUE(door_.Answer<task::v1::Assignment>("RemoveUnit", Named(made, why)).removed());
}

TEST_P(TaskTest, FeedStartsFromASnapshotAndRefusesWhatItNeverSent) {
  const auto first = inside_.Answer<common::v1::WatchResponse>("WatchMandate", "");
  const std::string store = absl::Substitute("store_id: \"$0\"", first.snapshot().store_id());
  inside_.Refuses("WatchMandate", "from_revision: 1000000000 " + store,
                  "INVALID_ARGUMENT / FUTURE_REVISION");
  inside_.Refuses("WatchMandate", "from_revision: 1 store_id: \"another\"",
                  "FAILED_PRECONDITION / STORE_CHANGED");
  inside_.Accepts("ListState");
  inside_.Refuses("ListState", "page_size: -1", "INVALID_ARGUMENT / INVALID_PAGE");
  inside_.Refuses("ListState", "revision: 1000000000", "INVALID_ARGUMENT / FUTURE_REVISION");
}

INSTANTIATE_TEST_SUITE_P(Everywhere, TaskTest,
                         ::testing::Values(Mode::kInProcess, Mode::kProcesses),
                         [](const auto& mode) { return ModeName(mode.param); });

}  // namespace
}  // namespace duban::tests
