// What the reader takes in memory and time. This binary counts what is allocated.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <new>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/testing/fixtures.h"

namespace {
size_t live = 0;
size_t peak = 0;
}  // namespace

[[gnu::noinline]] void* Take(size_t bytes) {
  void* memory = std::malloc(bytes);
  if (memory == nullptr) std::abort();
  live += malloc_usable_size(memory);
  peak = std::max(peak, live);
  return memory;
}
[[gnu::noinline]] void Give(void* memory) {
  if (memory != nullptr) live -= malloc_usable_size(memory);
  std::free(memory);
}
void* operator new(size_t bytes) { return Take(bytes); }
void* operator new(size_t bytes, const std::nothrow_t&) noexcept { return Take(bytes); }
void* operator new[](size_t bytes) { return Take(bytes); }
void* operator new[](size_t bytes, const std::nothrow_t&) noexcept { return Take(bytes); }
void operator delete(void* memory) noexcept { Give(memory); }
void operator delete(void* memory, size_t) noexcept { Give(memory); }
void operator delete[](void* memory) noexcept { Give(memory); }
void operator delete[](void* memory, size_t) noexcept { Give(memory); }

namespace duban::plantext {
namespace {

// Sizes that are no powers of two of one another: what grows by doubling takes most just after it
// has grown.
constexpr size_t kSizes[] = {2'000'000, 2'900'000};

constexpr absl::string_view kPlan = "某市方案\n1.做甲事。好。（责任单位：市科委）\n";

std::string Repeated(absl::string_view piece, size_t size) {
  std::string text(kPlan);
  while (text.size() < size) absl::StrAppend(&text, piece);
  return text;
}

// Lines of a number and `rest`.
std::string Numbered(absl::string_view head, absl::string_view before, absl::string_view rest,
                     size_t size) {
  std::string text(head);
  for (int i = 1; text.size() < size; ++i) absl::StrAppend(&text, before, i, rest);
  return text;
}

// Peak of what Parse allocates, the plan that it returns included, as a share of the input.
double PeakShare(const std::string& text) {
  (void)Parse(kPlan);  // tables that are made once
  const size_t before = live;
  peak = live;
  const absl::StatusOr<ParsedPlan> plan = Parse(text);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return static_cast<double>(peak - before) / static_cast<double>(text.size());
}

struct Shape {
  const char* name;
  std::function<std::string(size_t size)> text;
  double most;  // times the text
};

class MemoryTest : public ::testing::TestWithParam<Shape> {};

TEST_P(MemoryTest, TakesAtMost) {
  for (const size_t size : kSizes)
    EXPECT_LE(PeakShare(GetParam().text(size)), GetParam().most) << size << " bytes";
}

std::function<std::string(size_t)> Again(std::string piece) {
  return [piece](size_t size) { return Repeated(piece, size); };
}
std::function<std::string(size_t)> Lines(std::string head, std::string before, std::string rest) {
  return [head, before, rest](size_t size) { return Numbered(head, before, rest, size); };
}
std::string OneLine() {
  return absl::StrReplaceAll(testing::ReadFile("deploy/plan/xuhui.txt"), {{"\n", ""}});
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, MemoryTest,
    ::testing::ValuesIn<Shape>({
        {"Plan", Again(testing::ReadFile("deploy/plan/xuhui.txt")), 6},
        {"OneLine", Again(OneLine()), 6},
        {"OneCharacter", Again("好"), 6},
        {"Ascii", Again("a b c d e. "), 6},
        {"LineEnds", Again("\n"), 6},
        {"Brackets", Again("（）"), 6},
        {"OpenBrackets", Again("（"), 6},
        {"AsciiBrackets", Again("("), 6},
        {"LabelsOfOneTask", Again("（市科委牵头）"), 6},
        {"LongLabelsOfOneTask", Again("（责任单位：市科委、市财政局、市科委、市财政局）\n"), 6},
        {"RowsOfNoTable", Again("|a|b|c|\n"), 6},
        {"RowsOfFigures", Lines("某市方案\n1.做甲事。好。（责任单位：市科委）\n|指标|2025年|\n", "|",
                                "|1|\n"),
         6},
        {"TasksOf60Bytes", Lines("某市方案\n", "", ".推进甲乙丙事项。（责任单位：市科委）\n"), 6},
        {"TasksOf100Bytes",
         Lines("某市方案\n", "", ".做甲事。要做好各项工作，形成机制。（责任单位：市科委、市财政局）\n"),
         6},
        {"HtmlTasks",
         Lines("<html><body><p>某市方案</p>", "<p>",
               ".做甲事。要做好各项工作。（责任单位：市科委、市财政局）</p>"),
         6},
        {"RowsOf100Bytes",
         Lines("某市方案\n|序号|任务|责任单位|\n|---|---|---|\n", "|",
               "|推进甲乙丙事项，形成工作机制并抓好落实|市科委、市财政局|\n"),
         6},
        // What a task is takes a hundred bytes, however little it says.
        {"TasksOf40Bytes", Lines("某市方案\n", "", ".做（责任单位：市科委）\n"), 9},
        {"RowsOf28Bytes",
         Lines("某市方案\n|序号|任务|责任单位|\n|---|---|---|\n", "|", "|做甲事|市科委|\n"), 13},
        {"NumbersOf8Bytes", Lines("某市方案\n1.做甲事。好。（责任单位：市科委）\n", "", ".a\n"), 13},
    }),
    [](const auto& shape) { return shape.param.name; });

// Processor time, which other work on the machine does not change. Eight times the text may take
// sixteen times as long, not sixty-four.
TEST(TimeTest, GrowsWithTheText) {
  const auto seconds = [](const std::string& text) {
    const std::clock_t begin = std::clock();
    EXPECT_TRUE(Parse(text).ok());
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  };
  constexpr size_t kSmall = 400'000;
  const std::pair<const char*, std::function<std::string(size_t)>> shapes[] = {
      {"ASCII", Again("a b c d e. ")},
      {"one line", Again(OneLine())},
      {"a plan", Again(testing::ReadFile("deploy/plan/xuhui.txt"))},
      {"brackets", Again("（）")},
      {"short tasks", Lines("某市方案\n", "", ".推进甲乙丙事项。（责任单位：市科委）\n")},
      {"rows", Again("|a|b|c|\n")}};
  for (const auto& [name, text] : shapes) {
    const double small = seconds(text(kSmall));
    EXPECT_LE(seconds(text(8 * kSmall)), 16 * small) << name;
  }
}

}  // namespace
}  // namespace duban::plantext
