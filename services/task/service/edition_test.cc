#include "services/task/service/edition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace duban::task {
namespace {

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

  std::vector<int> Changes(int task) {
    const auto changes = MakeEdition(before_, draft_).import.difference().tasks(task).changes();
    return {changes.begin(), changes.end()};
  }

  std::string Etag() { return MakeEdition(before_, draft_).import.difference().etag(); }

  StoredPlan before_;
  PlanDraft draft_;
};

TEST_F(EditionTest, OfTheSameWordsNothingIsWrittenButThePlan) {
  const Edition edition = MakeEdition(before_, draft_);
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
  const Edition edition = MakeEdition(before_, draft_);
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
  const Edition edition = MakeEdition(before_, draft_);
  EXPECT_EQ(edition.import.tasks(0).due_date(), "2026-12-31");
  EXPECT_EQ(edition.import.tasks(1).due_date(), "2027-01-31");
  EXPECT_EQ(edition.import.tasks(1).printed_due_date(), "2026-12-31");
  EXPECT_EQ(edition.import.tasks(0).original_due_date(), "2026-12-31");  // none was kept at issue
  EXPECT_THAT(Changes(0), ElementsAre(pb::TASK_CHANGE_DUE_DATE));
  EXPECT_THAT(Changes(1), ElementsAre(pb::TASK_CHANGE_SAME));
}

TEST_F(EditionTest, TasksBelowAnotherKeepItWhereverItComesFrom) {
  before_.tasks[1].set_parent("plans/p/tasks/t-a");
  draft_.import.mutable_tasks(1)->set_parent("plans/p/tasks/t-1");
  Draft(Task("t-3", "3", "全新之事", 2), {});
  draft_.import.mutable_tasks(2)->set_parent("plans/p/tasks/t-1");
  const Edition edition = MakeEdition(before_, draft_);
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
  const Edition edition = MakeEdition(before_, draft_);
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
