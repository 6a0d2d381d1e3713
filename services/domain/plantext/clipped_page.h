#pragma once

#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Whether the page cut off the ends of its lines. The two characters that meet at a line break then
// stand side by side nowhere else in the text; where a page only wraps its lines they do as often
// as any two. False for a text of few lines: it proves nothing.
bool LooksClipped(const Text& text);

}  // namespace duban::plantext
