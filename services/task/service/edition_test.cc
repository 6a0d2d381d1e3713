#include "services/task/service/edition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/testing/status_matchers.h"
#include "services/task/service/reading.h"

namespace duban::task {
namespace {

using duban::testing::IsOk;
using duban::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

pb::Task Task(const std::string& id, const std::string& number, const std::string& title,
              int order) {
  pb::Task task;
  task.set_name("plans/p/tasks/" + id);
  task.set_number(number);
  task.set_title(title);
  task.set_order(order);
  task.set_state(pb::TASK_STATE_ISSUED);
  task.mutable_source_range()->set_end(9);
  task.set_revision(1);
  return task;
}

pb::Assignment Assignment(const std::string& task, const std::string& agency,
                          pb::AssignmentRole role = pb::ASSIGNMENT_ROLE_RESPONSIBLE) {
  pb::Assignment assignment;
  assignment.set_name(absl::StrCat("plans/p/tasks/", task, "/assignments/", agency));
  assignment.set_role(role);
  assignment.add_printed_names("市" + agency);
  assignment.set_weight(1);
  assignment.set_revision(1);
  return assignment;
}

class EditionTest : public ::testing::Test {
 protected:
  EditionTest() {
    before_.plan.set_name("plans/p");
    before_.plan.set_time_zone("Asia/Urumqi");
    before_.plan.set_reporting_cycle(pb::REPORTING_CYCLE_WEEKLY);
    before_.plan.set_revision(1);
    before_.tasks = {Task("t-a", "1", "做好甲事", 0), Task("t-b", "2", "做好乙事", 1)};
    before_.assignments = {Assignment("t-a", "education"), Assignment("t-b", "finance")};
    draft_.actor = "spiffe://t/operator/li";
    draft_.source.set_sha256("other bytes");
    *draft_.import.mutable_plan() = before_.plan;
    draft_.import.mutable_plan()->set_time_zone("Asia/Shanghai");
    Draft(Task("t-1", "1", "做好甲事", 0), {Assignment("t-1", "education")});
    Draft(Task("t-2", "2", "做好乙事", 1), {Assignment("t-2", "finance")});
  }

  void Draft(pb::Task task, const std::vector<pb::Assignment>& assignments) {
    task.set_state(pb::TASK_STATE_RECORDED);
    task.clear_revision();
    *draft_.import.add_tasks() = task;
    for (pb::Assignment assignment : assignments) {
      assignment.clear_revision();
      *draft_.import.add_assignments() = assignment;
    }
  }

  Edition Made() {
    absl::StatusOr<Edition> edition = MakeEdition(before_, draft_);
    EXPECT_THAT(edition, IsOk());
    return edition.ok() ? *std::move(edition) : Edition();
  }

  // Says that the task of the draft is that one of the plan.
  pb::ReviewDecision& Pair(const std::string& key, const std::string& task) {
    pb::ReviewDecision& decision = draft_.added.emplace_back();
    decision.set_key(key);
    decision.set_verdict(pb::VERDICT_SAME_TASK);
    decision.set_task("plans/p/tasks/" + task);
    decision.set_decided_by("张三");
    return decision;
  }

  std::string Key(int task) { return Made().import.difference().tasks(task).key(); }

  std::vector<int> Changes(int task) {
    const auto changes = Made().import.difference().tasks(task).changes();
    return {changes.begin(), changes.end()};
  }

  std::string Etag() { return Made().import.difference().etag(); }

  StoredPlan before_;
  PlanDraft draft_;
};

TEST_F(EditionTest, OfTheSameWordsNothingIsWrittenButThePlan) {
  const Edition edition = Made();
  EXPECT_EQ(edition.unchanged, (std::set<std::string>{"plans/p/tasks/t-a", "plans/p/tasks/t-b",
                                                      "plans/p/tasks/t-a/assignments/education",
                                                      "plans/p/tasks/t-b/assignments/finance"}));
  EXPECT_THAT(edition.gone_units, IsEmpty());
  EXPECT_EQ(edition.import.plan().edition(), 2);
  EXPECT_EQ(edition.import.plan().time_zone(), "Asia/Urumqi");
  EXPECT_EQ(edition.import.plan().reporting_cycle(), pb::REPORTING_CYCLE_WEEKLY);
  EXPECT_THAT(Changes(0), ElementsAre(pb::TASK_CHANGE_SAME));
  EXPECT_THAT(Changes(1), ElementsAre(pb::TASK_CHANGE_SAME));
}

TEST_F(EditionTest, ARoleOfTheTextFollowsTheTextAndAConfirmedOneStays) {
  draft_.import.mutable_assignments(0)->set_role(pb::ASSIGNMENT_ROLE_LEAD);
  draft_.import.mutable_assignments(0)->set_provenance(pb::ROLE_PROVENANCE_EXPLICIT);
  draft_.import.mutable_assignments(1)->set_role(pb::ASSIGNMENT_ROLE_SUPPORTING);
  before_.assignments[1].set_role(pb::ASSIGNMENT_ROLE_LEAD);
  before_.assignments[1].set_provenance(pb::ROLE_PROVENANCE_CONFIRMED);
  const Edition edition = Made();
  EXPECT_EQ(edition.import.assignments(0).role(), pb::ASSIGNMENT_ROLE_LEAD);
  EXPECT_EQ(edition.import.assignments(1).role(), pb::ASSIGNMENT_ROLE_LEAD);
  EXPECT_THAT(Changes(0), ElementsAre(pb::TASK_CHANGE_UNITS));
  EXPECT_THAT(Changes(1), ElementsAre(pb::TASK_CHANGE_SAME));
  const pb::UnitDifference& unit = edition.import.difference().tasks(0).units(0);
  EXPECT_EQ(unit.role(), pb::ASSIGNMENT_ROLE_LEAD);
  EXPECT_EQ(unit.previous_role(), pb::ASSIGNMENT_ROLE_RESPONSIBLE);
}

TEST_F(EditionTest, ADueDateFollowsTheTextUntilTheOfficeSetsAnother) {
  for (int i = 0; i < 2; ++i) {
    before_.tasks[i].set_printed_due_date("2026-06-30");
    before_.tasks[i].set_due_date("2026-06-30");
    draft_.import.mutable_tasks(i)->set_printed_due_date("2026-12-31");
    draft_.import.mutable_tasks(i)->set_due_date("2026-12-31");
  }
  before_.tasks[1].set_due_date("2027-01-31");
  const Edition edition = Made();
  EXPECT_EQ(edition.import.tasks(0).due_date(), "2026-12-31");
  EXPECT_EQ(edition.import.tasks(1).due_date(), "2027-01-31");
  EXPECT_EQ(edition.import.tasks(1).printed_due_date(), "2026-12-31");
  EXPECT_EQ(edition.import.tasks(0).original_due_date(), "2026-12-31");  // none was kept at issue
  EXPECT_THAT(Changes(0), ElementsAre(pb::TASK_CHANGE_DUE_DATE));
  EXPECT_THAT(Changes(1), ElementsAre(pb::TASK_CHANGE_SAME));
}

TEST_F(EditionTest, SaysWhatBecomesOfThePrintedDates) {
  before_.tasks[0].set_printed_deadline("2026年底前");
  before_.tasks[0].add_printed_dates("2026年6月");
  draft_.import.mutable_tasks(0)->set_printed_deadline("2027年底前");
  draft_.import.mutable_tasks(1)->add_printed_dates("2027年6月");
  const pb::ImportPlanResponse import = Made().import;
  EXPECT_EQ(import.tasks(0).printed_deadline(), "2027年底前");
  EXPECT_THAT(import.tasks(0).printed_dates(), IsEmpty());
  EXPECT_THAT(import.tasks(1).printed_dates(), ElementsAre("2027年6月"));
  EXPECT_THAT(Changes(0), ElementsAre(pb::TASK_CHANGE_PRINTED_DATES));
  EXPECT_THAT(Changes(1), ElementsAre(pb::TASK_CHANGE_PRINTED_DATES));
  EXPECT_EQ(import.difference().tasks(0).previous_printed_deadline(), "2026年底前");
  EXPECT_THAT(import.difference().tasks(0).previous_printed_dates(), ElementsAre("2026年6月"));
}

TEST_F(EditionTest, SaysWhatItMakesOfThePlanItself) {
  pb::Plan& was = before_.plan;
  pb::Plan& now = *draft_.import.mutable_plan();
  for (pb::Plan* plan : {&was, &now}) {
    plan->set_title("某市方案");
    plan->add_areas()->set_name("甲园区");
    plan->add_printed_indicators()->set_name("基站数");
  }
  was.set_source_bytes(1);
  now.set_source_bytes(2);
  now.mutable_printed_indicators(0)->mutable_range()->set_begin(7);  // it only stands elsewhere
  EXPECT_FALSE(Made().import.difference().has_plan_mask());
  const std::string unchanged = Etag();
  now.set_title("某市新方案");
  now.set_issue_date("2026-05-01");
  now.mutable_areas(0)->set_milli_km2(12500);
  now.add_printed_indicators()->set_name("用户数");
  const pb::PlanDifference difference = Made().import.difference();
  EXPECT_THAT(difference.plan_mask().paths(),
              ElementsAre("title", "issue_date", "areas", "printed_indicators"));
  pb::Plan previous;
  previous.set_title("某市方案");
  previous.add_areas()->set_name("甲园区");
  previous.add_printed_indicators()->set_name("基站数");
  EXPECT_EQ(difference.previous_plan().SerializeAsString(), previous.SerializeAsString());
  EXPECT_NE(Etag(), unchanged);
}

TEST_F(EditionTest, TasksBelowAnotherKeepItWhereverItComesFrom) {
  before_.tasks[1].set_parent("plans/p/tasks/t-a");
  draft_.import.mutable_tasks(1)->set_parent("plans/p/tasks/t-1");
  Draft(Task("t-3", "3", "全新之事", 2), {});
  draft_.import.mutable_tasks(2)->set_parent("plans/p/tasks/t-1");
  const Edition edition = Made();
  EXPECT_EQ(edition.import.tasks(1).parent(), "plans/p/tasks/t-a");
  EXPECT_EQ(edition.import.tasks(2).name(), "plans/p/tasks/t-3");
  EXPECT_EQ(edition.import.tasks(2).parent(), "plans/p/tasks/t-a");
  EXPECT_THAT(Changes(1), ElementsAre(pb::TASK_CHANGE_SAME));
  draft_.import.mutable_tasks(1)->clear_parent();
  EXPECT_THAT(Changes(1), ElementsAre(pb::TASK_CHANGE_MOVED));
}

TEST_F(EditionTest, ADroppedTaskStandsBehindTheOthersAndIsCancelledOnce) {
  before_.tasks[0].set_dropped_in_edition(1);
  before_.tasks[0].set_state(pb::TASK_STATE_CANCELLED);
  before_.tasks[0].set_state_reason("dropped in edition 1");
  before_.tasks[1].set_state(pb::TASK_STATE_CANCELLED);
  before_.tasks[1].set_state_reason("by decision");
  draft_.import.mutable_tasks()->RemoveLast();
  draft_.import.mutable_assignments()->RemoveLast();
  const Edition edition = Made();
  ASSERT_THAT(edition.import.tasks(), SizeIs(3));
  EXPECT_EQ(edition.import.tasks(0).name(), "plans/p/tasks/t-1");  // new, though of the same words
  EXPECT_EQ(edition.import.tasks(1).name(), "plans/p/tasks/t-b");
  EXPECT_EQ(edition.import.tasks(1).dropped_in_edition(), 2);
  EXPECT_EQ(edition.import.tasks(1).state_reason(), "by decision");
  EXPECT_EQ(edition.import.tasks(2).name(), "plans/p/tasks/t-a");
  EXPECT_EQ(edition.import.tasks(2).dropped_in_edition(), 1);
  EXPECT_EQ(edition.import.tasks(2).order(), 2);
  EXPECT_THAT(edition.import.difference().tasks(), SizeIs(2));
}

TEST_F(EditionTest, ARewrittenTaskIsTheOneThatAPersonSays) {
  draft_.import.mutable_tasks(1)->set_title("另起炉灶");
  draft_.import.mutable_tasks(1)->set_number("7");
  EXPECT_THAT(Changes(1), ElementsAre(pb::TASK_CHANGE_NEW));
  const std::string without = Etag();
  Pair(Key(1), "t-b");
  const pb::ImportPlanResponse import = Made().import;
  EXPECT_NE(import.difference().etag(), without);
  ASSERT_THAT(import.difference().tasks(), SizeIs(2));
  const pb::TaskDifference& paired = import.difference().tasks(1);
  EXPECT_EQ(paired.task(), "plans/p/tasks/t-b");
  EXPECT_EQ(paired.paired_by(), "张三");
  EXPECT_EQ(import.difference().tasks(0).paired_by(), "");
  EXPECT_THAT(paired.changes(), ElementsAre(pb::TASK_CHANGE_RENUMBERED, pb::TASK_CHANGE_TEXT));
  EXPECT_EQ(import.tasks(1).name(), "plans/p/tasks/t-b");
  EXPECT_EQ(import.tasks(1).title(), "另起炉灶");
  EXPECT_EQ(import.tasks(1).state(), pb::TASK_STATE_ISSUED);
  EXPECT_EQ(import.assignments(1).name(), "plans/p/tasks/t-b/assignments/finance");
}

TEST_F(EditionTest, APersonsWordOutranksThatOfTheTexts) {
  Pair(Key(0), "t-b");
  const pb::ImportPlanResponse import = Made().import;
  EXPECT_EQ(import.tasks(0).name(), "plans/p/tasks/t-b");
  EXPECT_THAT(Changes(1), ElementsAre(pb::TASK_CHANGE_NEW));
  EXPECT_EQ(import.difference().tasks(2).task(), "plans/p/tasks/t-a");
  EXPECT_THAT(Changes(2), ElementsAre(pb::TASK_CHANGE_DROPPED));
  EXPECT_EQ(import.difference().tasks(2).key(), "");
}

TEST_F(EditionTest, RefusesToPairWhatIsNotThere) {
  const std::string key = Key(0);
  const auto invalid = StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_DECISION");
  Pair("task|no such", "t-a");
  EXPECT_THAT(MakeEdition(before_, draft_), invalid);
  draft_.added.clear();
  Pair(key, "t-z");
  EXPECT_THAT(MakeEdition(before_, draft_),
              StatusIs(absl::StatusCode::kNotFound, "TASK_NOT_FOUND"));
  draft_.added.clear();
  const std::string other = Key(1);
  Pair(key, "t-a");
  Pair(other, "t-a");
  EXPECT_THAT(MakeEdition(before_, draft_), invalid);
  draft_.added.pop_back();
  before_.tasks[0].set_dropped_in_edition(1);
  EXPECT_THAT(MakeEdition(before_, draft_), invalid);
}

TEST_F(EditionTest, AUnitThatThePlanSettledIsNotAsked) {
  const auto ask = [&](const std::string& text, const std::vector<int>& tasks) {
    pb::Doubt& doubt = *draft_.import.add_doubts();
    doubt.set_key("unit|" + text);
    doubt.set_text(text);
    doubt.set_unit(true);
    for (const int task : tasks) {
      pb::TextRange& range = *doubt.add_places()->mutable_range();
      range.set_begin(10 * task + 10);
      range.set_end(10 * task + 15);
    }
    draft_.doubt_tasks.push_back(tasks);
  };
  ask("市某局", {0, 1});
  ask("市\xEF\xBF\xBD某局", {0});
  ask("市他局", {0, -1});
  pb::Finding& settled = *draft_.import.add_findings();
  settled.set_doubt(true);
  settled.mutable_range()->set_begin(12);
  pb::Finding& open = *draft_.import.add_findings();
  open = settled;
  open.mutable_range()->set_begin(22);
  EXPECT_THAT(Made().import.doubts(), SizeIs(3));
  // Resolved in the first task, in the second named only by the text.
  before_.assignments[0].set_actor("spiffe://t/operator/li");
  before_.assignments[0].add_printed_names("市 某局");
  before_.assignments[1].add_printed_names("市某局");
  const pb::ImportPlanResponse import = Made().import;
  ASSERT_THAT(import.doubts(), SizeIs(3));
  ASSERT_THAT(import.doubts(0).places(), SizeIs(1));
  EXPECT_EQ(import.doubts(0).places(0).range().begin(), 20);
  EXPECT_THAT(import.doubts(1).places(), SizeIs(1));  // damaged: only what is just so
  EXPECT_THAT(import.doubts(2).places(), SizeIs(2));
  EXPECT_FALSE(import.findings(0).doubt());
  EXPECT_TRUE(import.findings(1).doubt());
  // And in the second its agency was removed by the office; the damaged name was resolved too.
  before_.assignments[1].set_removed(true);
  before_.assignments[1].set_actor("spiffe://t/operator/li");
  before_.assignments[0].add_printed_names("市\xEF\xBF\xBD某局");
  EXPECT_THAT(Made().import.doubts(), SizeIs(1));
  pb::ImportPlanResponse answer = draft_.import;
  LeaveOutSettled(before_, draft_, answer);
  ASSERT_THAT(answer.doubts(), SizeIs(1));
  EXPECT_EQ(answer.doubts(0).text(), "市他局");
}

TEST(PlanOfTest, ADateMayBeAMonth) {
  EXPECT_EQ(PlanOf({.issue_date = "2026-03"}).issue_date(), "2026-03");
  EXPECT_EQ(PlanOf({.issue_date = "2026-03-02"}).issue_date(), "2026-03-02");
  EXPECT_EQ(PlanOf({.issue_date = "2026-13"}).issue_date(), "");
}

TEST_F(EditionTest, TheEtagIsOfAllThatWasSeenAndOfNothingElse) {
  const std::string first = Etag();
  EXPECT_EQ(Etag(), first);
  Draft(Task("t-3", "3", "全新之事", 2), {});
  const std::string with_new = Etag();
  EXPECT_NE(with_new, first);
  draft_.import.mutable_tasks(2)->set_name("plans/p/tasks/t-9");  // ids differ from call to call
  EXPECT_EQ(Etag(), with_new);
  draft_.source.set_sha256("yet others");
  EXPECT_NE(Etag(), with_new);
  draft_.source.set_sha256("other bytes");
  draft_.added.emplace_back().set_key("k");
  EXPECT_NE(Etag(), with_new);
  draft_.added.clear();
  before_.assignments[0].set_revision(2);
  EXPECT_NE(Etag(), with_new);
}

}  // namespace
}  // namespace duban::task
