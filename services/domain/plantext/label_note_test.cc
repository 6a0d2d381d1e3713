#include "services/domain/plantext/label_note.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {
namespace {

Text ToText(absl::string_view utf8) {
  Text text;
  int64_t at = 0;
  for (const char16_t c : ToUtf16(utf8)) text.Append(c, at++);
  return text;
}

// What is left of the inside of a label, and behind | what was taken off: each finding as
// rule:words.
std::string Taken(absl::string_view inside) {
  const Text text = ToText(inside);
  Findings findings(text);
  Stretch stretch = MakeStretch(text, 0, text.size());
  Label label;
  Tell(TakeNotes(text, &stretch, &label), &findings);
  std::string out = ToUtf8(stretch.text);
  if (label.first_leads) absl::StrAppend(&out, label.first_leads_after ? " L+" : " L");
  for (const Finding& finding : findings.Take())
    absl::StrAppend(&out, "|", finding.rule, ":", finding.before);
  return out;
}

TEST(LabelNoteTest, FirstLeads) {
  EXPECT_EQ(Taken("市科委、市教委负责，排在第一位的为牵头部门，下同"), "市科委、市教委负责， L+");
  EXPECT_EQ(Taken("市科委、市教委负责，首位为牵头单位"), "市科委、市教委负责， L");
  EXPECT_EQ(Taken("市科委、市教委负责，第一个单位为牵头单位，下同"), "市科委、市教委负责， L+");
  EXPECT_EQ(Taken("责任单位：市科委、市教委（除另有说明外，列第一位为牵头单位，下同）"),
            "责任单位：市科委、市教委 L+");
}

TEST(LabelNoteTest, FirstLeadsThatLostACharacterAtALineEnd) {
  EXPECT_EQ(Taken("市科委、市教委负责，第\n位的为牵头单位，下同"),
            "市科委、市教委负责， L+|units.clipped-note:第位的为牵头单位，下同");
  EXPECT_EQ(Taken("市科委、市教委负责，列\n一位者为牵头单位，下同"),
            "市科委、市教委负责， L+|units.clipped-note:列一位者为牵头单位，下同");
  EXPECT_EQ(Taken("市科委、市教委负责，列第一位者为牵头单位，\n同"),
            "市科委、市教委负责， L+|units.clipped-note:列第一位者为牵头单位，同");
}

TEST(LabelNoteTest, StandingSentences) {
  EXPECT_EQ(
      Taken("责任单位：市科委负责。各任务涉及有关区的，由各区办理，不再另列，下同。"),
      "责任单位：市科委负责。。|units.standing:各任务涉及有关区的，由各区办理，不再另列，下同");
  EXPECT_EQ(Taken("责任单位：市科委；各项任务均需各区政府落实"),
            "责任单位：市科委；|units.standing:各项任务均需各区政府落实");
}

TEST(LabelNoteTest, AnUpperBoundIsNoStandingClause) {
  EXPECT_EQ(Taken("责任单位：市科委、各区政府（500万元以下）"),
            "责任单位：市科委、各区政府（500万元以下）");
}

TEST(LabelNoteTest, StandingClausesAndBracketsOfTheFirstSentence) {
  EXPECT_EQ(Taken("市科委负责，以下任务均需各区政府配合，不再列出"),
            "市科委负责，|units.standing:以下任务均需各区政府配合，不再列出");
  EXPECT_EQ(Taken("市科委、各区政府（以下均需参加）"),
            "市科委、各区政府|units.standing:（以下均需参加）");
  EXPECT_EQ(Taken("市科委、各区政府，下同"), "市科委、各区政府，|units.standing:下同");
}

TEST(LabelNoteTest, ALaterSentenceThatNamesNobodyIsNoList) {
  EXPECT_EQ(Taken("责任单位：市科委。每季度末报告进展"),
            "责任单位：市科委。|units.label-tail:每季度末报告进展");
  EXPECT_EQ(Taken("牵头单位：市科委。配合单位：市教委。完成时限：2025年"),
            "牵头单位：市科委。配合单位：市教委。完成时限：2025年");
  EXPECT_EQ(Taken("市科委牵头。市教委、市财政局配合"), "市科委牵头。市教委、市财政局配合");
  EXPECT_EQ(Taken("市科委等；各区政府；2025年底前完成"), "市科委等；各区政府；2025年底前完成");
}

}  // namespace
}  // namespace duban::plantext
