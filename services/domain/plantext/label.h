#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/outline.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// A stretch of text without line breaks and blanks inside Chinese, which knows where its units
// stand.
struct Stretch {
  std::u16string text;
  std::vector<size_t> at;  // in the normalised text
  // Indexes before which a line break stood, ascending; may hold text.size().
  std::vector<size_t> breaks;
  std::vector<size_t> gaps;  // the same of blanks and line breaks between Chinese
  bool in_cell = false;      // line breaks are those of a cell of a table, not of the page
  Stretch Sub(size_t begin, size_t end) const;
  Stretch Without(size_t begin, size_t end) const;
};
Stretch MakeStretch(const Text& text, size_t begin, size_t end);

// Indexes of a name before which a line break stood; that of its end may be one. Of a name longer
// than names are, those in its first part.
class Breaks {
 public:
  void Add(size_t at) {
    if (at < 64) bits_ |= uint64_t{1} << at;
  }
  bool Has(size_t at) const { return at < 64 && (bits_ >> at & 1) != 0; }
  bool empty() const { return bits_ == 0; }
  // Whether `is` holds for one of them, asked in ascending order.
  template <typename Is>
  bool Any(const Is& is) const {
    for (size_t at = 0; at < 64; ++at) {
      if (Has(at) && is(at)) return true;
    }
    return false;
  }

 private:
  uint64_t bits_ = 0;
};

// A name found in a label.
struct NamedUnit {
  std::u16string name;
  Breaks breaks;
  Range range;
  Role role = Role::kResponsible;
  bool lead_explicit = false;
  bool first = false;      // of its label
  uint8_t shared = 0;      // characters at its end that the list says once for several names
  bool maybe_two = false;  // a blank stands between what look like two names
};

// What one label says: （责任单位：…）, （…负责）, a line 责任单位：…
struct Label {
  uint32_t begin = 0;
  uint32_t end = 0;
  std::vector<NamedUnit> units;
  std::u16string deadline;
  bool says_lead = false;          // 牵头 stands in it
  bool first_leads = false;        // "the first listed leads", for this label at least
  bool first_leads_after = false;  // ... and likewise below
  bool clipped = false;            // its bracket or its keyword lost characters
  bool bare = false;               // nothing but a list
  bool unsure = false;             // ... that may as well explain the words before it
  bool inside = false;             // a bracket in the middle of a sentence
  bool sentence = false;           // a sentence of its own, without a bracket: X牵头，Y配合。
};

// Adds what a keyed list says to `label`: 牵头单位：A；配合单位：B。完成时限：C
void ReadKeyed(const Text& text, const Stretch& inside, Label* label);
// Whether 责任单位： or the like stands anywhere in it.
bool HasRoleKey(std::u16string_view list);

// Step 5a. All labels of the text, in order. Linear: every bracket is looked into once. Past
// kMaxUnitsPerTask an item's further labels are left out, with a finding.
// Tables are left to ReadTables, which gives the labels in them.
struct Tables;
std::deque<Label> FindLabels(const Text& text, const Outline& outline, const Tables& tables,
                              Findings* findings);

}  // namespace duban::plantext
