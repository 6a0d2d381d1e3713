#pragma once

#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Whether the text is HTML rather than a text that mentions tags.
bool IsHtml(const Text& text);

// Step 1b. HTML made into lines: paragraphs and breaks become lines, headings get # marks, tables
// of data become rows with | (cells that span rows are repeated), character references become
// characters; scripts, styles and comments go. Tables that only lay out the page are read as
// paragraphs. Tolerant of anything; linear.
Text FromHtml(const Text& text);

}  // namespace duban::plantext
