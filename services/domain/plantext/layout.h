#pragma once

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Step 3d. Takes off what the page added: page numbers (on lines of their own and inside sentences)
// and lines that every page repeats. A line break that only a page break made is closed again.
Text StripPageFurniture(Text text, Findings* findings);

// How long the lines are that the page fills: a tenth of them are longer. At most 200; 0: no lines.
size_t PageWidth(const Text& text);

}  // namespace duban::plantext
