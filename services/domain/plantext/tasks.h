#pragma once

#include <vector>

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/label.h"
#include "services/domain/plantext/outline.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/table.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Step 5c. Which items are tasks: those whose own text bears a label. A list below an item of which
// only the last point bears one is the item's body. Rows of tables are tasks already. Returns them
// in order, with `first_task` set to where the first begins (the end of the text when there is
// none).
// `indicators` get the headings above their table, too.
std::vector<ParsedTask> ReadTasks(const Text& text, const Outline& outline,
                                  std::vector<Label> labels, const Tables& tables,
                                  Findings* findings, size_t* first_task,
                                  std::vector<Indicator>* indicators);

}  // namespace duban::plantext
