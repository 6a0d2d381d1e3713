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
  changed = add("6", "做好丁事", {tsk::TASK_CHANGE_DUE_DATE, tsk::TASK_CHANGE_PRINTED_DATES});
  changed->set_due_date("2027-12-31");
  changed->add_previous_printed_dates("2026年6月");
  response.mutable_tasks(3)->set_printed_deadline("2027-12-31");
  changed->set_task("plans/p/tasks/t-d");
  changed->set_paired_by("张\x1b三");
  add("5", "做好丙事", {tsk::TASK_CHANGE_DROPPED})->set_task("plans/p/tasks/t-c");
  EXPECT_EQ(
      EditionAsText(response, {{"sci-tech", "市科委"}, {"finance", "市财政局"}}, {}),
      "Edition 2 of plans/p: 1 same, 1 renumbered, 1 changed text, 1 changed units, 1 due date, "
      "1 new, 1 dropped, 1 printed dates\n"
      "  new: 1 培养港口人才\n"
      "      + 市科委 (lead)\n"
      "  renumbered, changed text, changed units: 4 (was 3) 做好甲事\n"
      "      text was: 要做好。\n"
      "      text now: 要做得更好。\n"
      "      − 市财政局, + 市?不存在局 (no agency yet), nobody: responsible → supporting\n"
      "  due date, printed dates: 6 做好丁事\n"
      "      the same as t-d, as decided by 张?三\n"
      "      due was: (nothing)\n"
      "      due now: 2027-12-31\n"
      "      dates was: 2026年6月\n"
      "      dates now: 2027-12-31\n"
      "  dropped: 5 做好丙事 [t-c]\n");
}

TEST(EditionViewTest, SaysWhatBecomesOfThePlanItself) {
  tsk::ImportPlanResponse response;
  tsk::Plan& now = *response.mutable_plan();
  tsk::PlanDifference& difference = *response.mutable_difference();
  tsk::Plan& was = *difference.mutable_previous_plan();
  difference.set_edition(2);
  const auto row = [](tsk::Plan& plan, const char* name, const char* value) {
    tsk::PrintedIndicator& indicator = *plan.add_printed_indicators();
    indicator.set_name(name);
    indicator.set_measure("个");
    tsk::PrintedValue& figure = *indicator.add_values();
    figure.set_column("2027年");
    figure.set_value(value);
  };
  now.set_name("plans/p");
  now.set_title("新方案");
  was.set_title("方案");
  now.set_issue_date("2026-05");
  now.set_document_number("甲〔2026〕6号");
  was.set_document_number("甲〔2026〕5号");
  was.set_issuer("甲");
  now.set_issuer("乙");
  now.set_effective_date("2026-06-01");
  now.set_print_date("2026-05-02");
  was.set_positioning("甲地");
  now.set_positioning("乙地");
  now.add_areas()->set_name("甲园区");
  now.mutable_areas(0)->set_milli_km2(12500);
  now.add_areas()->set_name("乙园区");
  was.set_total_area_milli_km2(45000);
  row(was, "基站数", "3000");
  row(was, "用户数", "1");
  row(now, "用户数", "1");
  row(now, "基站数", "4000");
  for (const char* path :
       {"title", "document_number", "issuer", "issue_date", "effective_date", "print_date",
        "positioning", "areas", "total_area_milli_km2", "printed_indicators"}) {
    difference.mutable_plan_mask()->add_paths(path);
  }
  EXPECT_EQ(EditionAsText(response, {}, {}),
            "Edition 2 of plans/p: the plan itself\n"
            "  the plan itself\n"
            "      title was: 方案\n"
            "      title now: 新方案\n"
            "      document number was: 甲〔2026〕5号\n"
            "      document number now: 甲〔2026〕6号\n"
            "      issuer was: 甲\n"
            "      issuer now: 乙\n"
            "      issued was: (nothing)\n"
            "      issued now: 2026-05\n"
            "      in force was: (nothing)\n"
            "      in force now: 2026-06-01\n"
            "      printed was: (nothing)\n"
            "      printed now: 2026-05-02\n"
            "      positioning was: 甲地\n"
            "      positioning now: 乙地\n"
            "      areas was: (nothing)\n"
            "      areas now: 甲园区 12.5 km²、乙园区\n"
            "      area in all was: 45 km²\n"
            "      area in all now: (nothing)\n"
            "      − indicator 基站数 (个): 2027年 3000\n"
            "      + indicator 基站数 (个): 2027年 4000\n");
  was.mutable_printed_indicators()->SwapElements(0, 1);
  was.mutable_printed_indicators(1)->mutable_values(0)->set_value("4000");
  now.mutable_printed_indicators()->SwapElements(0, 1);
  difference.mutable_plan_mask()->clear_paths();
  difference.mutable_plan_mask()->add_paths("printed_indicators");
  EXPECT_EQ(EditionAsText(response, {}, {}),
            "Edition 2 of plans/p: the plan itself\n"
            "  the plan itself\n"
            "      indicators in another order\n");
}

}  // namespace
}  // namespace duban::cli
