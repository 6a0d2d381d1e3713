#pragma once

#include <string>
#include <vector>

#include "services/domain/plantext/label.h"
#include "services/domain/plantext/plantext.h"

namespace duban::plantext {

// The rules that turn a list as printed into names, in the order in which they apply. Each is
// tested alone in name_list_test.cc.
//   list.separators    、 ， ； outside of brackets part names
//   list.gaps          blanks or line breaks do, where no such mark is and each piece is a unit
//   list.slash         X/Y and X·Y are two where both look like units
//   list.inner-lead    "X牵头会同Y": X leads
//   list.deadline      2025年底前 among the names is no name
//   list.bracket-role  X（牵头）: X leads; X（配合）: X supports
//   list.duty-verb     负责, 牵头, 配合 at the end of a name close a group and give it a role
//   list.etc           等 before a collective or at the end is dropped
//   list.conjunction   和, 及, 与, 会同 part two names if both look like units
//   list.collective    各市、县（市、区）政府 is one unit
//   list.shared-suffix 甲市、乙市人民政府: both are 人民政府
struct NameList {
  std::vector<NamedUnit> units;
  std::u16string deadline;
  bool says_lead = false;
  bool says_duty = false;  // a verb stands in it
};
NameList ReadNames(const Text& text, const Stretch& list, Role role);

}  // namespace duban::plantext
