#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/domain/plantext/plantext.h"

// Who takes part in a task, from the units that its text names.
namespace duban::task {

enum class Role { kSupporting, kResponsible, kLead };  // the stronger, the greater
enum class Provenance { kUnspecified, kInferred, kExplicit, kConfirmed };  // likewise

// An agency's or an unresolved unit's part in one task.
struct Part {
  Role role = Role::kResponsible;
  Provenance provenance = Provenance::kUnspecified;
  bool lead_hint = false;  // never beside kLead
  std::vector<std::string> printed_names;
  int order = 0;  // among the task's units, from 0
  friend bool operator==(const Part&, const Part&) = default;
};

// A unit as read, and what the register says of its name.
struct ReadUnit {
  plantext::Unit unit;
  plantext::Resolution resolution;
  bool collective = false;  // by its name, or because the agency of that name is a collective
  bool doubtful = false;    // damaged, or doubted by the reader and not accepted
};

struct AgencyPart {
  std::string agency;
  Part part;
};

struct UnresolvedPart {
  std::string text;
  Part part;
  bool collective = false;
  bool doubtful = false;
  std::vector<plantext::Proposal> proposals;
};

struct TaskParts {
  std::vector<AgencyPart> agencies;        // each agency once, in the order of the text
  std::vector<UnresolvedPart> unresolved;  // each text once, likewise
};

// The part that one mention of a unit gives: SUPPORTING and LEAD stand there because the text says
// so, a hint is INFERRED.
Part PartOf(const plantext::Unit& unit, int order);

// One part out of two of the same agency: the strongest role with its provenance, all printed
// names, the first order.
Part Merge(const Part& first, const Part& second);

// The parts of a task from its units in the order of the text. Nothing is linked but what the
// register links, and no collective.
TaskParts PartsOf(absl::Span<const ReadUnit> units);

// NOT_FOUND / UNIT_NOT_FOUND {name}.
absl::Status UnitNotFound(absl::string_view name);
// NOT_FOUND / ASSIGNMENT_NOT_FOUND {name}.
absl::Status AssignmentNotFound(absl::string_view name);
// NOT_FOUND / AGENCY_NOT_FOUND {name}.
absl::Status AgencyNotFound(absl::string_view name);
// FAILED_PRECONDITION / COLLECTIVE_UNIT {name}: a unit or agency that is a collective.
absl::Status CollectiveUnit(absl::string_view name);

}  // namespace duban::task
