#pragma once

#include <deque>

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/label.h"
#include "services/domain/plantext/outline.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Step 5b. Tasks without a number: where several paragraphs below one heading, or of a text without
// any number, end with a label each, each becomes an item of its own. Each such heading is doubted.
void SplitParagraphs(const Text& text, const std::deque<Label>& labels, Outline* outline,
                     Findings* findings);

}  // namespace duban::plantext
