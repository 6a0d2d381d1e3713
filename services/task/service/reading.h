// Reads an official text against the register, and turns what it says into messages.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "duban/task/v1/task_service.pb.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/review.h"
#include "services/task/domain/register_names.h"
#include "services/task/domain/units.h"

namespace duban::task {

namespace pb = duban::task::v1;

// A text as read and as persons decided, and for each of its tasks the units with the agencies that
// they are.
struct Reading {
  plantext::ParsedPlan plan;
  std::vector<std::vector<ReadUnit>> units;
  std::vector<pb::Doubt> doubts;  // that nobody decided
  // For each doubt the index of the task of each of its places, -1 outside of tasks.
  std::vector<std::vector<int>> doubt_tasks;
};

// Errors: those of ParsePlan. Takes up to a second for the largest text: not for a transaction.
absl::StatusOr<Reading> ReadPlan(absl::string_view bytes, const RegisterNames& names,
                                 absl::Span<const plantext::Decision> decisions = {});

// Without name, and without what only an import gives.
pb::Plan PlanOf(const plantext::ParsedPlan& parsed);
// Without name and parent.
pb::Task TaskOf(const plantext::ParsedTask& parsed, int order);
pb::Finding FindingOf(const plantext::Finding& finding);
pb::UnitProposal ProposalOf(const plantext::Proposal& proposal);
pb::ParsedUnit ParsedUnitOf(const ReadUnit& unit, int order);
pb::AssignmentRole RoleOf(Role role);
// Characters of the name were lost; what is left of it may be the name of another.
bool IsDamaged(absl::string_view name);
pb::RoleProvenance ProvenanceOf(Provenance provenance);

// The part that an assignment or an unresolved unit says.
template <typename Message>
Part PartOf(const Message& message) {
  Part part{.lead_hint = message.lead_hint(), .order = message.order()};
  part.role = message.role() == pb::ASSIGNMENT_ROLE_LEAD         ? Role::kLead
              : message.role() == pb::ASSIGNMENT_ROLE_SUPPORTING ? Role::kSupporting
                                                                 : Role::kResponsible;
  part.provenance = message.provenance() == pb::ROLE_PROVENANCE_CONFIRMED  ? Provenance::kConfirmed
                    : message.provenance() == pb::ROLE_PROVENANCE_EXPLICIT ? Provenance::kExplicit
                    : message.provenance() == pb::ROLE_PROVENANCE_INFERRED
                        ? Provenance::kInferred
                        : Provenance::kUnspecified;
  return part;
}

// Sets what both kinds of message say of a part.
template <typename Message>
void SetPart(const Part& part, Message& message) {
  message.set_role(RoleOf(part.role));
  message.set_provenance(ProvenanceOf(part.provenance));
  message.set_lead_hint(part.lead_hint);
  message.set_order(part.order);
}

}  // namespace duban::task
