#include "services/domain/plantext/clipped_page.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "services/domain/plantext/chars.h"

namespace duban::plantext {
namespace {

constexpr size_t kSample = 200'000;  // units that are looked at
constexpr size_t kShortestLine = 15;
constexpr size_t kFewestBreaks = 10;

uint32_t Pair(char16_t a, char16_t b) { return static_cast<uint32_t>(a) << 16 | b; }

// Where lines of full length break between two Chinese characters.
std::vector<size_t> Breaks(std::u16string_view text) {
  std::vector<size_t> breaks;
  size_t begin = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != u'\n') continue;
    if (i - begin >= kShortestLine && IsHan(text[i - 1]) && IsHan(text[i - 2]) &&
        IsHan(text[i + 1])) {
      breaks.push_back(i);
    }
    begin = i + 1;
  }
  return breaks;
}

}  // namespace

bool LooksClipped(const Text& text) {
  const std::u16string_view all = text.view(0, std::min(text.size(), kSample));
  const std::vector<size_t> breaks = Breaks(all);
  if (breaks.size() < kFewestBreaks) return false;
  std::unordered_map<uint32_t, int> times;
  for (size_t i = 0; i + 1 < all.size(); ++i) {
    if (IsHan(all[i]) && IsHan(all[i + 1])) ++times[Pair(all[i], all[i + 1])];
  }
  size_t across = 0;
  size_t before = 0;
  for (const size_t at : breaks) {
    across += times.count(Pair(all[at - 1], all[at + 1]));
    before += times[Pair(all[at - 2], all[at - 1])] > 1;
  }
  return across * 5 < before * 2;
}

}  // namespace duban::plantext
