#include "services/domain/plantext/text.h"

#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <bit>

namespace duban::plantext {

void Text::Append(char16_t unit, int64_t origin) {
  const auto at = static_cast<uint32_t>(units_.size());
  const auto from = static_cast<uint32_t>(origin);
  if (runs_.empty() || runs_.back().origin + (at - runs_.back().at) != from) {
    runs_.push_back({at, from});
  }
  units_.push_back(unit);
}

void Text::Append(const Text& from, size_t begin, size_t end) {
  if (begin >= end) return;
  auto run = std::upper_bound(from.runs_.begin(), from.runs_.end(), begin,
                              [](size_t i, const Run& r) { return i < r.at; });
  --run;
  size_t i = begin;
  while (i < end) {
    const auto next = run + 1;
    const size_t stop = next == from.runs_.end() ? end : std::min<size_t>(end, next->at);
    Append(from.units_[i], run->origin + (i - run->at));
    units_.append(from.units_, i + 1, stop - i - 1);
    i = stop;
    run = next;
  }
}

void Text::Shrink() {
  units_.shrink_to_fit();
  runs_.shrink_to_fit();
}

int64_t Text::OriginAt(size_t i) const {
  auto run = std::upper_bound(runs_.begin(), runs_.end(), i,
                              [](size_t at, const Run& r) { return at < r.at; });
  --run;
  return run->origin + static_cast<int64_t>(i - run->at);
}

Range Text::Origin(size_t begin, size_t end) const {
  if (units_.empty()) return {};
  if (begin >= end) {
    const auto at =
        static_cast<int32_t>(begin < size() ? OriginAt(begin) : OriginAt(size() - 1) + 1);
    return {at, at};
  }
  return {static_cast<int32_t>(OriginAt(begin)), static_cast<int32_t>(OriginAt(end - 1) + 1)};
}

namespace {
constexpr size_t kBlock = 64;  // words
}  // namespace

Lines::Lines(const Text& original) {
  if (original.empty()) return;
  ends_.resize(static_cast<size_t>(original.OriginAt(original.size() - 1)) / 64 + 1);
  for (size_t i = 0; i < original.size(); ++i) {
    if (original[i] != u'\n') continue;
    const auto at = static_cast<size_t>(original.OriginAt(i));
    ends_[at / 64] |= uint64_t{1} << (at % 64);
  }
  uint32_t ends = 0;
  for (size_t word = 0; word < ends_.size(); ++word) {
    if (word % kBlock == 0) before_.push_back(ends);
    ends += static_cast<uint32_t>(std::popcount(ends_[word]));
  }
}

int Lines::At(int64_t code_point) const {
  if (ends_.empty()) return 1;
  const auto at = std::min(static_cast<size_t>(code_point), ends_.size() * 64 - 1);
  const size_t last = at / 64;
  uint32_t ends = before_[last / kBlock];
  for (size_t word = last / kBlock * kBlock; word < last; ++word)
    ends += static_cast<uint32_t>(std::popcount(ends_[word]));
  ends += static_cast<uint32_t>(std::popcount(ends_[last] & ((uint64_t{1} << (at % 64)) - 1)));
  return static_cast<int>(ends) + 1;
}

std::u16string ToUtf16(absl::string_view utf8) {
  std::u16string out;
  out.reserve(utf8.size());
  const auto* bytes = reinterpret_cast<const uint8_t*>(utf8.data());
  const auto length = static_cast<int64_t>(utf8.size());
  for (int64_t i = 0; i < length;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(bytes, i, length, c);
    if (U_IS_BMP(c)) {
      out.push_back(static_cast<char16_t>(c));
    } else {
      out.push_back(U16_LEAD(c));
      out.push_back(U16_TRAIL(c));
    }
  }
  return out;
}

std::string ToUtf8(std::u16string_view utf16) {
  size_t bytes_needed = 0;
  for (const char16_t c : utf16) bytes_needed += c < 0x80 ? 1 : c < 0x800 ? 2 : U16_IS_SURROGATE(c) ? 2 : 3;
  std::string out;
  out.reserve(bytes_needed);
  for (size_t i = 0; i < utf16.size();) {
    UChar32 c = 0;
    U16_NEXT_OR_FFFD(utf16.data(), i, utf16.size(), c);
    uint8_t bytes[4];
    int32_t n = 0;
    U8_APPEND_UNSAFE(bytes, n, c);
    out.append(reinterpret_cast<const char*>(bytes), n);
  }
  return out;
}

}  // namespace duban::plantext
