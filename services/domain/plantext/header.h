#pragma once

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/outline.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Step 8. What the document says of itself: title, document number, issuer, date, positioning,
// areas. `first_task`: where the first task begins; nothing after it is looked at, but a signature
// at the end.
void ReadHeader(const Text& text, const Outline& outline, size_t first_task, ParsedPlan* plan,
                Findings* findings);

}  // namespace duban::plantext
