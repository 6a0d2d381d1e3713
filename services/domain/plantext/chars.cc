#include "services/domain/plantext/chars.h"

#include <algorithm>

namespace duban::plantext {
namespace {

constexpr std::u16string_view kDigits = u"零一二三四五六七八九";

int Digit(char16_t c) {
  if (c == u'〇') return 0;
  if (c == u'两') return 2;
  const size_t at = kDigits.find(c);
  return at == std::u16string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

int ChineseNumber(std::u16string_view text) {
  if (text.empty() || text.size() > 5) return 0;
  int total = 0;
  int digit = 0;
  bool seen = false;
  for (const char16_t c : text) {
    if (c == u'十' || c == u'百') {
      const int unit = c == u'十' ? 10 : 100;
      if (!seen && unit == 100) return 0;
      total += (seen && digit > 0 ? digit : 1) * unit;
      digit = 0;
      seen = true;
      continue;
    }
    const int value = Digit(c);
    if (value < 0) return 0;
    digit = value;
    seen = true;
  }
  return total + digit;
}

std::u16string ToChineseNumber(int number) {
  std::u16string out;
  if (number < 1 || number > 99) return out;
  if (number >= 20) out.push_back(kDigits[static_cast<size_t>(number / 10)]);
  if (number >= 10) out.push_back(u'十');
  if (number % 10 > 0) out.push_back(kDigits[static_cast<size_t>(number % 10)]);
  return out;
}

std::u16string_view Trim(std::u16string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::u16string Squeeze(std::u16string_view text) {
  std::u16string out;
  out.reserve(text.size());
  bool blank = false;
  for (const char16_t c : Trim(text)) {
    if (IsSpace(c)) {
      blank = true;
      continue;
    }
    // ASCII on both sides: words of a Western language.
    if (blank && c < 0x2E80 && !out.empty() && out.back() < 0x2E80) out.push_back(u' ');
    blank = false;
    out.push_back(c);
  }
  return out;
}

bool StartsWith(std::u16string_view text, std::u16string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool EndsWith(std::u16string_view text, std::u16string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

bool Contains(std::u16string_view text, std::u16string_view part) {
  return text.find(part) != std::u16string_view::npos;
}

size_t CountHan(std::u16string_view text) { return std::count_if(text.begin(), text.end(), IsHan); }

}  // namespace duban::plantext
