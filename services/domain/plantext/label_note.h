#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/label.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Step 5a, within one label: takes off what it says besides names, each with a finding. The
// rules, in the order in which they apply; each is tested alone in label_note_test.cc.
//   label.first-leads  "列第一位的为牵头单位，下同": marked in the label
//   label.standing     下同, 不再列出, 均需: units of all later tasks, said once; not added to them
//   label.tail         a later sentence that is neither a keyword nor a list of units
// The findings are told by the caller once what is left is a label.
struct Note {
  const char* rule = "";
  Range range;
  std::u16string words;
  const char* message = "";
};
std::vector<Note> TakeNotes(const Text& text, Stretch* inside, Label* label);
// The same where the end of a line took a character of it: "第位的为牵头单位", "一位者为牵头部门".
size_t ClippedFirstLeadsNote(std::u16string_view text);
// Where the text says that those responsible lead where nobody else is said to:
// "无牵头单位的，责任单位即为牵头单位". npos: nowhere.
size_t ResponsibleLeadNote(std::u16string_view text);
void Tell(const std::vector<Note>& notes, Findings* findings);

// Where "列第一位的为牵头单位" and the like begins; npos when it is not said.
size_t FirstLeadsNote(std::u16string_view text);

}  // namespace duban::plantext
