#include "services/domain/fields/fields.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace duban::fields {
namespace {

constexpr uint32_t kNotUtf8 = 0xFFFFFFFF;

// Takes the first code point off `text`, which is not empty; kNotUtf8 where there is none (overlong
// forms, surrogates, cut ends).
uint32_t TakeCodePoint(absl::string_view& text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  const size_t length = lead < 0x80       ? 1
                        : lead >> 5 == 6  ? 2
                        : lead >> 4 == 14 ? 3
                        : lead >> 3 == 30 ? 4
                                          : 0;
  if (length == 0 || length > text.size()) return kNotUtf8;
  uint32_t code = length == 1 ? lead : lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    if (byte(i) >> 6 != 2) return kNotUtf8;
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
    return kNotUtf8;
  text.remove_prefix(length);
  return code;
}

bool IsControl(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
         code == 0xFEFF;
}

// Embeddings, overrides, isolates and marks.
bool IsBidi(uint32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x200E || code == 0x200F || code == 0x061C;
}

bool IsBlankCode(uint32_t code) {
  return code == ' ' || code == '\t' || code == '\n' || code == '\r' || code == 0xA0 ||
         code == 0x3000;
}

}  // namespace

std::optional<std::string> TextFault(absl::string_view text, const TextRule& rule) {
  if (rule.required && IsBlank(text)) return "is required";
  int chars = 0;
  while (!text.empty()) {
    const uint32_t code = TakeCodePoint(text);
    if (code == kNotUtf8) return "is not UTF-8";
    if (++chars > rule.max_chars)
      return absl::StrCat("is longer than ", rule.max_chars, " characters");
    if (rule.lines && (code == '\n' || code == '\t')) continue;
    if (IsControl(code)) return "has a control character";
    if (IsBidi(code)) return "has a character that changes the direction of writing";
  }
  return std::nullopt;
}

bool IsBlank(absl::string_view text) {
  while (!text.empty()) {
    if (!IsBlankCode(TakeCodePoint(text))) return false;  // not UTF-8 is not blank
  }
  return true;
}

bool IsDay(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  const auto number = [&](size_t at, size_t count) {
    int value = 0;
    for (size_t i = at; i < at + count; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 1900 || year > 2999 || month < 1 || month > 12 || day < 1) return false;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

}  // namespace duban::fields
