// What the reader takes in memory, told exactly: this binary counts what is allocated.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/testing/fixtures.h"

namespace {
size_t live = 0;
size_t peak = 0;
}  // namespace

void* operator new(size_t bytes) {
  void* memory = std::malloc(bytes);
  if (memory == nullptr) std::abort();
  live += malloc_usable_size(memory);
  peak = std::max(peak, live);
  return memory;
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept { return operator new(bytes); }
void* operator new[](size_t bytes) { return operator new(bytes); }
void* operator new[](size_t bytes, const std::nothrow_t&) noexcept { return operator new(bytes); }
void operator delete(void* memory) noexcept {
  if (memory != nullptr) live -= malloc_usable_size(memory);
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept { operator delete(memory); }
void operator delete[](void* memory) noexcept { operator delete(memory); }
void operator delete[](void* memory, size_t) noexcept { operator delete(memory); }

namespace duban::plantext {
namespace {

constexpr size_t kSize = 2'000'000;

std::string Repeated(absl::string_view piece) {
  std::string text = "某市方案\n1.做甲事。好。（责任单位：市科委）\n";
  while (text.size() < kSize) absl::StrAppend(&text, piece);
  return text;
}

// Peak of what Parse allocates, the plan that it returns included, as a share of the input.
double PeakShare(const std::string& text) {
  (void)Parse("某市方案\n1.做甲事。好。（责任单位：市科委）\n");  // tables that are made once
  const size_t before = live;
  peak = live;
  const absl::StatusOr<ParsedPlan> plan = Parse(text);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return static_cast<double>(peak - before) / static_cast<double>(text.size());
}

TEST(MemoryTest, TakesAtMostSixTimesTheText) {
  const std::string plan = testing::ReadFile("deploy/plan/xuhui.txt");
  const std::string one_line = absl::StrReplaceAll(plan, {{"\n", ""}});
  EXPECT_LE(PeakShare(Repeated(plan)), 6) << "a plan, again and again";
  EXPECT_LE(PeakShare(Repeated(one_line)), 6) << "one line";
  EXPECT_LE(PeakShare(Repeated("好")), 6) << "one character";
  EXPECT_LE(PeakShare(Repeated("a b c d e. ")), 6) << "ASCII";
  EXPECT_LE(PeakShare(Repeated("（）")), 6) << "brackets";
  EXPECT_LE(PeakShare(Repeated("（")), 6) << "brackets that stay open";
}

// The values of a task of a hundred bytes take hundreds.
TEST(MemoryTest, ShortTasksTakeTheirValues) {
  std::string text = "某市方案\n";
  for (int i = 1; text.size() < kSize; ++i)
    absl::StrAppend(&text, i,
                    ".做甲事。要做好各项工作，形成机制。（责任单位：市科委、市财政局）\n");
  EXPECT_LE(PeakShare(text), 8);
}

}  // namespace
}  // namespace duban::plantext
