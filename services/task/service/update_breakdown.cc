#include "services/task/service/update_breakdown.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/task/domain/breakdown.h"
#include "services/task/domain/task_state.h"
#include "services/task/service/rows.h"

namespace duban::task {
namespace {

Breakdown ToDomain(const pb::UpdateBreakdownRequest& request) {
  Breakdown given{
      .theme = request.theme(), .start_date = request.start_date(), .due_date = request.due_date()};
  for (const pb::Participant& participant : request.participants()) {
    given.participants.push_back({.name = participant.name(), .part = participant.part()});
  }
  for (const pb::Milestone& m : request.milestones()) {
    given.milestones.push_back({.id = m.id(),
                                .title = m.title(),
                                .due_date = m.due_date(),
                                .weight = m.weight() == 0 ? 1 : m.weight(),
                                .agencies = {m.agencies().begin(), m.agencies().end()}});
  }
  for (const pb::Indicator& i : request.indicators()) {
    given.indicators.push_back({.id = i.id(),
                                .title = i.title(),
                                .unit = i.unit(),
                                .scale = i.scale(),
                                .baseline = i.baseline(),
                                .has_target = i.has_target(),
                                .target = i.target(),
                                .rollup_known = pb::Rollup_IsValid(i.rollup()),
                                .agencies = {i.agencies().begin(), i.agencies().end()}});
  }
  return given;
}

// Puts the given parts in the place of the task's.
void Apply(const pb::UpdateBreakdownRequest& request, pb::Task& task) {
  if (!request.theme().empty()) task.set_theme(request.theme());
  if (!request.start_date().empty()) task.set_start_date(request.start_date());
  if (!request.due_date().empty()) task.set_due_date(request.due_date());
  if (request.participants_size() > 0) *task.mutable_participants() = request.participants();
  if (request.milestones_size() > 0) *task.mutable_milestones() = request.milestones();
  if (request.indicators_size() > 0) *task.mutable_indicators() = request.indicators();
  for (pb::Milestone& milestone : *task.mutable_milestones()) {
    if (milestone.weight() == 0) milestone.set_weight(1);
  }
}

absl::StatusOr<std::set<std::string>> AgenciesOf(const pb::Task& task, feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(const auto assignments, AssignmentsOf(task, view));
  std::set<std::string> agencies;
  for (const pb::Assignment& assignment : assignments) {
    DUBAN_ASSIGN_OR_RETURN(AssignmentName name, AssignmentName::Parse(assignment.name()));
    if (!assignment.removed()) agencies.insert(std::move(name.agency));
  }
  return agencies;
}

absl::Status CheckDaysOf(const pb::Task& task) {
  std::vector<std::string> days;
  for (const pb::Milestone& milestone : task.milestones()) days.push_back(milestone.due_date());
  return CheckDays(task.start_date(), task.due_date(), days);
}

absl::Status ChangedSince(const pb::Task& task, int64_t expected) {
  return MakeError(
      absl::StatusCode::kAborted, "CHANGED_SINCE",
      absl::StrCat(task.name(), " is at revision ", task.revision(), ", not ", expected),
      {{"name", task.name()},
       {"revision", absl::StrCat(task.revision())},
       {"expected", absl::StrCat(expected)}});
}

}  // namespace

absl::Status UpdateBreakdown(const rpc::Call& call, const pb::UpdateBreakdownRequest& request,
                             feed::Tx& tx, pb::Task& response) {
  DUBAN_ASSIGN_OR_RETURN(pb::Task task, FindTask(call, request.name(), tx));
  const State state = StateOf(task);
  if (state == State::kCancelled) return IllegalTransition(state, state);
  if (request.if_revision() != 0 && request.if_revision() != task.revision()) {
    return ChangedSince(task, request.if_revision());
  }
  DUBAN_ASSIGN_OR_RETURN(const std::set<std::string> agencies, AgenciesOf(task, tx));
  DUBAN_RETURN_IF_ERROR(CheckBreakdown(ToDomain(request), agencies));
  Apply(request, task);
  DUBAN_RETURN_IF_ERROR(CheckDaysOf(task));
  response = std::move(task);
  return PutTask(tx, response);
}

}  // namespace duban::task
