#include "services/domain/plantext/table.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/flat_table.h"
#include "services/domain/plantext/limits.h"
#include "services/domain/plantext/testing/fixtures.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {
namespace {

Text ToText(absl::string_view utf8) {
  Text text;
  int64_t at = 0;
  for (const char16_t c : ToUtf16(utf8)) text.Append(c, at++);
  return text;
}

std::string RulesOf(Findings* findings) {
  ParsedPlan plan;
  plan.findings = findings->Take();
  return testing::Rules(plan);
}

// A line for every task of the tables: number|title|body|deadline|group|names, a lead's with a *.
std::string Tasks(absl::string_view utf8, std::string* rules = nullptr) {
  const Text text = ToText(utf8);
  Findings findings(text);
  const Tables tables = ReadTables(text, &findings);
  std::string all;
  for (const RowTask& row : tables.tasks) {
    absl::StrAppend(&all, ToUtf8(row.number), "|", ToUtf8(row.title), "|", ToUtf8(row.body), "|",
                    ToUtf8(row.deadline), "|", ToUtf8(tables.groups[row.group]), "|");
    for (const NamedUnit& unit : row.label.units)
      absl::StrAppend(&all, ToUtf8(unit.name), unit.role == Role::kLead ? "*" : "", ",");
    all += '\n';
  }
  if (rules != nullptr) *rules = RulesOf(&findings);
  return all;
}

TEST(TableTest, ColumnsByTheirHeadings) {
  EXPECT_EQ(Tasks("|序号|工作任务|具体内容|牵头单位|配合单位|完成时限|\n|--|--|--|--|--|--|\n"
                  "|1|做甲事|建平台|市科委|市教委|2025年底前|\n"),
            "1|做甲事|建平台|2025年底前||市科委*,市教委,\n");
}

TEST(TableTest, TabsPartCellsToo) {
  EXPECT_EQ(Tasks("序号\t任务\t责任单位\n1\t做甲事\t市科委\n"), "1|做甲事||||市科委,\n");
}

TEST(TableTest, ATitleAboveTheHeader) {
  EXPECT_EQ(Tasks("|某市任务分工表| | |\n|序号|任务|责任单位|\n|1|做甲事|市科委|\n"),
            "1|做甲事||||市科委,\n");
}

TEST(TableTest, ARowOfOneCellHeadsThoseBelow) {
  EXPECT_EQ(Tasks("|序号|任务|责任单位|\n|一、甲类|||\n|1|做甲事|市科委|\n|二、乙类|||\n"
                  "|2|做乙事|市教委|\n"),
            "1|做甲事|||一、甲类|市科委,\n2|做乙事|||二、乙类|市教委,\n");
}

TEST(TableTest, AnEmptyCellOfUnitsTakesThoseAbove) {
  std::string rules;
  EXPECT_EQ(Tasks("|序号|任务|责任单位|\n|1|做甲事|市科委|\n|2|做乙事||\n", &rules),
            "1|做甲事||||市科委,\n2|做乙事||||市科委,\n");
  EXPECT_EQ(rules, "tables.merged-units");
}

TEST(TableTest, AnEmptyCellOfTheTaskTakesTheOneAbove) {
  std::string rules;
  EXPECT_EQ(Tasks("|序号|任务|措施|责任单位|\n|1|做甲事|建平台|市科委|\n|||建机制|市教委|\n", &rules),
            "1|做甲事|建平台|||市科委,\n1|做甲事|建机制|||市教委,\n");
  EXPECT_EQ(rules, "tables.merged-task");
}

TEST(TableTest, ANumberMayLeadTheTitle) {
  EXPECT_EQ(Tasks("|Action|Lead agency|\n|--|--|\n|**7.1** Make it open|Ministry of Health|\n"),
            "7.1|Make it open||||Ministry of Health*,\n");
}

TEST(TableTest, WithoutAColumnForTasksNothingIsRead) {
  std::string rules;
  EXPECT_EQ(Tasks("|区域|责任单位|\n|甲|市科委|\n", &rules), "");
  EXPECT_EQ(rules, "tables.no-task-column");
}

TEST(TableTest, FiguresAreNoTasks) {
  const Text text = ToText("|指标|单位|2025年|\n|--|--|--|\n|一、甲类|||\n|企业|家|≥60|\n");
  Findings findings(text);
  const Tables tables = ReadTables(text, &findings);
  EXPECT_TRUE(tables.tasks.empty());
  ASSERT_EQ(tables.indicators.size(), 1u);
  EXPECT_EQ(ToUtf8(tables.indicators[0].name), "企业");
  EXPECT_EQ(ToUtf8(tables.indicators[0].measure), "家");
  EXPECT_EQ(ToUtf8(tables.groups[tables.indicators[0].group]), "一、甲类");
  EXPECT_EQ(RulesOf(&findings), "");
}

TEST(TableTest, FiguresBeyondTheLimitAreSaidToBeLeftOut) {
  std::string utf8 = "|指标|2025年|\n";
  for (size_t i = 0; i <= kMaxIndicators; ++i) absl::StrAppend(&utf8, "|企业", i, "|1|\n");
  const Text text = ToText(utf8);
  Findings findings(text);
  EXPECT_EQ(ReadTables(text, &findings).indicators.size(), kMaxIndicators);
  EXPECT_EQ(RulesOf(&findings), "tables.too-many-figures");
}

TEST(TableTest, RowsOfAKeyAndItsUnitsAreLabels) {
  const Text text = ToText("|Lead agency|Ministry of Health|\n|Other actors|Ministry of Finance|\n");
  Findings findings(text);
  const Tables tables = ReadTables(text, &findings);
  ASSERT_EQ(tables.labels.size(), 2u);
  EXPECT_EQ(ToUtf8(tables.labels[0].units[0].name), "Ministry of Health");
  EXPECT_TRUE(tables.labels[0].says_lead);
  EXPECT_EQ(tables.labels[1].units[0].role, Role::kSupporting);
}

std::string StoodUp(absl::string_view utf8, std::string* rules = nullptr) {
  Text text = ToText(utf8);
  Findings findings(text);
  const std::string stood = ToUtf8(StandUpTables(std::move(text), &findings).view());
  if (rules != nullptr) *rules = RulesOf(&findings);
  return stood;
}

TEST(FlatTableTest, ACellALineBecomesARowALine) {
  EXPECT_EQ(StoodUp("方案\n序号\n任务\n责任单位\n1\n做甲事\n市科委\n2\n做乙事\n市教委\n"),
            "方案\n|序号|任务|责任单位|\n|1|做甲事|市科委|\n|2|做乙事|市教委|\n\n");
}

TEST(FlatTableTest, AHeadingBetweenTheRowsStaysOne) {
  EXPECT_EQ(StoodUp("序号\n任务\n责任单位\n1\n做甲事\n市科委\n二、乙类\n2\n做乙事\n市教委\n"),
            "|序号|任务|责任单位|\n|1|做甲事|市科委|\n|二、乙类|\n|2|做乙事|市教委|\n\n");
}

TEST(FlatTableTest, LinesTooManyBelongToTheTask) {
  std::string rules;
  EXPECT_EQ(StoodUp("序号\n任务\n责任单位\n1\n做甲\n的事\n市科委\n2\n做乙事\n市教委\n", &rules),
            "|序号|任务|责任单位|\n|1|做甲的事|市科委|\n|2|做乙事|市教委|\n\n");
  EXPECT_EQ(rules, "layout.flat-table");
}

TEST(FlatTableTest, WithoutUnitsOrRowsNothingChanges) {
  const std::string no_units = "序号\n任务\n备注\n1\n做甲事\n无\n2\n做乙事\n无\n";
  EXPECT_EQ(StoodUp(no_units), no_units);
  const std::string one_row = "序号\n任务\n责任单位\n1\n做甲事\n市科委\n";
  EXPECT_EQ(StoodUp(one_row), one_row);
}

}  // namespace
}  // namespace duban::plantext
