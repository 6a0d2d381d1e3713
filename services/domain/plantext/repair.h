#pragma once

#include "absl/types/span.h"
#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Step 2. Repairs spots where GBK bytes were read one byte out of step, by evidence alone: the same
// words undamaged elsewhere in the text, else names of its labels and of the register and
// frequent words that give exactly the damaged characters. Runs before pinyin notes are taken off
// and characters are made simplified: both would lose bytes. A spot without one clear
// explanation is left as read, with a finding.
Text RepairSlips(Text text, absl::Span<const RegisterName> names, Findings* findings);

}  // namespace duban::plantext
