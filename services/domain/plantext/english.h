#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/domain/plantext/label.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/role_word.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// "Lead government actors:", "Responsible party:", "Other actors involved:" at `at`, any case; a
// colon must follow.
RoleKey EnglishRoleKeyAt(std::u16string_view text, size_t at);

// The rules for lists of Western names, each tested alone in english_test.cc:
//   english.marks       ; parts names; without one , and "and" part them, outside of brackets
//   english.continues   "Department for Culture, Media and Sport": a part that names no office goes
//   on the name before it english.shared-head "CIO and Data Officer Councils": both are councils
//   english.scope       "Required for all agencies" says where it applies; it names nobody
std::vector<NamedUnit> ReadEnglishNames(const Text& text, const Stretch& list, Role role);

}  // namespace duban::plantext
