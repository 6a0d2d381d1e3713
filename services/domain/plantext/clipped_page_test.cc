#include "services/domain/plantext/clipped_page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/testing/fixtures.h"
#include "services/domain/plantext/testing/render.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {
namespace {

bool Clipped(absl::string_view utf8) {
  Text text;
  int64_t at = 0;
  for (const char16_t c : ToUtf16(utf8)) text.Append(c, at++);
  return LooksClipped(text);
}

TEST(ClippedPageTest, TellsAClippedPageFromAWrappedOne) {
  const std::string plan = testing::ReadFile("deploy/plan/xuhui.txt");
  EXPECT_FALSE(Clipped(plan));
  for (const int columns : {24, 33, 41, 52}) {
    EXPECT_FALSE(Clipped(testing::AsPages(plan, columns, 0))) << columns;
    EXPECT_TRUE(Clipped(testing::AsClippedPage(plan, columns))) << columns;
  }
  EXPECT_FALSE(Clipped("一行字。\n又一行字。\n"));
}

// With enough of a clipped page below a few lines, so that it is seen as one.
std::string OnAClippedPage(absl::string_view lines) {
  return absl::StrCat("某市方案\n", lines,
                      testing::AsClippedPage(testing::ReadFile("deploy/plan/xuhui.txt"), 33));
}

// The first tasks.
std::string Read(absl::string_view lines, size_t tasks) {
  absl::StatusOr<ParsedPlan> plan = Parse(OnAClippedPage(lines));
  if (!plan.ok()) return plan.status().ToString();
  plan->tasks.resize(std::min(tasks, plan->tasks.size()));
  return testing::Summary(*plan);
}

TEST(ClippedPageTest, NumbersThatLostACharacterGoOn) {
  EXPECT_EQ(Read("（一）做甲事。好。（责任单位：市科委）\n二）做乙事。好。（责任单位：市教委）（\n"
                 "）做丙事。"
                 "好。（责任单位：市数据局）（四\n做丁事。好。（责任单位：市财政局）\n",
                 4),
            "（一）|做甲事|市科委\n（二）|做乙事|市教委\n（三）|做丙事|市数据局\n"
            "（四）|做丁事|市财政局\n");
  EXPECT_EQ(
      Read("1.做甲事。好。（责任单位：市科委）2\n做乙事。好。（责任单位：市教委）\n.做丙事。好。"
           "（责任单位：市数据局）\n",
           3),
      "1|做甲事|市科委\n2|做乙事|市教委\n3|做丙事|市数据局\n");
}

TEST(ClippedPageTest, LabelsThatLostABracketAreReadAndDoubted) {
  absl::StatusOr<ParsedPlan> plan = Parse(OnAClippedPage(
      "1.做甲事。好。（市科委、市教委负责\n2.做乙事。好。\n市教委、市数据局负责）\n"));
  ASSERT_TRUE(plan.ok());
  plan->tasks.resize(2);
  EXPECT_EQ(testing::Summary(*plan), "1|做甲事|市科委,市教委\n2|做乙事|市教委,市数据局\n");
  const std::string rules = testing::Rules(*plan);
  EXPECT_NE(rules.find("units.unclosed-label"), std::string::npos) << rules;
  EXPECT_NE(rules.find("units.unopened-label"), std::string::npos) << rules;
}

}  // namespace
}  // namespace duban::plantext
