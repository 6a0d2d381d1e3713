#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

// Checks of what people and systems fill in.
namespace duban::fields {

struct TextRule {
  int max_chars = 0;      // code points
  bool required = false;  // something other than blanks must stand there
  bool lines = false;     // line feeds and tabs are allowed
};

// What is wrong with `text`, for people, such as "is longer than 120 characters"; nullopt when
// nothing is. Refused in any text: bytes that are not UTF-8, control characters, and the invisible
// characters that change the direction of writing.
std::optional<std::string> TextFault(absl::string_view text, const TextRule& rule);

// True for nothing but blanks, the ideographic one too.
bool IsBlank(absl::string_view text);

// True for a day of the Gregorian calendar, `YYYY-MM-DD`, from 1900 to 2999. Such days compare as
// texts do.
bool IsDay(absl::string_view text);

}  // namespace duban::fields
