#include "services/domain/plantext/excerpt.h"

#include <algorithm>
#include <utility>

#include "services/common/base/status.h"
#include "services/domain/plantext/decode.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {
namespace {

constexpr int64_t kLongestSpot = 60;

// Code points of UTF-16 units; units that are no pair stay as they are.
std::u32string CodePoints(std::u16string_view units) {
  std::u32string out;
  out.reserve(units.size());
  for (size_t i = 0; i < units.size(); ++i) {
    const char16_t c = units[i];
    const bool pair = c >= 0xD800 && c < 0xDC00 && i + 1 < units.size() && units[i + 1] >= 0xDC00 &&
                      units[i + 1] < 0xE000;
    out.push_back(pair ? 0x10000 + ((c - 0xD800) << 10) + (units[++i] - 0xDC00) : c);
  }
  return out;
}

std::string Utf8(std::u32string_view text) {
  std::u16string units;
  for (const char32_t c : text) {
    if (c < 0x10000) {
      units.push_back(static_cast<char16_t>(c));
    } else {
      units.push_back(static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10)));
      units.push_back(static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FF)));
    }
  }
  return ToUtf8(units);
}

}  // namespace

absl::StatusOr<Original> Original::Decode(absl::string_view bytes) {
  DUBAN_ASSIGN_OR_RETURN(const Decoded decoded, plantext::Decode(bytes, kMaxBytes));
  Original original;
  original.text_ = CodePoints(decoded.text.view());
  original.starts_.push_back(0);
  for (size_t i = 0; i < original.text_.size(); ++i) {
    if (original.text_[i] == U'\n') original.starts_.push_back(static_cast<int64_t>(i) + 1);
  }
  return original;
}

int Original::LineAt(int64_t code_point) const {
  return static_cast<int>(std::upper_bound(starts_.begin(), starts_.end(), code_point) -
                          starts_.begin());
}

Excerpt Original::At(const Range& range, int around) const {
  const auto size = static_cast<int64_t>(text_.size());
  const int64_t begin = std::clamp<int64_t>(range.begin, 0, size);
  const int64_t end = std::clamp<int64_t>(range.end, begin, std::min(size, begin + kLongestSpot));
  const int line = LineAt(begin);
  const int64_t from = std::max(starts_[line - 1], begin - around);
  int64_t to = end;
  while (to < size && to < end + around && text_[to] != U'\n') ++to;
  const std::u32string_view all(text_);
  return {.line = line,
          .before = Utf8(all.substr(from, begin - from)),
          .spot = Utf8(all.substr(begin, end - begin)),
          .after = Utf8(all.substr(end, to - end))};
}

}  // namespace duban::plantext
