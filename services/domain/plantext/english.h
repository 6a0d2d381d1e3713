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
//   english.keys         "Lead: X; Support: Y": each key gives its role to what follows
//   english.marks        ; parts names; without one , and "and" do, outside of brackets
//   english.connectors   "X, in coordination with Y": two, Y supports
//   english.continues    "Department for Culture, Media and Sport": a part that names no office
//                        goes on the name before it
//   english.forward      "Foreign, Commonwealth and Development Office" is one
//   english.shared-head  "CIO and Data Officer Councils", "Departments of Energy and Labor": two
//                        each
//   english.bracket-role "OMB (lead)"
//   english.scope        "Required for all agencies" says where it applies; it names nobody
std::vector<NamedUnit> ReadEnglishNames(const Text& text, const Stretch& list, Role role);

// "Led by", "Supported by" and the like that begin a sentence; a colon may follow.
RoleKey EnglishDutyAt(std::u16string_view text, size_t at);
// Begins with a capital and names an office.
bool IsEnglishUnit(std::u16string_view name);

}  // namespace duban::plantext
