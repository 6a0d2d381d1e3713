#pragma once

#include <cstddef>
#include <deque>

#include "absl/status/status.h"
#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/label.h"
#include "services/domain/plantext/outline.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/table.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Step 5c. Which items are tasks: those whose own text bears a label. A list below an item of which
// only the last point bears one is the item's body. Rows of tables are tasks already. Fills in the
// plan's tasks and indicators, with the headings above them; `first_task` is where the first begins
// (the end of the text when there is none).
// Errors: TOO_MANY_TASKS.
absl::Status ReadTasks(const Text& text, const Outline& outline, std::deque<Label> labels,
                       Tables tables, Findings* findings, size_t* first_task, ParsedPlan* plan);

}  // namespace duban::plantext
