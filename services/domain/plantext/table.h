#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/label.h"
#include "services/domain/plantext/outline.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// A row of a table that is a task, and the units that its cells name.
struct RowTask {
  std::u16string number, title, body, deadline;
  uint32_t group = 0;  // index of `groups`: the heading inside the table that it stands below
  Label label;         // begins and ends as the row does
};

// A row of a table of indicators.
struct RowIndicator {
  size_t begin = 0;
  size_t end = 0;
  std::u16string name, measure;
  uint32_t group = 0;
  std::vector<std::pair<std::u16string, std::u16string>> values;  // column and value
};

struct Tables {
  std::deque<RowTask> tasks;
  std::vector<RowIndicator> indicators;
  std::vector<std::u16string> groups = {u""};
  // Rows such as "| Lead agency | X |": labels of the item above them.
  std::vector<Label> labels;
  // Where tables stand, so that nothing else is read there: begin and end by turns, ascending.
  std::vector<size_t> spans;
};

// Step 5a. Tables of lines with | or tabs (Markdown, and HTML made into it). Only a table with a
// column for units holds tasks; of the others, those of indicators are kept as figures.
Tables ReadTables(const Text& text, Findings* findings);

}  // namespace duban::plantext
