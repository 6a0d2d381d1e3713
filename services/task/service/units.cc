#include "services/task/service/units.h"

#include <optional>
#include <utility>

#include "duban/agency/v1/agency.pb.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"
#include "services/task/domain/plan_rules.h"
#include "services/task/domain/register_names.h"
#include "services/task/domain/units.h"
#include "services/task/service/reading.h"
#include "services/task/service/rows.h"

namespace duban::task {
namespace {

using duban::agency::v1::Agency;

absl::StatusOr<pb::UnresolvedUnit> FindUnit(const rpc::Call& call, absl::string_view name,
                                            feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(UnresolvedUnitName parsed, UnresolvedUnitName::Parse(name));
  DUBAN_RETURN_IF_ERROR(CheckScope(call, parsed.plan));
  DUBAN_ASSIGN_OR_RETURN(auto unit, feed::GetMessage<pb::UnresolvedUnit>(view, parsed.ToString()));
  if (!unit) return UnitNotFound(name);
  return *std::move(unit);
}

Part PartOfUnit(const pb::UnresolvedUnit& unit) {
  Part part = PartOf(unit);
  part.printed_names = {unit.text()};
  return part;
}

Part PartOfAssignment(const pb::Assignment& assignment) {
  Part part = PartOf(assignment);
  part.printed_names = {assignment.printed_names().begin(), assignment.printed_names().end()};
  return part;
}

}  // namespace

absl::StatusOr<AgencyName> FindAgency(absl::string_view name, feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(AgencyName parsed, AgencyName::Parse(name));
  DUBAN_ASSIGN_OR_RETURN(auto agency, feed::GetMessage<Agency>(view, RegisterKey(parsed.agency)));
  if (!agency) return AgencyNotFound(name);
  if (agency->kind() == duban::agency::v1::AGENCY_KIND_COLLECTIVE) return CollectiveUnit(name);
  return parsed;
}

absl::Status ResolveUnit(const rpc::Call& call, const pb::ResolveUnitRequest& request, feed::Tx& tx,
                         pb::Assignment& response) {
  DUBAN_ASSIGN_OR_RETURN(const pb::UnresolvedUnit unit, FindUnit(call, request.name(), tx));
  if (unit.collective()) return CollectiveUnit(unit.name());
  DUBAN_ASSIGN_OR_RETURN(const AgencyName agency, FindAgency(request.agency(), tx));
  DUBAN_ASSIGN_OR_RETURN(const TaskName task, TaskName::Parse(unit.task()));
  const std::string name = AssignmentName{task.plan, task.task, agency.agency}.ToString();
  DUBAN_ASSIGN_OR_RETURN(auto existing, feed::GetMessage<pb::Assignment>(tx, name));
  Part part = PartOfUnit(unit);
  const bool had_part = existing && !existing->removed();
  if (existing) response = *std::move(existing);
  if (had_part) part = Merge(PartOfAssignment(response), part);
  if (!had_part) *response.mutable_assign_time() = feed::ToTimestamp(tx.now());
  response.set_name(name);
  SetPart(part, response);
  *response.mutable_printed_names() = {part.printed_names.begin(), part.printed_names.end()};
  if (response.weight() == 0) response.set_weight(1);
  response.set_removed(false);
  response.clear_remove_reason();
  response.clear_removed_in_edition();
  response.set_actor(call.caller.identity.ToString());
  DUBAN_RETURN_IF_ERROR(tx.Delete(unit.name()));
  return PutAssignment(tx, response);
}

absl::Status RemoveUnit(const rpc::Call& call, const pb::RemoveUnitRequest& request, feed::Tx& tx,
                        pb::Assignment& response) {
  DUBAN_ASSIGN_OR_RETURN(const AssignmentName name, AssignmentName::Parse(request.name()));
  DUBAN_RETURN_IF_ERROR(CheckScope(call, name.plan));
  DUBAN_RETURN_IF_ERROR(CheckReason(request.reason()));
  DUBAN_ASSIGN_OR_RETURN(auto assignment, feed::GetMessage<pb::Assignment>(tx, name.ToString()));
  if (!assignment) return AssignmentNotFound(request.name());
  response = *std::move(assignment);
  if (response.removed() && response.removed_in_edition() == 0) return absl::OkStatus();
  response.set_removed(true);
  response.clear_removed_in_edition();
  response.set_remove_reason(request.reason());
  response.set_actor(call.caller.identity.ToString());
  return PutAssignment(tx, response);
}

}  // namespace duban::task
