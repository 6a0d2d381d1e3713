#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

// The same document as other hands would have sent it. Each is deterministic; texts are UTF-8
// unless said.
namespace duban::plantext::testing {

std::string AsOneLine(absl::string_view text);
std::string AsHtml(absl::string_view text);  // lines become paragraphs, rows of | a table
// Lines of `columns` characters, with a page number after each `lines_a_page` lines; 0: none.
std::string AsPages(absl::string_view text, int columns, int lines_a_page);
// As AsPages, but the page cuts off the last character of every full line.
std::string AsClippedPage(absl::string_view text, int columns);
// Reads `spots` stretches of two to four characters one byte out of step.
std::string WithSlips(absl::string_view text, int spots, uint64_t seed);

}  // namespace duban::plantext::testing
