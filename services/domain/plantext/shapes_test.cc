// The shapes in which official texts come, each in a few lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/base/status.h"
#include "services/domain/plantext/limits.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/testing/fixtures.h"

namespace duban::plantext {
namespace {

using ::testing::HasSubstr;
using testing::Rules;
using testing::Summary;

std::string Read(absl::string_view text) {
  const absl::StatusOr<ParsedPlan> plan = Parse(text);
  return plan.ok() ? Summary(*plan) : plan.status().ToString();
}

TEST(LabelShapeTest, KeywordsAndRoles) {
  EXPECT_EQ(Read("1.做甲事。好。（牵头单位：市科委；配合单位：市财政局、各区政府）"),
            "1|做甲事|LEAD 市科委,SUPPORTING 市财政局,SUPPORTING 各区政府\n");
  EXPECT_EQ(Read("1.做甲事。好。\n牵头单位：市科委\n配合单位：市财政局、\n市教委\n2."
                 "做乙事。好。\n责任单位：市税务局\n"),
            "1|做甲事|LEAD 市科委,SUPPORTING 市财政局,SUPPORTING 市教委\n2|做乙事|市税务局\n");
  EXPECT_EQ(Read("1.做甲事。好。【责任单位：市科委（牵头）、市财政局】"),
            "1|做甲事|LEAD 市科委,市财政局\n");
}

TEST(LabelShapeTest, BareListsStandBehindASentence) {
  EXPECT_EQ(Read("1.做甲事。要做好。（市科委、市财政局）\n2."
                 "建算力中心（包括通算中心、智算中心）。好。（市数据局）"),
            "1|做甲事|市科委,市财政局\n2|建算力中心（包括通算中心、智算中心）|市数据局\n");
}

TEST(LabelShapeTest, DeadlinesAreNoUnits) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "1.做甲事。好。（市科委、市财政局按职责分工负责；完成时限：2024年6月）\n"
      "2.做乙事。好。（责任单位：市教委，2025年底前）");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Summary(*plan), "1|做甲事|市科委,市财政局\n2|做乙事|市教委\n");
  EXPECT_EQ(plan->tasks[0].deadline, "2024年6月");
  EXPECT_EQ(plan->tasks[1].deadline, "2025年底前");
}

TEST(LabelShapeTest, DeadlinesByAnyOfTheirWords) {
  for (const char* word :
       {"完成期限", "完成时间", "时限要求", "进度安排", "时间进度", "办理时限"}) {
    for (const char* form :
         {"1.做甲事。好。（责任单位：市科委；", "1.做甲事。好。\n责任单位：市科委\n"}) {
      const absl::StatusOr<ParsedPlan> plan = Parse(absl::StrCat(form, word, "：2025年底前"));
      ASSERT_TRUE(plan.ok());
      EXPECT_EQ(Summary(*plan), "1|做甲事|市科委\n") << word;
      EXPECT_EQ(plan->tasks[0].deadline.substr(0, 16), "2025年底前") << word;
    }
  }
}

// A sentence is no name even where the list takes it for one, and standing in a label proves
// nothing.
TEST(LabelShapeTest, WhatIsNoNameIsDoubted) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某市方案\n1.做甲事。好。（责任单位：市科委、进展情况报市政府）\n2."
      "做乙事。好。（责任单位：市教委、乡贤）");
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->findings.size(), 2u);
  EXPECT_EQ(plan->findings[0].rule + plan->findings[0].before, "units.shape进展情况报市政府");
  EXPECT_EQ(plan->findings[1].rule + plan->findings[1].before, "units.shape乡贤");
}

TEST(LabelShapeTest, FirstListedLeadsOnceItIsSaid) {
  EXPECT_EQ(Read("1.做甲事。好。（市科委、市财政局负责，排在第一位的部门为牵头部门，下同）\n"
                 "2.做乙事。好。（市教委、市科委负责）\n3.做丙事。好。（市科委、市教委牵头负责）"),
            "1|做甲事|LEAD 市科委,市财政局\n2|做乙事|LEAD 市教委,市科委\n3|做丙事|LEAD 市科委,LEAD "
            "市教委\n");
}

TEST(LabelShapeTest, ThoseResponsibleLeadWhereTheTextSaysSo) {
  const char* tasks =
      "1.做甲事。好。（责任单位：市科委）\n2.做乙事。好。（牵头单位：市教委；责任单位：市科委）\n";
  EXPECT_EQ(Read(absl::StrCat(tasks, "注：无牵头单位的，责任单位即为牵头单位。\n")),
            "1|做甲事|LEAD 市科委\n2|做乙事|LEAD 市教委,市科委\n");
  EXPECT_EQ(Read(absl::StrCat(tasks, "未明确牵头单位的，由各责任单位分别落实。\n")),
            "1|做甲事|市科委\n2|做乙事|LEAD 市教委,市科委\n");
}

TEST(LabelShapeTest, StandingUnitsAreSaidNotAdded) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "1.做甲事。好。（责任单位：市科委。以下任务均需各区政府落实，不再列出）\n2."
      "做乙事。好。（责任单位：市教委）");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Summary(*plan), "1|做甲事|市科委\n2|做乙事|市教委\n");
  EXPECT_THAT(Rules(*plan), HasSubstr("units.standing"));
}

TEST(TaskShapeTest, ArticlesAndNumberedWords) {
  EXPECT_EQ(Read("某市方案\n第一条 做甲事。好。（责任单位：市科委）\n"
                 "第二条 做乙事。按照第三条规定做好。（责任单位：市教委）\n"),
            "第一条|做甲事|市科委\n第二条|做乙事|市教委\n");
  EXPECT_EQ(Read("某市方案\n任务一：做甲事。好。（责任单位：市科委）\n任务二：做乙事。好。（市教委"
                 "负责）\n"),
            "任务一|做甲事|市科委\n任务二|做乙事|市教委\n");
}

TEST(TaskShapeTest, ATextOfOneLine) {
  EXPECT_EQ(
      Read(
          "某市方案一、总的要求要做好。二、任务（一）甲类1.做甲事。好。（责任单位：市科委）2.做乙事"
          "。好。（责任单位：市教委）（二）丙类3.做丙事。好。（责任单位：市数据局）"),
      "1|做甲事|市科委\n2|做乙事|市教委\n3|做丙事|市数据局\n");
}

TEST(TaskShapeTest, ATaskOfOneShortSentenceHasItForATitle) {
  EXPECT_EQ(Read("某市方案\n1.建成平台。（责任单位：市科委）\n2.出台政策。（责任单位：市教委）\n"),
            "1|建成平台|市科委\n2|出台政策|市教委\n");
  EXPECT_EQ(Read("某市方案\n1.建成平台。\n责任单位：市科委\n工作措施：分步推进。\n2.出台政策。\n"
                 "责任单位：市教委\n工作措施：按季推进。\n"),
            "1|建成平台|市科委\n2|出台政策|市教委\n");
}

TEST(LabelShapeTest, ASharedSuffixIsSaid) {
  const absl::StatusOr<ParsedPlan> plan =
      Parse("某省方案\n1.做甲事。好。（责任单位：省科技厅，甲市、乙市人民政府）");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Summary(*plan), "1|做甲事|省科技厅,甲市人民政府,乙市人民政府\n");
  ASSERT_EQ(plan->findings.size(), 1u);
  EXPECT_EQ(plan->findings[0].rule, "units.shared-suffix");
  EXPECT_EQ(plan->findings[0].before, "甲市");
  EXPECT_EQ(plan->findings[0].after, "甲市人民政府");
  EXPECT_FALSE(plan->findings[0].doubt);
}

TEST(LabelShapeTest, KeywordsWithAPrefix) {
  EXPECT_EQ(Read("某市方案\n1.做甲事。好。\n市级责任单位：市科委、市教委\n2."
                 "做乙事。好。\n主要责任单位：市教委\n"),
            "1|做甲事|市科委,市教委\n2|做乙事|市教委\n");
}

TEST(LabelShapeTest, KeywordsWithoutANoun) {
  EXPECT_EQ(Read("某市方案\n1.做甲事。好。（牵头：市科委；配合：市教委）\n2."
                 "做乙事。好。〖责任单位：市教委〗\n"),
            "1|做甲事|LEAD 市科委,SUPPORTING 市教委\n2|做乙事|市教委\n");
}

TEST(LabelShapeTest, ABlankBetweenTwoNamesOfAListIsDoubted) {
  const absl::StatusOr<ParsedPlan> plan =
      Parse("某市方案\n1.做甲事。好。（责任单位：市科委、市财政局 市教育局）");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Rules(*plan), "units.maybe-two");
}

TEST(LabelShapeTest, BehindADash) {
  EXPECT_EQ(Read("某市方案\n1.做甲事。好。——责任单位：市科委、市财政局\n2."
                 "做乙事。好。——责任单位：市教委\n"),
            "1|做甲事|市科委,市财政局\n2|做乙事|市教委\n");
}

TEST(TaskShapeTest, ParagraphsWithoutNumbersAreTasks) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某市方案\n一、甲类\n总的要做好。\n做好甲事。多做一些，少说一些。（牵头单位：市科委；责任单位"
      "：市教委）\n"
      "做好乙事。多做一些，少说一些。\n责任单位：市教委\n完成时限：6月\n二、乙类\n做好丙事。好。（"
      "市科委负责）\n"
      "做好丁事。好。（市教委负责）\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Summary(*plan),
            "|做好甲事|LEAD 市科委,市教委\n|做好乙事|市教委\n|做好丙事|市科委\n|做好丁事|市教委\n");
  EXPECT_EQ(plan->tasks[1].section, "一、甲类");
  EXPECT_EQ(plan->tasks[1].deadline, "6月");
  EXPECT_EQ(Rules(*plan), "tasks.unnumbered");
  EXPECT_EQ(Read("某市方案\n做好甲事。好。（市科委负责）\n做好乙事。好。（市教委负责）\n"),
            "|做好甲事|市科委\n|做好乙事|市教委\n");
  EXPECT_EQ(Read("某市方案\n（一）甲类\n做好甲事。（市科委负责）\n做好乙事。（市教委负责）\n"),
            "（一）|甲类|市科委,市教委\n");
}

TEST(TaskShapeTest, AHeadingLineEndsWellBeforeThePage) {
  EXPECT_EQ(Read("某市方案\n（一）甲类\n做好甲的事。（市科委负责）\n（二）乙类\n做好乙的事，再做好"
                 "丙的事，还要做好丁"
                 "的事，一件也不能少。（市教委负责）\n"),
            "（一）|甲类|市科委\n（二）|乙类|市教委\n");
  EXPECT_EQ(Read("# 某方案\n1. **做甲事**\n   - 内容：做好。\n   - 牵头单位：市科委\n"
                 "### 任务2：做乙事\n做好。\n- 责任单位：市教委\n"),
            "1|做甲事|LEAD 市科委\n任务2|做乙事|市教委\n");
}

TEST(TaskShapeTest, SegmentsOfOneTask) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "1.做甲事。先做一。（责任单位：市科委）再做二。（责任单位：市教委）\n2."
      "做乙事。好。（责任单位：市科委）");
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->tasks[0].units.size(), 2u);
  EXPECT_EQ(plan->tasks[0].units[1].segment, 1);
}

TEST(TaskShapeTest, TwoLevelsAndRestartingNumbers) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "一、甲类\n（一）总的甲事，要做得很好很好，有很多要求，还有更多更多的话要说，说也说不完。（市"
      "科委负责）具体措施："
      "1．2020年底前做甲之一，话很长很长很长很长很长很长很长很长很长很长很长很长很长。（市教委牵头"
      "，市财政局负责）"
      "2．做甲之二，话很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长很长。（市数据局"
      "负责）\n"
      "（二）总的乙事，要做得很好很好，有很多要求，还有更多更多的话要说，说也说不完。（市科委负责）"
      "具体措施："
      "做乙事。（市教委负责）\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(
      Summary(*plan),
      "（一）||市科委\n1||LEAD 市教委,市财政局\n2||市数据局\n（二）||市科委\n具体措施||市教委\n");
  EXPECT_EQ(plan->tasks[1].parent, 0);
  EXPECT_EQ(plan->tasks[1].section, "一、甲类 > （一）");
  EXPECT_EQ(plan->tasks[4].parent, 3);
}

TEST(TaskShapeTest, LabelBehindAListBelongsToTheItemAbove) {
  EXPECT_EQ(Read("1.做甲事。好。（责任单位：市科委）\n2."
                 "做乙事。包括：\n（1）一点；\n（2）两点。（责任单位：市教委）\n"),
            "1|做甲事|市科委\n2|做乙事|市教委\n");
}

TEST(TaskShapeTest, ALabelOnALineOfItsOwnBelongsAboveAListOfOne) {
  EXPECT_EQ(Read("（一）甲类\n1.做甲事\n（1）建平台。\n（责任单位：市科委）\n"
                 "2.做乙事\n（1）建机制。\n（2）建队伍。\n（责任单位：市教委）\n"),
            "1|做甲事|市科委\n2|做乙事|市教委\n");
}

TEST(TaskShapeTest, EveryListThatEndsWithALabelIsOneTask) {
  EXPECT_EQ(Read("某市方案\n一、任务\n（一）做甲事。\n1.一点。好。\n2."
                 "两点。好。\n责任单位：市科委\n（二）做乙事。\n"
                 "1.一点。好。\n2.两点。好。\n责任单位：市教委\n"),
            "（一）|做甲事|市科委\n（二）|做乙事|市教委\n");
}

TEST(TaskShapeTest, PointsWithTheirOwnUnitsAreTasks) {
  EXPECT_EQ(Read("1.做甲事。一是做这。（责任单位：市科委）二是做那。（责任单位：市教委）"),
            "一是||市科委\n二是||市教委\n");
}

TEST(LabelShapeTest, InTheMiddleOfALine) {
  EXPECT_EQ(Read("某市方案\n1.做甲事。要做好 牵头单位：市科委 配合单位：市教委 完成时限：2025年\n"),
            "1|做甲事|LEAD 市科委,SUPPORTING 市教委\n");
}

TEST(LabelShapeTest, InsideSentences) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某市方案\n1."
      "做甲事。先建平台（市科委牵头），再建机制（由市教委负责），做到（大家认可的）好。\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Summary(*plan), "1|做甲事|LEAD 市科委,市教委\n");
  EXPECT_EQ(Rules(*plan), "units.inside-sentence");
  const absl::StatusOr<ParsedPlan> habit = Parse(
      "某市方案\n1."
      "做甲事。先建平台（市科委牵头），再建机制（市教委负责），建网（市数据局负责），好。\n");
  ASSERT_TRUE(habit.ok());
  EXPECT_EQ(habit->tasks[0].units.size(), 3u);
  EXPECT_EQ(Rules(*habit), "");
}

TEST(LabelShapeTest, SentencesOfTheirOwnWhereTheDocumentIsWrittenSo) {
  EXPECT_EQ(
      Read(
          "某市方案\n1.做甲事。好。市科委牵头，市教委、各区政府配合。\n2.做乙事。好。市教委负责。\n"
          "3.做丙事。好。由市数据局牵头，市有关部门参与。\n"),
      "1|做甲事|LEAD 市科委,SUPPORTING 市教委,SUPPORTING 各区政府\n2|做乙事|市教委\n"
      "3|做丙事|LEAD 市数据局,SUPPORTING 市有关部门\n");
  const absl::StatusOr<ParsedPlan> once = Parse(
      "某市方案\n1.做甲事。好。（责任单位：市教委）\n2.做乙事。好。（责任单位：市教委）\n3."
      "做丙事。好。"
      "市科委牵头。\n");
  ASSERT_TRUE(once.ok());
  EXPECT_TRUE(once->tasks[2].units.empty());
  EXPECT_EQ(Rules(*once), "tasks.no-units units.unread-label");
}

TEST(LabelShapeTest, AKeywordThatNoRuleReadsIsDoubted) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某市方案\n各责任单位：\n1.做甲事。好。（责任单位：市教委）\n2."
      "做乙事，所列责任单位：见上。好。"
      "（市科委负责）\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Rules(*plan), "units.unread-label");
}

TEST(TaskShapeTest, ALabelThatWasCutOffLeavesItsTask) {
  const absl::StatusOr<ParsedPlan> plan =
      Parse("某市方案\n1.做甲事。好。（责任单位：市科委）\n2.做乙事。要做");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Summary(*plan), "1|做甲事|市科委\n2|做乙事|\n");
  EXPECT_EQ(Rules(*plan), "tasks.no-units");
}

TEST(TaskShapeTest, UnlabelledItemsAmongFewLabelledOnesAreDoubted) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某市方案\n1.做甲事。好。（责任单位：市科委）\n2.做乙事。好。\n3.做丙事。好。\n4."
      "做丁事。好。\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->tasks.size(), 1u);
  EXPECT_EQ(Rules(*plan), "tasks.unlabelled");
}

TEST(TaskShapeTest, SiblingWithoutUnitsIsDoubted) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某市方案\n1.做甲事。好。（责任单位：市科委）\n2.做乙事。好。\n3."
      "做丙事。好。（责任单位：市教委）\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->tasks.size(), 3u);
  EXPECT_EQ(Rules(*plan), "tasks.no-units");
}

TEST(LayoutShapeTest, PageNumbersAndRunningHeadsGo) {
  std::string text = "某省方案\n";
  for (int i = 1; i <= 5; ++i) {
    absl::StrAppend(&text, i, ".做甲事。要做\n—", i,
                    "—\n\n某省人民政府公报\n好。（责任单位：省发展\n— ", i, " —\n改革委）\n");
  }
  const absl::StatusOr<ParsedPlan> plan = Parse(text);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->tasks[4].body, "要做好。");
  EXPECT_EQ(plan->tasks[4].units[0].name, "省发展改革委");
  EXPECT_EQ(Rules(*plan), "layout.page-number layout.running-head");
}

TEST(LayoutShapeTest, ClippedNamesAreMendedByWholeOnes) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "1.做甲事。好。（责任单位：省科技厅、省疾控局）\n2."
      "做乙事。好。（责任单位：省\n技厅、省教育厅）\n"
      "3.做丙事。好。（责任\n位：省教育厅、\n疾控局）\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Summary(*plan),
            "1|做甲事|省科技厅,省疾控局\n2|做乙事|省科技厅,省教育厅\n3|做丙事|省教育厅,省疾控局\n");
  EXPECT_THAT(Rules(*plan), HasSubstr("units.clipped"));
}

TEST(LayoutShapeTest, UnknownClippedNameIsDoubtedNotInvented) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某省方案\n1.做甲事。好。（责任\n位：省\n技厅、省教育厅）\n2."
      "做乙事。好。（责任单位：省教育厅）\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->tasks[0].units[0].name, "省技厅");
  EXPECT_EQ(Rules(*plan), "units.clipped units.clipped-word");
}

TEST(TableShapeTest, MarkdownAndHtml) {
  const char kMarkdown[] =
      "# 某市工作方案\n## 二、任务分工\n| 序号 | 重点任务 | 责任单位 | 完成时限 "
      "|\n|---|---|---|---|\n"
      "| 1 | 做甲事 | 市科委牵头，市财政局配合 | 2025年底 |\n| 2 | 做乙事 | 市教委 | 长期 |\n";
  const char kHtml[] =
      "<html><body><h1>某市工作方案</h1><h2>二、任务分工</h2><table><tr><th>序号</th><th>重点任务</"
      "th>"
      "<th>责任单位</th><th>完成时限</th></tr><tr><td>1</td><td>做甲事</"
      "td><td>市科委牵头，市财政局配合</td>"
      "<td>2025年底</td></tr><tr><td>2</td><td>做乙事</td><td>市教委</td><td>长期</td></tr></"
      "table></body></html>";
  for (const char* text : {kMarkdown, kHtml}) {
    const absl::StatusOr<ParsedPlan> plan = Parse(text);
    ASSERT_TRUE(plan.ok()) << plan.status();
    EXPECT_EQ(Summary(*plan), "1|做甲事|LEAD 市科委,SUPPORTING 市财政局\n2|做乙事|市教委\n");
    EXPECT_EQ(plan->title, "某市工作方案");
    EXPECT_EQ(plan->tasks[0].section, "二、任务分工");
    EXPECT_EQ(plan->tasks[1].deadline, "长期");
  }
}

TEST(TableShapeTest, CellsThatSpanRowsAndLinesInCells) {
  EXPECT_EQ(Read("<table><tr><td>任务</td><td>责任单位</td></tr><tr><td>做甲事</td><td "
                 "rowspan=\"2\">市科委<br>市教委</td>"
                 "</tr><tr><td>做乙事</td></tr></table><p>x</p><p>y</p>"),
            "|做甲事|市科委,市教委\n|做乙事|市科委,市教委\n");
}

TEST(TableShapeTest, KeywordsLinesAndNotesInCells) {
  EXPECT_EQ(Read("# 某分工\n| 序号 | 任务 | 责任单位 |\n|---|---|---|\n"
                 "| 1 | 做甲事 | 牵头单位：市科委<br>配合单位：市教委 |\n"
                 "| 2 | 做乙事 | 市教委、市科委（列第一位的为牵头单位，下同） |\n"
                 "| 3 | 做丙事 | 市数据局、市科委 |\n| 4 | 做丁事 | / |\n"),
            "1|做甲事|LEAD 市科委,SUPPORTING 市教委\n2|做乙事|LEAD 市教委,市科委\n"
            "3|做丙事|LEAD 市数据局,市科委\n4|做丁事|\n");
}

TEST(TableShapeTest, AnEmptyTaskCellGoesOnFromAbove) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "# 某分工\n| 序号 | 任务 | 措施 | 责任单位 |\n|---|---|---|---|\n"
      "| 1 | 做甲事 | 建平台 | 市科委 |\n| | | 建机制 | 市教委 |\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Summary(*plan), "1|做甲事|市科委\n1|做甲事|市教委\n");
  EXPECT_EQ(Rules(*plan), "tables.merged-task");
}

TEST(TableShapeTest, ACellALine) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某市分工方案\n序号\n\n任务\n\n牵头单位\n\n配合单位\n\n1\n\n做甲事\n\n市科委\n\n市教委\n\n"
      "二、乙类\n2\n做乙\n的事。\n市教委\n市科委、各区政府\n3\n做丙事\n市数据局\n市科委\n附注\n");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(Summary(*plan),
            "1|做甲事|LEAD 市科委,SUPPORTING 市教委\n"
            "2|做乙的事|LEAD 市教委,SUPPORTING 市科委,SUPPORTING 各区政府\n"
            "3|做丙事|LEAD 市数据局,SUPPORTING 市科委\n");
  EXPECT_EQ(plan->tasks[1].section, "二、乙类");
  EXPECT_EQ(Rules(*plan), "layout.flat-table");
}

TEST(TableShapeTest, AHeadingWithSeveralRolesGivesNone) {
  EXPECT_EQ(Read("# 某分工\n| 任务 | 牵头单位及配合单位 |\n|--|--|\n| 做甲事 | 市科委、市教委 |\n"
                 "| 做乙事 | 市科委牵头，市教委配合 |\n"),
            "|做甲事|市科委,市教委\n|做乙事|LEAD 市科委,SUPPORTING 市教委\n");
}

TEST(TableShapeTest, IndicatorsAreNoTasks) {
  EXPECT_EQ(Read("1.做甲事。好。（责任单位：市科委）\n| 指标 | 2024年 | 2025年 |\n|---|---|---|\n| "
                 "算力 | 1 | 2 |\n"),
            "1|做甲事|市科委\n");
}

TEST(HtmlShapeTest, TablesForLayoutAndTablesOfOneRow) {
  EXPECT_EQ(Read("<html><body><table><tr><td>左</td><td><h1>某市方案</"
                 "h1><p>1.做甲事。好。（责任单位：市科委）</p>"
                 "<p>2.做乙事。好。（责任单位：市教委）</p></td></tr></table></body></html>"),
            "1|做甲事|市科委\n2|做乙事|市教委\n");
  EXPECT_EQ(Read("<html><body><h1>Plan</h1><h2>Goal 1: X</h2><table><tr><th>Lead agency</th>"
                 "<td>Home Office</td></tr></table></body></html>"),
            "1|X|LEAD Home Office\n");
}

TEST(HtmlShapeTest, NumbersOfOrderedLists) {
  EXPECT_EQ(Read("<html><h1>某市方案</h1><h2>一、甲类</h2><ol><li>做甲事。好。（责任单位：市科委）"
                 "</li><li><p>做乙事。好。（责任单位：市教委）</p></li></ol><h2>二、乙类</h2>"
                 "<ol start=\"3\"><li>做丙事。好。（责任单位：市财政局）</li></ol></html>"),
            "1|做甲事|市科委\n2|做乙事|市教委\n3|做丙事|市财政局\n");
  EXPECT_EQ(Read("<html><h1>某市方案</h1><ol><li>（一）做甲事。好。（责任单位：市科委）</li>"
                 "<li>（二）做乙事。好。（责任单位：市教委）</li></ol></html>"),
            "（一）|做甲事|市科委\n（二）|做乙事|市教委\n");
}

TEST(HtmlShapeTest, ReadsTextAndSkipsScripts) {
  EXPECT_EQ(Read("<html><script>1.假。（责任单位：假局）</"
                 "script><body><p>1.做&ldquo;甲&rdquo;<b>事</b>。好。"
                 "（责任单位：市科委）</p><!-- 2.假。（责任单位：假局）--></body></html>"),
            "1|做“甲”事|市科委\n");
}

TEST(EnglishShapeTest, MilestoneTable) {
  EXPECT_EQ(Read("# Plan\n### Action 7: AI\n| **Milestone** | **Target Date** | **Responsible "
                 "Party** |\n|--|--|--|\n"
                 "| **7.1** Publish the tool | June 2021 | CIO Council |\n"
                 "| **7.2** List use cases | June 2021 | Required for all agencies |\n"
                 "| **7.3** Share lists | June 2021 | CIO and Chief Data Officer Councils, as well "
                 "as other bodies |\n"),
            "7.1|Publish the tool|CIO Council\n7.2|List use cases|\n"
            "7.3|Share lists|CIO Council,Chief Data Officer Council,other bodies\n");
}

TEST(EnglishShapeTest, LinesBelowAHeading) {
  EXPECT_EQ(Read("# Plan\n## Commitment 1: Open contracting\n**Lead government actors:** Cabinet "
                 "Office; Treasury (HMT)\n\n"
                 "**Other actors involved:** Spend Network, Open Trust\n"),
            "1|Open contracting|LEAD Cabinet Office,LEAD Treasury (HMT),SUPPORTING Spend "
            "Network,SUPPORTING Open Trust\n");
}

TEST(EnglishShapeTest, SentencesThatSayWhoLeads) {
  EXPECT_EQ(Read("Plan\n1. Open the data. Led by the Ministry of Finance, with support from the "
                 "Audit Office.\n2. Build it. Led by: Ministry of Health. Supported by: City of "
                 "Dover.\n"),
            "1|Open the data|LEAD Ministry of Finance,SUPPORTING Audit Office\n"
            "2|Build it|LEAD Ministry of Health,SUPPORTING City of Dover\n");
  const absl::StatusOr<ParsedPlan> prose =
      Parse("Plan\n1. Open the data. Led by example, many follow.\nLead agency: Ministry of X\n");
  ASSERT_TRUE(prose.ok());
  EXPECT_EQ(prose->tasks[0].units.size(), 1u);
  EXPECT_EQ(Rules(*prose), "units.unread-label");
}

TEST(EnglishShapeTest, PointsBelowAKey) {
  EXPECT_EQ(
      Read("# Plan\n## Goal 1: X\n**Other actors involved:**\n\n- Home Office\n- Open Trust\n\n"
           "**Lead:** Treasury\n"),
      "1|X|SUPPORTING Home Office,SUPPORTING Open Trust,LEAD Treasury\n");
}

TEST(EnglishShapeTest, NumberedWordsAndDottedNumbers) {
  const absl::StatusOr<ParsedPlan> headed =
      Parse("# Plan\n### Action 7: Build\nText.\nLead: Treasury\n");
  ASSERT_TRUE(headed.ok());
  EXPECT_EQ(Summary(*headed), "7|Build|LEAD Treasury\n");
  EXPECT_EQ(Rules(*headed), "");
  EXPECT_EQ(Read("Digital Plan\nAction 1. Build it\nText here.\nResponsible: Home Office\n\n"
                 "Action 2. Train them\nText here.\nResponsible: Treasury\n"),
            "1|Build it|Home Office\n2|Train them|Treasury\n");
  EXPECT_EQ(
      Read("# Plan\n## 2. Skills\n### 2.1 Build\nText.\nLead: Treasury\n### 2.2 Train\nText.\n"
           "Lead: Home Office\n## 3. Rules\n### 3.1 Review\nText.\nLead: Treasury\n"),
      "2.1|Build|LEAD Treasury\n2.2|Train|LEAD Home Office\n3.1|Review|LEAD Treasury\n");
}

TEST(EnglishShapeTest, WordsOfKeysAreNoSentences) {
  EXPECT_EQ(
      Read("# Plan\nLead by example: we will act.\nSupport for business: much.\n## Goal 1: X\n"
           "Text.\n- Lead implementing agency: Ministry of ICT\n- Support: Central Bank\n"
           "Timeline: June 2026\n"),
      "1|X|LEAD Ministry of ICT,SUPPORTING Central Bank\n");
}

TEST(EnglishShapeTest, CommasInsideNamesOfDepartments) {
  EXPECT_EQ(Read("# Plan\n## Goal 1: X\nLead: Department for Digital, Culture, Media and Sport "
                 "(DCMS), Home Office\n"),
            "1|X|LEAD Department for Digital, Culture, Media and Sport (DCMS),LEAD Home Office\n");
}

TEST(HeaderShapeTest, NoticeThenPlan) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某省人民政府关于印发某省\n行动计划的通知\n某政发〔2023〕12号\n各市人民政府：\n现印发给你们。"
      "\n某省人民政府\n"
      "2023年6月1日\n某省行动计划（2023—2025年）\n一、任务\n1."
      "做甲事。好。（责任单位：省科技厅）\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->title, "某省行动计划（2023—2025年）");
  EXPECT_EQ(plan->document_number, "某政发〔2023〕12号");
  EXPECT_EQ(plan->issuer, "某省人民政府");
  EXPECT_EQ(plan->issue_date, "2023-06-01");
}

TEST(HeaderShapeTest, ATitleOnTwoLinesWithABlankOneBetween) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某区政府关于印发某区2023年重点工作任务分工方案的通知\n各街道：\n现印发给你们。\n某区政府\n"
      "2023年3月28日\n某区2023年重点工作\n\n任务分工方案\n\n一、甲类\n"
      "1.做甲事。\n牵头单位：区发改局\n2.做乙事。\n牵头单位：区工信局\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->title, "某区2023年重点工作任务分工方案");
}

TEST(HeaderShapeTest, AHeadingBelowSentencesIsNoTitle) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某市政府办公室关于印发某市应急规划责任分解的通知\n各区：\n现印发给你们。\n某市政府办公室\n"
      "2017年4月\n某市应急规划责任分解\n根据《某市应急规划》（某政发〔2016〕76号）精神，现分解如下。\n"
      "应急体系9个具体建设任务\n（一）甲类\n1.做甲事。好。（责任单位：市科委）\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->title, "某市应急规划责任分解");
  EXPECT_EQ(plan->document_number, "");
  EXPECT_EQ(plan->issue_date, "2017-04");
}

TEST(HeaderShapeTest, TheTitleOfAPageNamesItsSite) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "<html><head><title>某市推进工作实施方案_某市政府</title></"
      "head><body><p>1.做甲事。好。（责任单位：市科委）"
      "</p></body></html>");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->title, "某市推进工作实施方案");
}

TEST(HeaderShapeTest, AreasWithTheirSizes) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某区方案\n一、实施范围\n包括东片区（约12."
      "5平方公里）、西片区8平方公里、南片区，总面积约30平方公里。\n"
      "二、任务\n1.做甲事。好。（责任单位：市科委）\n");
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->areas.size(), 3u);
  EXPECT_EQ(plan->areas[0].name, "东片区");
  EXPECT_EQ(plan->areas[0].milli_km2, 12'500);
  EXPECT_EQ(plan->areas[1].name, "西片区");
  EXPECT_EQ(plan->areas[1].milli_km2, 8'000);
  EXPECT_EQ(plan->areas[2].milli_km2, 0);
  EXPECT_EQ(plan->total_area_milli_km2, 30'000);
}

TEST(HeaderShapeTest, DatesOfForceAndPrint) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某市方案\n一、任务\n1."
      "做甲事。好。（责任单位：市科委）\n二、附则\n本方案自2025年5月1日起施行。\n"
      "某市人民政府办公室 2025年4月18日印发\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->effective_date, "2025-05-01");
  EXPECT_EQ(plan->print_date, "2025-04-18");
}

TEST(TaskShapeTest, DatesOfTheBodyAreListedNotTakenForTheDeadline) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某市方案\n1."
      "做甲事。2025年底前建成一批，今年6月底前启动，2026年3月31日前收尾，2025年底前再看。"
      "（责任单位：市科委）\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(absl::StrJoin(plan->tasks[0].dates, " "), "2025年底前 今年6月底前 2026年3月31日前");
  EXPECT_EQ(plan->tasks[0].deadline, "");
}

TEST(TableShapeTest, IndicatorsAreKeptAsFigures) {
  const absl::StatusOr<ParsedPlan> plan = Parse(
      "某市方案\n一、目标\n| 序号 | 指标 | 单位 | 2024年 | 2025年 |\n|--|--|--|--|--|\n"
      "| 1 | 算力 | EFLOPS | 1.5 | ≥2 |\n| 2 | 企业 | 家 |  | 30 |\n"
      "二、任务\n1.做甲事。好。（责任单位：市科委）\n");
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->indicators.size(), 2u);
  EXPECT_EQ(plan->indicators[0].name, "算力");
  EXPECT_EQ(plan->indicators[0].measure, "EFLOPS");
  EXPECT_EQ(plan->indicators[0].section, "一、目标");
  ASSERT_EQ(plan->indicators[0].values.size(), 2u);
  EXPECT_EQ(plan->indicators[0].values[1].column, "2025年");
  EXPECT_EQ(plan->indicators[0].values[1].value, "≥2");
  EXPECT_EQ(plan->indicators[1].values.size(), 1u);
}

// Nothing here may take more than linear time; a quadratic step would run into the test's time
// limit.
TEST(RobustnessTest, StrangeTextsEndSoon) {
  const auto repeat = [](absl::string_view piece, int times) {
    std::string out = "1.做甲事。好。（责任单位：市科委）\n";
    for (int i = 0; i < times; ++i) out.append(piece.data(), piece.size());
    return out;
  };
  for (const char* piece : {"(",
                            "（",
                            "）",
                            "（）",
                            "（（（）",
                            "（责任单位：",
                            "1.",
                            "（一）",
                            "列第一",
                            "责任单位",
                            "上海?茖",
                            "市??偛",
                            "|",
                            "|任务|责任单位|\n",
                            "<table><tr><td rowspan=200>",
                            "<",
                            "&",
                            "a\n",
                            "一、",
                            "—1—",
                            "市科委、",
                            "(xué)",
                            "\xF0\xA0\x80\x80"}) {
    EXPECT_TRUE(Parse(repeat(piece, 20'000)).ok()) << piece;
  }
}

// A label for each sentence of one task: what grows with each must not be copied for each.
TEST(RobustnessTest, ManyLabelsOfOneTask) {
  std::string text = "某市方案\n1.做甲事。";
  for (int i = 0; i < 50'000; ++i) absl::StrAppend(&text, "好。（责任单位：市科委、市财政局）");
  const absl::StatusOr<ParsedPlan> plan = Parse(text);
  ASSERT_TRUE(plan.ok());
  EXPECT_GT(plan->tasks[0].units.size(), 1'000u);
  EXPECT_LE(plan->tasks[0].units.size(), kMaxUnitsPerTask);
  EXPECT_EQ(Rules(*plan), "units.too-many");
}

TEST(RobustnessTest, ManyTasks) {
  std::string text = "某市方案\n";
  for (int i = 1; i <= 20'000; ++i)
    absl::StrAppend(&text, i, ".做甲事。好。（责任单位：市科委）\n");
  const absl::StatusOr<ParsedPlan> plan = Parse(text);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->tasks.size(), 20'000u);
}

TEST(RobustnessTest, TooManyTasksAreRefused) {
  std::string text = "某市方案\n";
  for (size_t i = 1; i <= kMaxTasks + 1; ++i) absl::StrAppend(&text, i, ".做（市科委牵头）\n");
  const absl::StatusOr<ParsedPlan> plan = Parse(text);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(plan.status()), "TOO_MANY_TASKS");
}

TEST(RobustnessTest, TooManyItemsAreRefused) {
  std::string text = "某市方案\n1.做甲事。（责任单位：市科委）\n";
  for (size_t i = 0; i <= kMaxItems; ++i) text += i % 2 == 0 ? "①\n" : "②\n";
  const absl::StatusOr<ParsedPlan> plan = Parse(text);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(plan.status()), "TOO_MANY_ITEMS");
}

}  // namespace
}  // namespace duban::plantext
