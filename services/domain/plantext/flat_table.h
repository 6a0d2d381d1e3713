#pragma once

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Step 3e. A table whose cells stand one on a line each, as text taken from a page often has it,
// made into rows of | again: the headings of its columns follow one another, the first of them
// numbers the rows, and each row begins with the number that comes next. A row with a cell too few
// or too many is doubted.
Text StandUpTables(Text text, Findings* findings);

}  // namespace duban::plantext
