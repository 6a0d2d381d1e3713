#include "services/domain/plantext/review.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {
namespace {

constexpr size_t kKeyUnits = 60;     // of a text in a key; what is longer is cut and hashed
constexpr size_t kTellingUnits = 4;  // a shorter text says too little to be known by

uint64_t Fnv1a(absl::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

bool IsDamaged(absl::string_view text) { return absl::StrContains(text, "\xEF\xBF\xBD"); }

// Folded, as names are. What folds to nothing stays as it is, and so does a damaged text: folding
// drops the damage, and what is left may be the name of another.
std::string KeyText(absl::string_view text) {
  std::string folded = IsDamaged(text) ? "" : FoldName(text);
  if (folded.empty()) folded = ToUtf8(Squeeze(ToUtf16(text)));
  const std::u16string units = ToUtf16(folded);
  if (units.size() <= kKeyUnits) return folded;
  return absl::StrCat(ToUtf8(std::u16string_view(units).substr(0, kKeyUnits)), "~",
                      absl::StrFormat("%016x", Fnv1a(folded)));
}

std::string TaskText(const ParsedTask& task) {
  return KeyText(absl::StrCat(task.section, task.title.empty() ? task.body : task.title));
}

class Collector {
 public:
  Collector(const ParsedPlan& plan, absl::Span<const RegisterName> names)
      : plan_(plan), names_(names) {
    for (size_t t = 0; t < plan.tasks.size(); ++t) {
      for (const Unit& unit : plan.tasks[t].units) {
        if (unit.kind == UnitKind::kCollective) continue;
        units_.push_back({&unit, static_cast<int>(t)});
      }
    }
    std::stable_sort(units_.begin(), units_.end(), [](const UnitAt& a, const UnitAt& b) {
      return a.unit->range.begin < b.unit->range.begin;
    });
  }

  struct Collected {
    std::vector<Doubt> doubts;
    std::vector<std::string> finding_keys;  // one per finding; empty where it is no doubt
  };

  Collected Take() {
    std::vector<std::string> finding_keys;
    for (const Finding& finding : plan_.findings) {
      finding_keys.push_back(finding.doubt ? AddFinding(finding) : "");
    }
    if (!names_.empty()) AddNames();
    for (const UnitAt& at : units_) {
      const auto found = index_.find(UnitKey(at.unit->name));
      if (found == index_.end()) continue;
      doubts_[found->second].places.push_back({.range = at.unit->range, .task = at.task});
    }
    for (Doubt& doubt : doubts_) {
      std::stable_sort(
          doubt.places.begin(), doubt.places.end(),
          [](const Place& a, const Place& b) { return a.range.begin < b.range.begin; });
    }
    std::stable_sort(doubts_.begin(), doubts_.end(), [](const Doubt& a, const Doubt& b) {
      return a.places[0].range.begin < b.places[0].range.begin;
    });
    return {.doubts = std::move(doubts_), .finding_keys = std::move(finding_keys)};
  }

 private:
  struct UnitAt {
    const Unit* unit;
    int task;
  };

  Doubt& DoubtOf(const std::string& key, Doubt doubt) {
    const auto [found, added] = index_.emplace(key, doubts_.size());
    if (added) {
      doubt.key = key;
      doubts_.push_back(std::move(doubt));
    }
    return doubts_[found->second];
  }

  // The innermost task around `range`; tasks stand in the order of the text, parents first.
  int TaskAt(const Range& range) const {
    const auto after = std::upper_bound(
        plan_.tasks.begin(), plan_.tasks.end(), range.begin,
        [](int64_t begin, const ParsedTask& task) { return begin < task.range.begin; });
    int task = static_cast<int>(after - plan_.tasks.begin()) - 1;
    while (task >= 0 && range.begin >= plan_.tasks[task].range.end) task = plan_.tasks[task].parent;
    return task;
  }

  // The unit whose name the finding is about: it begins inside, and reaches no other.
  const UnitAt* UnitOf(const Range& range) const {
    const auto after = std::upper_bound(
        units_.begin(), units_.end(), range.begin,
        [](int64_t begin, const UnitAt& at) { return begin < at.unit->range.begin; });
    if (after == units_.begin() || range.begin >= (after - 1)->unit->range.end) return nullptr;
    if (after != units_.end() && after->unit->range.begin < range.end) return nullptr;
    return &*(after - 1);
  }

  // Returns the key of the doubt that the finding is now among.
  std::string AddFinding(const Finding& finding) {
    Doubt doubt{.rule = finding.rule,
                .text = finding.before,
                .after = finding.after,
                .message = finding.message};
    if (const UnitAt* at = UnitOf(finding.range)) {
      doubt.unit = true;
      doubt.text = std::string(at->unit->name);
      if (!names_.empty()) doubt.proposals = Resolve(at->unit->name, names_).proposals;
      // What is damaged, or a repair, may be another agency's name elsewhere: it is asked where it
      // stands, not for all of its kind.
      const bool damaged = IsDamaged(at->unit->name);
      std::string key = UnitKey(at->unit->name);
      if (!damaged && finding.after.empty()) return DoubtOf(key, std::move(doubt)).key;
      absl::StrAppend(&key, "|", KeyText(finding.before));
      if (damaged) absl::StrAppend(&key, "|", TaskText(plan_.tasks[at->task]));
      DoubtOf(key, std::move(doubt)).places.push_back({.range = at->unit->range, .task = at->task});
      asked_.insert(at->unit->range.begin);
      return key;
    }
    const int task = TaskAt(finding.range);
    std::string key = absl::StrCat(finding.rule, "|", KeyText(finding.before));
    if (task >= 0 && ToUtf16(KeyText(finding.before)).size() < kTellingUnits) {
      absl::StrAppend(&key, "|", TaskText(plan_.tasks[task]));
    }
    DoubtOf(key, std::move(doubt)).places.push_back({.range = finding.range, .task = task});
    return key;
  }

  // Names that the register does not have, each once.
  void AddNames() {
    std::set<std::string> seen;
    for (const UnitAt& at : units_) {
      std::string key = UnitKey(at.unit->name);
      if (asked_.contains(at.unit->range.begin)) continue;
      if (!seen.insert(key).second || index_.contains(key)) continue;
      Resolution resolution = Resolve(at.unit->name, names_);
      if (!resolution.agency_id.empty() || resolution.collective) continue;
      const bool near = !resolution.proposals.empty();
      DoubtOf(key, {.rule = std::string(near ? kNearRule : kUnknownRule),
                    .text = std::string(at.unit->name),
                    .message = near ? "the register has names that are near, but not this one"
                                    : "the register does not have this name",
                    .unit = true,
                    .proposals = std::move(resolution.proposals)});
    }
  }

  const ParsedPlan& plan_;
  const absl::Span<const RegisterName> names_;
  std::vector<UnitAt> units_;  // in the order of the text
  std::vector<Doubt> doubts_;
  std::map<std::string, size_t> index_;  // by key
  std::set<int64_t> asked_;              // where units begin that are asked by themselves
};

// Takes the marked tasks out; what stood below one stands at the top then. Answers where each task
// stands now, -1 for those taken out.
std::vector<int> Remove(const std::vector<bool>& gone, ParsedPlan& plan) {
  std::vector<int> now(plan.tasks.size(), -1);
  std::deque<ParsedTask> kept;
  for (size_t t = 0; t < plan.tasks.size(); ++t) {
    if (gone[t]) continue;
    now[t] = static_cast<int>(kept.size());
    kept.push_back(std::move(plan.tasks[t]));
    int& parent = kept.back().parent;
    if (parent >= 0) parent = now[parent];
  }
  plan.tasks = std::move(kept);
  return now;
}

using LastDecisions = std::map<std::string, const Decision*>;

LastDecisions LastByKey(absl::Span<const Decision> decisions) {
  LastDecisions last;
  for (const Decision& decision : decisions) last[decision.key] = &decision;
  return last;
}

// The decision that settles the doubt, or null.
const Decision* DecisionOn(const Doubt& doubt, const LastDecisions& last) {
  const auto found = last.find(doubt.key);
  return found != last.end() && Fits(doubt, found->second->verdict) ? found->second : nullptr;
}

}  // namespace

std::string UnitKey(absl::string_view name) { return absl::StrCat("unit|", KeyText(name)); }

bool InOneTask(const Doubt& doubt) {
  return !doubt.places.empty() && doubt.places[0].task >= 0 &&
         std::all_of(doubt.places.begin(), doubt.places.end(),
                     [&](const Place& place) { return place.task == doubt.places[0].task; });
}

std::vector<Doubt> DoubtsOf(const ParsedPlan& plan, absl::Span<const RegisterName> names) {
  return Collector(plan, names).Take().doubts;
}

const std::string* Settled::DecidedAgency(const Unit& unit) const {
  const auto placed = at_places.find(unit.range.begin);
  if (placed != at_places.end()) return &placed->second;
  const auto decided = agencies.find(UnitKey(unit.name));
  return decided == agencies.end() ? nullptr : &decided->second;
}

Resolution Settled::ResolveUnit(const Unit& unit, absl::Span<const RegisterName> names) const {
  if (const std::string* decided = DecidedAgency(unit)) return {.agency_id = *decided};
  return Resolve(unit.name, names);
}

bool Fits(const Doubt& doubt, Verdict verdict) {
  switch (verdict) {
    case Verdict::kAgency:
      return doubt.unit;
    case Verdict::kNotATask:
      return InOneTask(doubt);
    case Verdict::kAccepted:
      break;
  }
  return true;
}

std::vector<Doubt> OpenDoubts(absl::Span<const Doubt> doubts,
                              absl::Span<const Decision> decisions) {
  const auto last = LastByKey(decisions);
  std::vector<Doubt> open;
  for (const Doubt& doubt : doubts) {
    if (DecisionOn(doubt, last) == nullptr) open.push_back(doubt);
  }
  return open;
}

Settled Settle(ParsedPlan plan, absl::Span<const RegisterName> names,
               absl::Span<const Decision> decisions) {
  Settled settled;
  const auto last = LastByKey(decisions);
  for (const auto& [key, decision] : last) {
    if (decision->verdict == Verdict::kAgency) settled.agencies[key] = decision->agency_id;
  }
  auto [doubts, finding_keys] = Collector(plan, names).Take();
  std::vector<bool> gone(plan.tasks.size(), false);
  for (Doubt& doubt : doubts) {
    const Decision* decision = DecisionOn(doubt, last);
    if (decision == nullptr) {
      settled.open.push_back(std::move(doubt));
    } else if (decision->verdict == Verdict::kNotATask) {
      gone[doubt.places[0].task] = true;
    } else if (decision->verdict == Verdict::kAgency && doubt.key != UnitKey(doubt.text)) {
      for (const Place& place : doubt.places) {
        settled.at_places[place.range.begin] = decision->agency_id;
      }
    }
  }
  const std::vector<int> now = Remove(gone, plan);
  std::set<std::string> open;
  for (Doubt& doubt : settled.open) {
    std::erase_if(doubt.places, [&](const Place& p) { return p.task >= 0 && gone[p.task]; });
    for (Place& place : doubt.places) {
      if (place.task >= 0) place.task = now[place.task];
    }
    if (!doubt.places.empty()) open.insert(doubt.key);
  }
  std::erase_if(settled.open, [](const Doubt& doubt) { return doubt.places.empty(); });
  for (size_t i = 0; i < plan.findings.size(); ++i) {
    plan.findings[i].doubt = plan.findings[i].doubt && open.contains(finding_keys[i]);
  }
  settled.plan = std::move(plan);
  return settled;
}

}  // namespace duban::plantext
