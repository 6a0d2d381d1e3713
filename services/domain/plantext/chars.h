#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// What one UTF-16 unit is, as official texts use it. All of plan grammar is in the basic plane.
namespace duban::plantext {

inline bool IsHan(char16_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || c == u'〇' ||
         (c >= 0xD840 && c <= 0xD8FF) || (c >= 0xDC00 && c <= 0xDFFF);
}
inline bool IsDigit(char16_t c) { return c >= u'0' && c <= u'9'; }
inline bool IsLatin(char16_t c) { return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z'); }
inline bool IsBlank(char16_t c) {
  return c == u' ' || c == u'\t' || c == u'\r' || c == 0x3000 || c == 0x00A0 || c == 0x200B ||
         c == 0xFEFF || c == u'\f' || c == u'\v' || (c >= 0x2000 && c <= 0x200A);
}
// Stands for a line break inside a cell of a table.
inline constexpr char16_t kLineInCell = 0x2028;
inline bool IsSpace(char16_t c) { return c == u'\n' || c == kLineInCell || IsBlank(c); }
inline bool IsOpening(char16_t c) {
  return c == u'（' || c == u'(' || c == u'〔' || c == u'[' || c == u'【' || c == u'［' ||
         c == u'〖';
}
inline bool IsClosing(char16_t c) {
  return c == u'）' || c == u')' || c == u'〕' || c == u']' || c == u'】' || c == u'］' ||
         c == u'〗';
}
inline bool IsSentenceEnd(char16_t c) {
  return c == u'。' || c == u'！' || c == u'？' || c == u'；';
}
// After one of these a new sentence, item or label can begin.
inline bool IsBoundary(char16_t c) {
  return IsSentenceEnd(c) || c == u'：' || c == u'\n' || IsClosing(c) || c == u'”' || c == u'》' ||
         c == u';' || c == u'.' || c == u':';
}

// The value of 一 to 九百九十九, digits 〇一二 one by one included; 0 when it is no number.
int ChineseNumber(std::u16string_view text);
// 1 to 99 as 一 to 九十九; empty for others.
std::u16string ToChineseNumber(int number);

std::u16string_view Trim(std::u16string_view text);
// Without blanks and line breaks; single blanks between Latin letters or digits stay.
std::u16string Squeeze(std::u16string_view text);
bool StartsWith(std::u16string_view text, std::u16string_view prefix);
bool EndsWith(std::u16string_view text, std::u16string_view suffix);
bool Contains(std::u16string_view text, std::u16string_view part);
size_t CountHan(std::u16string_view text);

}  // namespace duban::plantext
