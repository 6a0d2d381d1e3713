#pragma once

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Step 3d. Takes off what the page added: page numbers (on lines of their own and inside sentences)
// and lines that every page repeats. A line break that only a page break made is closed again.
Text StripPageFurniture(Text text, Findings* findings);

}  // namespace duban::plantext
