#include "services/domain/plantext/name_list.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {
namespace {

// "L:" leads, "S:" supports; joined by |.
std::string Names(absl::string_view list, Role role = Role::kResponsible) {
  Text text;
  int64_t at = 0;
  for (const char16_t c : ToUtf16(list)) text.Append(c, at++);
  std::string out;
  for (const NamedUnit& unit : ReadNames(text, MakeStretch(text, 0, text.size()), role).units) {
    absl::StrAppend(&out, out.empty() ? "" : "|",
                    unit.role == Role::kLead         ? "L:"
                    : unit.role == Role::kSupporting ? "S:"
                                                     : "",
                    ToUtf8(unit.name));
  }
  return out;
}

TEST(NameListTest, SeparatorsPartNames) {
  EXPECT_EQ(Names("市科委、市财政局，市教委；市数据局"), "市科委|市财政局|市教委|市数据局");
  EXPECT_EQ(Names("市政府（办公室、研究室）、市教委"), "市政府（办公室、研究室）|市教委");
}

TEST(NameListTest, BlanksAndLineBreaksInsideNamesGo) {
  EXPECT_EQ(Names("省发展改革\n委、省 财 政 厅"), "省发展改革委|省财政厅");
}

TEST(NameListTest, GapsPartNamesWhereNothingElseDoes) {
  EXPECT_EQ(Names("市科委 市财政局　市教委"), "市科委|市财政局|市教委");
  EXPECT_EQ(Names("市科委\n市财政局\n市教委"), "市科委|市财政局|市教委");
  EXPECT_EQ(Names("中国人民银行\n上海总部"), "中国人民银行上海总部");
  EXPECT_EQ(Names("国家发展\n改革委"), "国家发展改革委");
  EXPECT_EQ(Names("市科委 市财\n政局 市教委"), "市科委|市财政局|市教委");
}

TEST(NameListTest, DutyVerbsCloseAGroup) {
  EXPECT_EQ(Names("财政部、税务总局负责"), "财政部|税务总局");
  EXPECT_EQ(Names("财政部按职责分工负责"), "财政部");
  EXPECT_EQ(Names("财政部、税务总局牵头，人民银行、银保监会按职责分工负责"),
            "L:财政部|L:税务总局|人民银行|银保监会");
  EXPECT_EQ(Names("市科委牵头，市财政局配合"), "L:市科委|S:市财政局");
  EXPECT_EQ(Names("市科委牵头、市财政局和市教委参与"), "L:市科委|S:市财政局|S:市教委");
  EXPECT_EQ(Names("农业农村部、工业和信息化部牵头负责"), "L:农业农村部|L:工业和信息化部");
  EXPECT_EQ(Names("由市科委牵头组织实施"), "L:市科委");
  EXPECT_EQ(Names("市科委、市教委，按职责分工负责"), "市科委|市教委");
}

TEST(NameListTest, VerbsThatOnlySayHow) {
  EXPECT_EQ(Names("市科委、市教委在各自职责范围内负责"), "市科委|市教委");
  EXPECT_EQ(Names("市科委、市教委按职责分工协同推进"), "市科委|市教委");
  EXPECT_EQ(Names("市科委负责牵头，市教委负责配合"), "L:市科委|S:市教委");
  EXPECT_EQ(Names("市科委为牵头单位，市教委为责任单位"), "L:市科委|市教委");
  EXPECT_EQ(Names("市科委主办，市教委协办"), "市科委|S:市教委");
}

TEST(NameListTest, InnerLead) {
  EXPECT_EQ(Names("市科委牵头会同市财政局、市教委负责"), "L:市科委|市财政局|市教委");
  EXPECT_EQ(Names("市科委牵头市财政局配合"), "L:市科委|S:市财政局");
}

TEST(NameListTest, SlashesPartUnits) {
  EXPECT_EQ(Names("市科委/市财政局/市教委"), "市科委|市财政局|市教委");
  EXPECT_EQ(Names("市科委·市财政局"), "市科委|市财政局");
  EXPECT_EQ(Names("党政办/甲乙"), "党政办/甲乙");
}

TEST(NameListTest, RolesInBrackets) {
  EXPECT_EQ(Names("市科委（牵头）、市财政局"), "L:市科委|市财政局");
  EXPECT_EQ(Names("市科委（牵头单位）、市财政局（配合）、市教委（配合单位）"),
            "L:市科委|S:市财政局|S:市教委");
  EXPECT_EQ(Names("市委宣传部（市新闻办）"), "市委宣传部（市新闻办）");
}

TEST(NameListTest, EtcIsDropped) {
  EXPECT_EQ(Names("财政部、商务部等负责"), "财政部|商务部");
  EXPECT_EQ(Names("财政部等国务院相关部门及各地区按职责分工负责"), "财政部|国务院相关部门|各地区");
  EXPECT_EQ(Names("财政部、商务部等有关部门负责"), "财政部|商务部|有关部门");
  EXPECT_EQ(Names("市高等法院、市教委等部门"), "市高等法院|市教委");
  EXPECT_EQ(Names("市教委等10个部门"), "市教委");
}

TEST(NameListTest, ConjunctionsPartUnitsButNotNames) {
  EXPECT_EQ(Names("市科委和市财政局"), "市科委|市财政局");
  EXPECT_EQ(Names("科技部和工业和信息化部"), "科技部|工业和信息化部");
  EXPECT_EQ(Names("文化和旅游部"), "文化和旅游部");
  EXPECT_EQ(Names("银保监会及各地区"), "银保监会|各地区");
  EXPECT_EQ(Names("国家发展改革委会同有关部门负责"), "国家发展改革委|有关部门");
  EXPECT_EQ(Names("市人力资源和社会保障局"), "市人力资源和社会保障局");
}

TEST(NameListTest, CollectivesAreOneUnit) {
  EXPECT_EQ(Names("省经信厅，各市、县〔市、区〕政府"), "省经信厅|各市、县〔市、区〕政府");
  EXPECT_EQ(Names("各区、县级市，市科委"), "各区、县级市|市科委");
  EXPECT_EQ(Names("各省、自治区、直辖市人民政府，财政部"), "各省、自治区、直辖市人民政府|财政部");
  EXPECT_EQ(Names("各地区、各部门负责"), "各地区|各部门");
  EXPECT_EQ(Names("各设区市、市科委"), "各设区市|市科委");
  EXPECT_EQ(Names("各市〔州〕、县〔市、区、特区〕人民政府"),
            "各市〔州〕、县〔市、区、特区〕人民政府");
  EXPECT_EQ(Names("各市、直管县（市）人民政府"), "各市、直管县（市）人民政府");
}

TEST(NameListTest, CommitteesAndTheirGovernmentsAreOneCollective) {
  EXPECT_EQ(Names("市科委，各区委、区政府"), "市科委|各区委、区政府");
  EXPECT_EQ(Names("各级党委、政府，市科委"), "各级党委、政府|市科委");
  EXPECT_EQ(Names("各市、县级政府"), "各市、县级政府");
}

TEST(NameListTest, BracketsThatOnlySayHowGo) {
  EXPECT_EQ(Names("市科委、市教委（按职责分工）"), "市科委|市教委");
  EXPECT_EQ(Names("市科委、市教委双牵头"), "L:市科委|L:市教委");
}

TEST(NameListTest, SharedSuffixIsWrittenOut) {
  EXPECT_EQ(Names("杭州市、宁波市、湖州市人民政府"),
            "杭州市人民政府|宁波市人民政府|湖州市人民政府");
  EXPECT_EQ(Names("省教育厅，杭州市、宁波市政府"), "省教育厅|杭州市政府|宁波市政府");
  EXPECT_EQ(Names("甲高新区、乙开发区管委会"), "甲高新区管委会|乙开发区管委会");
  EXPECT_EQ(Names("甲区、乙区、丙开发区管委会"), "甲区|乙区|丙开发区管委会");
}

TEST(NameListTest, RoleOfTheKeywordHoldsUnlessAVerbSaysMore) {
  EXPECT_EQ(Names("市科委、市教委", Role::kLead), "L:市科委|L:市教委");
  EXPECT_EQ(Names("市科委、市教委", Role::kSupporting), "S:市科委|S:市教委");
}

}  // namespace
}  // namespace duban::plantext
