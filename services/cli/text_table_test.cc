#include "services/cli/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_split.h"
#include "services/cli/plan_parse/display_width.h"

namespace duban::cli {
namespace {

TEST(TextTableTest, AlignsWideCharacters) {
  Table table({{"#"}, {"Agency"}, {.title = "Tasks", .right = true}});
  table.Add({{"1"}, {"市科委"}, {"12"}});
  table.Add({{"2"}, {"中国人民银行上海总部"}, {"3"}});
  EXPECT_EQ(table.Render({}),
            "#  Agency                Tasks\n"
            "1  市科委                   12\n"
            "2  中国人民银行上海总部      3\n");
}

TEST(TextTableTest, CutsTheFlexibleColumnToTheWidth) {
  Table table({{"#"}, {.title = "Title", .flexible = true}, {"End"}});
  table.Add({{"1"}, {std::string(200, 'x')}, {"y"}});
  for (const auto& line : absl::StrSplit(table.Render({.width = 80}), '\n')) {
    EXPECT_LE(DisplayWidth(std::string(line)), 80);
  }
}

TEST(TextTableTest, ColoursNothingWithoutColour) {
  EXPECT_EQ(Paint("x", Colour::kRed, {.colour = false}), "x");
  EXPECT_EQ(Paint("x", Colour::kRed, {.colour = true}), "\x1b[31mx\x1b[0m");
  Table table({{"A"}});
  table.Add({{"x", Colour::kGreen}});
  EXPECT_EQ(table.Render({.colour = true}), "\x1b[1mA\x1b[0m\n\x1b[32mx\x1b[0m\n");
}

TEST(TextTableTest, PrintsNothingThatSteersTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[31mb"), "a?[31mb");
  EXPECT_EQ(Printable("a\nb\tc"), "a b c");
  EXPECT_EQ(Printable("a\xe2\x80\xae"
                      "b"),
            "a?b");  // right-to-left override
  EXPECT_EQ(Printable("a\xff"
                      "b"),
            "a?b");
  EXPECT_EQ(Printable("市科委“甲”"), "市科委“甲”");
}

TEST(TextTableTest, BarsAreFullOnlyWhenAllIsDone) {
  EXPECT_EQ(Bar(0, 4), "░░░░");
  EXPECT_EQ(Bar(1, 4), "█░░░");
  EXPECT_EQ(Bar(9999, 4), "███░");
  EXPECT_EQ(Bar(10'000, 4), "████");
}

TEST(TextTableTest, NotesStandBelowTheirRow) {
  Table table({{"A"}});
  table.Add({{"x"}});
  table.AddNote("说明");
  EXPECT_EQ(table.Render({}), "A\nx\n    说明\n");
}

}  // namespace
}  // namespace duban::cli
