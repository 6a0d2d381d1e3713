#pragma once

#include <string>

#include "absl/strings/string_view.h"

// Text in columns of a terminal: a Chinese character takes two.
namespace duban::cli {

int DisplayWidth(absl::string_view utf8);
// Cut to at most `columns`, with … where something was cut. Line breaks become blanks.
std::string Clip(absl::string_view utf8, int columns);
// Filled up with blanks to `columns`.
std::string Pad(absl::string_view utf8, int columns);

}  // namespace duban::cli
