#include "services/domain/plantext/unit_repair.h"

#include <algorithm>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/limits.h"
#include "services/domain/plantext/text.h"
#include "services/domain/plantext/unit_shape.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

constexpr size_t kLongestName = 30;
constexpr size_t kLongestKnown = 40;
constexpr size_t kMostLost = 2;  // characters that a clipped line end loses

class Mender {
 public:
  Mender(absl::Span<const RegisterName> names, std::deque<Label>* labels,
         std::deque<RowTask>* rows, bool clipped_page, Findings* findings)
      : findings_(findings), clipped_(clipped_page) {
    for (Label& label : *labels) labels_.push_back(&label);
    for (RowTask& row : *rows) labels_.push_back(&row.label);
    for (const Label* label : labels_) {
      for (const NamedUnit& unit : label->units) {
        Name& name = names_[unit.name];
        ++name.times;
        if (unit.breaks.empty() && !unit.maybe_two && unit.name.find(u'?') == View::npos)
          name.whole = true;
      }
    }
    for (const RegisterName& name : names) {
      Name& known = names_[ToUtf16(name.name)];
      known.whole = known.registered = true;
    }
    for (auto& [name, known] : names_) {
      known.whole = known.whole && name.size() >= 3 && name.size() <= kLongestKnown;
      if (!known.whole) continue;
      by_first_[name[0]].push_back(&name);
      by_last_[name.back()].push_back(&name);
    }
  }

  void Run() {
    clipped_ = clipped_ || IsClipped();
    for (Label* label : labels_) {
      std::vector<NamedUnit> mended;
      mended.reserve(label->units.size());
      for (NamedUnit& unit : label->units) Mend(std::move(unit), &mended);
      label->units = std::move(mended);
    }
  }

 private:
  // What is known of a name.
  struct Name {
    int times = 0;    // in labels
    bool whole = false;  // stands undamaged in a label or in the register
    bool registered = false;
  };
  const Name* Find(View name) const {
    const auto found = names_.find(std::u16string(name));
    return found == names_.end() ? nullptr : &found->second;
  }
  bool Known(View name) const {
    const Name* known = Find(name);
    return known != nullptr && known->whole;
  }

  // Names that become `name` when one or two characters are lost at `at`.
  std::set<std::u16string> Whole(View name, size_t at) const {
    std::set<std::u16string> whole;
    const auto consider = [&](const std::vector<const std::u16string*>& candidates) {
      for (const std::u16string* const known : candidates) {
        const std::u16string& candidate = *known;
        const size_t lost = candidate.size() - name.size();
        if (candidate.size() <= name.size() || lost > kMostLost) continue;
        if (View(candidate).substr(0, at) == name.substr(0, at) &&
            View(candidate).substr(at + lost) == name.substr(at)) {
          whole.insert(candidate);
        }
      }
    };
    const auto& index = at > 0 ? by_first_ : by_last_;
    const auto found = index.find(at > 0 ? name.front() : name.back());
    if (!name.empty() && found != index.end()) consider(found->second);
    return whole;
  }

  // Whether the page cut its lines: a keyword or bracket was hit, or a name inside.
  bool IsClipped() const {
    for (const Label* label : labels_) {
      if (label->clipped) return true;
      for (const NamedUnit& unit : label->units) {
        if (Known(unit.name)) continue;
        if (unit.breaks.Any([&](size_t at) {
              return at > 0 && at < unit.name.size() && Whole(unit.name, at).size() == 1;
            })) {
          return true;
        }
      }
    }
    return false;
  }

  void Mend(NamedUnit unit, std::vector<NamedUnit>* out) {
    if (unit.shared > 0) {
      findings_->Repair("units.shared-suffix", unit.range,
                        View(unit.name).substr(0, unit.name.size() - unit.shared), unit.name, 85,
                        "the list says the end of this name once, for several");
    }
    if (clipped_ && unit.breaks.empty() && StandsOnce(unit.name) && MendAnywhere(&unit)) {
      out->push_back(std::move(unit));
      return;
    }
    if (!Known(unit.name) && IsCollective(unit.name)) {
      if (!MendClipped(&unit) && clipped_ && SplitAtLostMark(&unit, out)) {
        out->push_back(std::move(unit));
        return;
      }
    } else if (!Known(unit.name)) {
      if (MendClipped(&unit) || SplitAtLostMark(&unit, out)) {
        out->push_back(std::move(unit));
        return;
      }
      if (DoubtDamage(unit)) {
        out->push_back(std::move(unit));
        return;
      }
    }
    DoubtShape(unit);
    out->push_back(std::move(unit));
  }

  bool StandsOnce(const std::u16string& name) const {
    const Name* known = Find(name);
    return known != nullptr && known->times == 1;
  }

  bool MendClipped(NamedUnit* unit) {
    if (!clipped_) return false;
    return unit->breaks.Any([&](size_t at) {
      if (at > unit->name.size()) return false;
      const std::set<std::u16string> whole = Whole(unit->name, at);
      if (whole.size() != 1) return false;
      const bool inside = at > 0 && at < unit->name.size();
      findings_->Repair("units.clipped", unit->range, unit->name, *whole.begin(), inside ? 92 : 85,
                        "characters lost at the end of a line; the whole name stands elsewhere");
      unit->name = *whole.begin();
      return true;
    });
  }

  // The line breaks went, too: a character may be missing anywhere.
  bool MendAnywhere(NamedUnit* unit) {
    std::set<std::u16string> whole;
    for (size_t at = 0; at <= unit->name.size(); ++at) whole.merge(Whole(unit->name, at));
    if (whole.size() != 1 || whole.begin()->size() != unit->name.size() + 1) return false;
    findings_->Repair(
        "units.clipped", unit->range, unit->name, *whole.begin(), 72,
        "the page lost characters, and this name lacks one of a name that stands elsewhere");
    unit->name = *whole.begin();
    return true;
  }

  // Two known names with the mark between them lost.
  bool SplitAtLostMark(NamedUnit* unit, std::vector<NamedUnit>* out) {
    const View name = unit->name;
    for (size_t at = 3; at + 3 <= name.size(); ++at) {
      std::u16string left(name.substr(0, at));
      std::u16string right(name.substr(at));
      const bool at_break = unit->breaks.Has(at);
      if (at_break && clipped_) {
        if (!Known(left)) left = Only(Whole(left, left.size()), left);
        if (!Known(right)) right = Only(Whole(right, 0), right);
      }
      if (!Known(left) || !Known(right)) continue;
      NamedUnit first = *unit;
      first.name = left;
      findings_->Repair("units.lost-separator", unit->range, name, left + u"、" + right, 85,
                        "two known names without a mark between them");
      out->push_back(std::move(first));
      unit->name = right;
      unit->first = false;
      return true;
    }
    return false;
  }

  static std::u16string Only(const std::set<std::u16string>& names, std::u16string otherwise) {
    return names.size() == 1 ? *names.begin() : std::move(otherwise);
  }

  static bool MayBeTwo(const NamedUnit& unit) {
    const View name = unit.name;
    if (unit.maybe_two) return true;
    return unit.breaks.Any([&](size_t at) {
      return at >= 3 && at + 3 <= name.size() && IsStronglyUnitLike(name.substr(0, at)) &&
             IsStronglyUnitLike(name.substr(at));
    });
  }

  // Doubts a name that stands nowhere else for what the page may have done to it.
  bool DoubtDamage(const NamedUnit& unit) {
    if (CountHan(unit.name) == 0) return false;
    const bool odd = unit.name.find(u'?') != View::npos || unit.name.find(0xFFFD) != View::npos;
    if (odd) {
      findings_->Doubt("units.damaged", unit.range, unit.name,
                       "a damaged name; no known name explains it");
    } else if (clipped_ && !unit.breaks.empty()) {
      findings_->Doubt("units.clipped", unit.range, unit.name,
                       "a line of a clipped page breaks here and the name stands nowhere else");
    } else if (unit.breaks.Any([&](size_t at) {
                 return at <= unit.name.size() && Whole(unit.name, at).size() == 1;
               })) {
      findings_->Doubt("units.clipped", unit.range, unit.name,
                       "a line breaks here, and with one more character it is a name that stands "
                       "elsewhere");
    } else if (MayBeTwo(unit)) {
      findings_->Doubt("units.maybe-two", unit.range, unit.name,
                       "a line breaks or a blank stands between what may be two names");
    } else {
      return false;
    }
    return true;
  }

  // Doubts what does not look like a name, once, unless the register has it.
  void DoubtShape(const NamedUnit& unit) {
    if (CountHan(unit.name) == 0) return;  // Western names end in any way
    const Name* const known = Find(unit.name);
    if (known != nullptr && known->registered) return;
    const bool name_like =
        (IsUnitLike(unit.name) && unit.name.size() <= kLongestName) || IsCollective(unit.name);
    if ((name_like && !IsSentence(unit.name)) || !doubted_.insert(unit.name).second) return;
    findings_->Doubt("units.shape", unit.range, unit.name, "does not look like the name of a unit");
  }

  std::vector<Label*> labels_;
  Findings* findings_;
  bool clipped_;
  std::set<std::u16string> doubted_;
  std::unordered_map<std::u16string, Name> names_;
  // Whole names by their first and by their last character, so that a clipped one is found at
  // either end.
  std::unordered_map<char16_t, std::vector<const std::u16string*>> by_first_, by_last_;
};

}  // namespace

void RepairUnits(absl::Span<const RegisterName> names, std::deque<Label>* labels,
                 std::deque<RowTask>* rows, bool clipped_page, Findings* findings) {
  Mender(names, labels, rows, clipped_page, findings).Run();
}

void ApplyFirstLeads(bool said_for_all, bool responsible_lead, std::deque<Label>* labels,
                     std::deque<RowTask>* rows) {
  std::vector<Label*> all;
  for (Label& label : *labels) all.push_back(&label);
  for (RowTask& row : *rows) all.push_back(&row.label);
  std::stable_sort(all.begin(), all.end(),
                   [](const Label* a, const Label* b) { return a->begin < b->begin; });
  bool always = said_for_all;
  for (Label* label : all) {
    always |= label->first_leads_after;
    label->first_leads |= always;
    if (responsible_lead && !label->says_lead) {
      for (NamedUnit& unit : label->units) {
        if (unit.role != Role::kResponsible) continue;
        unit.role = Role::kLead;
        unit.lead_explicit = true;
        label->says_lead = true;
      }
    }
    if (!label->first_leads || label->says_lead || label->units.empty()) continue;
    label->units[0].role = Role::kLead;
    label->units[0].lead_explicit = true;
  }
}

}  // namespace duban::plantext
