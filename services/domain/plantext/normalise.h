#pragma once

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Step 3b. Traditional characters made simplified, in a text that is written in them.
Text Simplify(Text text, Findings* findings);

// Step 3c. Full-width letters, digits, ＋ ／ ％ and the full stop of numbers made half-width;
// radicals and compatibility characters of PDF fonts replaced by the characters they look like;
// ASCII punctuation beside Chinese made full-width.
Text FoldWidth(Text text, Findings* findings);

}  // namespace duban::plantext
