#include "services/task/domain/units.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"

namespace duban::task {
namespace {

Role RoleOf(plantext::Role role) {
  switch (role) {
    case plantext::Role::kLead:
      return Role::kLead;
    case plantext::Role::kSupporting:
      return Role::kSupporting;
    case plantext::Role::kResponsible:
      break;
  }
  return Role::kResponsible;
}

// Adds `part` under what `same` finds, or at the end as what `make` gives.
template <typename List, typename Same, typename Make>
void AddTo(List& list, const Part& part, Same same, Make make) {
  auto found = std::find_if(list.begin(), list.end(), same);
  if (found == list.end()) {
    list.push_back(make());
  } else {
    found->part = Merge(found->part, part);
  }
}

absl::Status NotFound(absl::string_view reason, absl::string_view name) {
  return MakeError(absl::StatusCode::kNotFound, reason, absl::StrCat("there is no ", name),
                   {{"name", std::string(name)}});
}

}  // namespace

Part PartOf(const plantext::Unit& unit, int order) {
  Part part{.role = RoleOf(unit.role), .printed_names = {std::string(unit.name)}, .order = order};
  part.lead_hint = unit.lead_hint && part.role == Role::kResponsible;
  if (part.role != Role::kResponsible) {
    part.provenance = Provenance::kExplicit;
  } else if (part.lead_hint) {
    part.provenance = Provenance::kInferred;
  }
  return part;
}

Part Merge(const Part& first, const Part& second) {
  const bool swap = second.order < first.order;
  Part merged = swap ? second : first;
  const Part& other = swap ? first : second;
  if (other.role > merged.role) {
    merged.role = other.role;
    merged.provenance = other.provenance;
  } else if (other.role == merged.role) {
    merged.provenance = std::max(merged.provenance, other.provenance);
  }
  merged.lead_hint = merged.role == Role::kResponsible && (first.lead_hint || second.lead_hint);
  for (const std::string& name : other.printed_names) {
    auto& names = merged.printed_names;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return merged;
}

TaskParts PartsOf(absl::Span<const ReadUnit> units) {
  TaskParts parts;
  for (size_t i = 0; i < units.size(); ++i) {
    const ReadUnit& read = units[i];
    const Part part = PartOf(read.unit, static_cast<int>(i));
    const std::string& agency = read.resolution.agency_id;
    if (agency.empty() || read.collective) {
      AddTo(
          parts.unresolved, part, [&](const UnresolvedPart& p) { return p.text == read.unit.name; },
          [&] {
            return UnresolvedPart{.text = std::string(read.unit.name),
                                  .part = part,
                                  .collective = read.collective,
                                  .doubtful = read.doubtful,
                                  .proposals = read.resolution.proposals};
          });
    } else {
      AddTo(
          parts.agencies, part, [&](const AgencyPart& p) { return p.agency == agency; },
          [&] { return AgencyPart{.agency = agency, .part = part}; });
    }
  }
  return parts;
}

absl::Status UnitNotFound(absl::string_view name) { return NotFound("UNIT_NOT_FOUND", name); }
absl::Status AssignmentNotFound(absl::string_view name) {
  return NotFound("ASSIGNMENT_NOT_FOUND", name);
}
absl::Status AgencyNotFound(absl::string_view name) { return NotFound("AGENCY_NOT_FOUND", name); }

absl::Status CollectiveUnit(absl::string_view name) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "COLLECTIVE_UNIT",
                   absl::StrCat(name, " is a collective and names nobody in particular"),
                   {{"name", std::string(name)}});
}

}  // namespace duban::task
