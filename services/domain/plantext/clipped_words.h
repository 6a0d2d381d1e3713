#pragma once

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/label.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Puts back the one character that a clipped line end took from the words of the grammar inside a
// label (按职责分工负责, 牵头，, 相关部门), so that the rules for lists need to know them whole
// only. Returns how many were put back.
int MendClippedWords(const Text& text, Stretch* label, Findings* findings);

}  // namespace duban::plantext
