#pragma once

#include <cstddef>
#include <string_view>

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// The length of a pinyin note such as (xué) or （xué） at `at`, brackets included; 0 when there is
// none. `toned`: whether it bears a tone mark. Without one it may as well be an English word.
size_t PinyinNoteAt(std::u16string_view text, size_t at, bool* toned);

// Step 3a. Takes pinyin notes off; toneless ones only in a text that has toned ones, too.
Text StripPinyin(Text text, Findings* findings);

}  // namespace duban::plantext
