#include "services/cli/edition_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace duban::cli {
namespace {

namespace tsk = duban::task::v1;

TEST(EditionViewTest, SaysTaskByTaskWhatChanges) {
  tsk::ImportPlanResponse response;
  response.mutable_plan()->set_name("plans/p");
  tsk::PlanDifference& difference = *response.mutable_difference();
  difference.set_edition(2);
  const auto add = [&](const char* number, const char* title,
                       std::vector<tsk::TaskChange> changes) {
    tsk::TaskDifference& task = *difference.add_tasks();
    task.set_number(number);
    task.set_title(title);
    for (const tsk::TaskChange change : changes) task.add_changes(change);
    response.add_tasks();
    return &task;
  };
  auto* fresh = add("1", "培养港口人才", {tsk::TASK_CHANGE_NEW});
  auto* unit = fresh->add_units();
  unit->set_agency("agencies/sci-tech");
  unit->set_role(tsk::ASSIGNMENT_ROLE_LEAD);
  add("2", "不变", {tsk::TASK_CHANGE_SAME});
  auto* changed = add("4", "做好甲事",
                      {tsk::TASK_CHANGE_RENUMBERED, tsk::TASK_CHANGE_TEXT, tsk::TASK_CHANGE_UNITS});
  changed->set_previous_number("3");
  changed->set_previous_title("做好甲事");
  changed->set_previous_body("要做好。");
  response.mutable_tasks(2)->set_body("要做得更好。");
  unit = changed->add_units();
  unit->set_agency("agencies/finance");
  unit->set_previous_role(tsk::ASSIGNMENT_ROLE_RESPONSIBLE);
  unit = changed->add_units();
  unit->set_text("市\x1b不存在局");
  unit->set_role(tsk::ASSIGNMENT_ROLE_RESPONSIBLE);
  unit = changed->add_units();
  unit->set_agency("agencies/nobody");
  unit->set_previous_role(tsk::ASSIGNMENT_ROLE_RESPONSIBLE);
  unit->set_role(tsk::ASSIGNMENT_ROLE_SUPPORTING);
  add("5", "做好丙事", {tsk::TASK_CHANGE_DROPPED});
  EXPECT_EQ(EditionAsText(response, {{"sci-tech", "市科委"}, {"finance", "市财政局"}}, {}),
            "Edition 2 of plans/p: 1 same, 1 renumbered, 1 changed text, 1 changed units, 1 new, "
            "1 dropped\n"
            "  new: 1 培养港口人才\n"
            "      + 市科委 (lead)\n"
            "  renumbered, changed text, changed units: 4 (was 3) 做好甲事\n"
            "      text was: 要做好。\n"
            "      text now: 要做得更好。\n"
            "      − 市财政局, + 市?不存在局 (no agency yet), nobody: responsible → supporting\n"
            "  dropped: 5 做好丙事\n");
}

}  // namespace
}  // namespace duban::cli
