#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/domain/plantext/plantext.h"

// What a person should decide about a text as read, and what becomes of it once that is decided.
//
// Pure. A decision is about what the text says, never about a line or an offset: it holds when the
// text is read again, by a newer reader, or in a later edition. It changes this plan alone; no rule
// of the reader knows of it.
namespace duban::plantext {

enum class Verdict { kAccepted, kAgency, kNotATask };

struct Decision {
  std::string key;  // of the doubt
  Verdict verdict = Verdict::kAccepted;
  std::string agency_id;  // with kAgency
};

struct Place {
  Range range;
  int task = -1;  // index of the task in which it stands
};

// Equal doubts are one, with all their places: the name of a unit is asked once. One that is
// damaged or a repair is asked where it stands.
struct Doubt {
  std::string key;
  // The finding's; units.near or units.unknown where the register does not have the name.
  std::string rule;
  std::string text;                 // the name, or the text in question
  std::string after;                // what the reader made of it; empty where nothing was changed
  std::string message;              // for people, in English
  bool unit = false;                // the name of a unit
  std::vector<Place> places;        // in the order of the text; one at least
  std::vector<Proposal> proposals;  // of a name that the register does not have
};

// The rules of doubts that are no findings.
inline constexpr absl::string_view kNearRule = "units.near";
inline constexpr absl::string_view kUnknownRule = "units.unknown";

// The key of the doubt about the name of a unit.
std::string UnitKey(absl::string_view name);

// Whether all its places stand in one task.
bool InOneTask(const Doubt& doubt);

// Whether the verdict can be said of the doubt: an agency of the name of a unit, kNotATask where it
// stands in one task alone.
bool Fits(const Doubt& doubt, Verdict verdict);

// The findings that a person should look at, and the names that the register does not have, in the
// order of the text. Without names of a register no name is doubted for that.
std::vector<Doubt> DoubtsOf(const ParsedPlan& plan, absl::Span<const RegisterName> names);

// Those of `doubts` that no decision settles; of two decisions with one key the later holds, and
// one that does not fit settles nothing.
std::vector<Doubt> OpenDoubts(absl::Span<const Doubt> doubts, absl::Span<const Decision> decisions);

struct Settled {
  ParsedPlan plan;          // without what is no task; decided findings are no doubts any more
  std::vector<Doubt> open;  // doubts that no decision settles
  std::map<std::string, std::string> agencies;  // UnitKey → agency id, as decided
  // The same of names that are damaged or repairs, decided for their places alone: where the unit
  // begins → agency id.
  std::map<int64_t, std::string> at_places;

  // The agency that a person said the unit is, or null.
  const std::string* DecidedAgency(const Unit& unit) const;
  // As Resolve, but a person's word comes first.
  Resolution ResolveUnit(const Unit& unit, absl::Span<const RegisterName> names) const;
};

// Applies decisions; of two with one key the later holds. One that does not fit settles nothing.
Settled Settle(ParsedPlan plan, absl::Span<const RegisterName> names,
               absl::Span<const Decision> decisions);

}  // namespace duban::plantext
