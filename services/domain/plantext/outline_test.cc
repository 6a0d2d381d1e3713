#include "services/domain/plantext/outline.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/testing/fixtures.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {
namespace {

std::string Number(const Text& text, const Item& item) {
  const std::u16string number = NumberOf(text, item);
  return number.empty() ? "#" : ToUtf8(number);
}

// The numbers of all items, # for a heading without, those of the items above them in front: "一 一>（一） 二".
std::string Items(absl::string_view utf8, std::string* rules = nullptr) {
  Text text;
  int64_t at = 0;
  for (const char16_t c : ToUtf16(utf8)) text.Append(c, at++);
  Findings findings(text);
  const Outline outline = Segment(text, &findings);
  std::string all;
  for (const Item& item : outline.items) {
    std::string path = Number(text, item);
    for (int up = item.parent; up >= 0; up = outline.items[up].parent)
      path = absl::StrCat(Number(text, outline.items[up]), ">", path);
    absl::StrAppend(&all, all.empty() ? "" : " ", path);
  }
  ParsedPlan plan;
  plan.findings = findings.Take();
  if (rules != nullptr) *rules = testing::Rules(plan);
  return all;
}

TEST(OutlineTest, LevelsFromPartsToCircles) {
  EXPECT_EQ(Items("第一章 总则\n一、甲\n（一）乙\n1.丙\n（1）丁\n①戊\n二、己\n"),
            "第一章 第一章>一 第一章>一>（一） 第一章>一>（一）>1 第一章>一>（一）>1>（1） "
            "第一章>一>（一）>1>（1）>① 第一章>二");
}

TEST(OutlineTest, ArticlesAreNoReferences) {
  EXPECT_EQ(Items("第一条 做甲事。\n按照\n第三条规定办理。\n第二条 做乙事。\n"), "第一条 第二条");
}

TEST(OutlineTest, WordsWithNumbers) {
  EXPECT_EQ(Items("任务一：做甲事\n任务二：做乙事\n"), "任务一 任务二");
  EXPECT_EQ(Items("Action 1: Build\nAction 2: Open\n"), "1 2");
}

TEST(OutlineTest, MeasuresWithoutANumber) {
  EXPECT_EQ(Items("（一）甲\n具体措施：做好。\n（二）乙\n"), "（一） （一）>具体措施 （二）");
  EXPECT_EQ(Items("（一）甲\n具体措施：\n1.做好。\n"), "（一） （一）>1");
}

TEST(OutlineTest, DottedNumbersStandBelowTheirFirstPart) {
  EXPECT_EQ(Items("7.甲\n7.1 乙\n7.2 丙\n8.丁\n"), "7 7>7.1 7>7.2 8");
}

TEST(OutlineTest, QuantitiesAndDatesAreNoNumbers) {
  EXPECT_EQ(Items("1.甲\n7.1万平方米\n2025年底前完成。\n2.乙\n"), "1 2");
}

TEST(OutlineTest, HeadingsOfMarkdown) {
  EXPECT_EQ(Items("# 方案\n## 一、甲\n### （一）乙\n## Goals\n"), "# #>一 #>一>（一） #>#");
}

TEST(OutlineTest, PointsInsideASentence) {
  EXPECT_EQ(Items("1.做甲事。一是建平台；二是建机制。\n2.做乙事。\n"), "1 1>一是 1>二是 2");
}

TEST(OutlineTest, NumbersInsideBracketsAreNone) {
  EXPECT_EQ(Items("1.甲（含\n2.乙的部分）。\n2.丙\n"), "1 2");
}

TEST(OutlineTest, ATextOfOneLine) {
  EXPECT_EQ(Items("某市方案一、甲类（一）做甲事。好。（二）做乙事。好。二、乙类（一）做丙事。好。"),
            "一 一>（一） 一>（二） 二 二>（一）");
}

TEST(OutlineTest, AGapIsSaid) {
  std::string rules;
  EXPECT_EQ(Items("1.甲\n2.乙\n5.丙\n", &rules), "1 2 5");
  EXPECT_EQ(rules, "segment.number-gap");
}

TEST(OutlineTest, AYearBehindANumberMayBreakAcrossLines) {
  EXPECT_EQ(Items("1.甲。\n2.2025年底前做乙。\n3.20\n5年底前做丙。\n"), "1 2 3");
}

TEST(OutlineTest, TextsThatBeginWithANumber) {
  EXPECT_EQ(Items("10.甲。\n11.121人才项目。\n12.丙。\n"), "10 11 12");
  EXPECT_EQ(Items("10.甲共计\n11.121万元。\n11.丙。\n"), "10 11");
}

TEST(OutlineTest, AtTheStartOfAParagraphAPartMayBeMissing) {
  std::string rules;
  EXPECT_EQ(Items("1.甲。\n2.乙。\n20.丙。\n", &rules), "1 2 20");
  EXPECT_EQ(rules, "segment.number-gap");
  EXPECT_EQ(Items("1.甲。\n2.乙共计\n20.丙。\n"), "1 2");
}

TEST(OutlineTest, ANumberFarOffIsDoubted) {
  std::string rules;
  EXPECT_EQ(Items("1.甲。\n2.乙。\n90.丙。\n", &rules), "1 2");
  EXPECT_EQ(rules, "segment.odd-number");
}

TEST(OutlineTest, BracketsOfOneNumberAreOfOneKind) { EXPECT_EQ(Items("(1）甲\n"), "（1）"); }

}  // namespace
}  // namespace duban::plantext
