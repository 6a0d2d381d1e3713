#include "services/task/service/update_breakdown.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"
#include "services/task/domain/breakdown.h"
#include "services/task/domain/plan_rules.h"
#include "services/task/domain/task_state.h"
#include "services/task/service/rows.h"

namespace duban::task {
namespace {

Better ToBetter(pb::Direction direction) {
  switch (direction) {
    case pb::DIRECTION_INCREASE:
      return Better::kMore;
    case pb::DIRECTION_DECREASE:
      return Better::kLess;
    default:
      return Better::kUnsaid;
  }
}

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
                                .direction_known = pb::Direction_IsValid(i.direction()),
                                .better = ToBetter(i.direction()),
                                .agencies = {i.agencies().begin(), i.agencies().end()}});
  }
  return given;
}

constexpr absl::string_view kParts[] = {"theme",    "participants", "start_date",
                                        "due_date", "milestones",   "indicators"};

bool IsGiven(const pb::UpdateBreakdownRequest& request, absl::string_view part) {
  if (part == "theme") return !request.theme().empty();
  if (part == "participants") return request.participants_size() > 0;
  if (part == "start_date") return !request.start_date().empty();
  if (part == "due_date") return !request.due_date().empty();
  if (part == "milestones") return request.milestones_size() > 0;
  return request.indicators_size() > 0;
}

// The parts to replace: those of the mask; without one, those that are not empty.
absl::StatusOr<std::set<absl::string_view>> PartsOf(const pb::UpdateBreakdownRequest& request) {
  std::set<absl::string_view> parts;
  for (const std::string& path : request.update_mask().paths()) {
    if (std::find(std::begin(kParts), std::end(kParts), path) == std::end(kParts)) {
      return InvalidBreakdown("update_mask", absl::StrCat("has ", path, ", not a part"));
    }
    parts.insert(path);
  }
  if (request.has_update_mask()) return parts;
  for (absl::string_view part : kParts) {
    if (IsGiven(request, part)) parts.insert(part);
  }
  return parts;
}

void SetDueDate(const std::string& day, pb::Task& task) {
  task.set_due_date(day);
  if (StateOf(task) != State::kRecorded && task.original_due_date().empty()) {
    task.set_original_due_date(day);
  }
}

void Apply(const pb::UpdateBreakdownRequest& request, const std::set<absl::string_view>& parts,
           pb::Task& task) {
  if (parts.contains("theme")) task.set_theme(request.theme());
  if (parts.contains("participants")) *task.mutable_participants() = request.participants();
  if (parts.contains("start_date")) task.set_start_date(request.start_date());
  if (parts.contains("due_date")) SetDueDate(request.due_date(), task);
  if (parts.contains("milestones")) *task.mutable_milestones() = request.milestones();
  if (parts.contains("indicators")) *task.mutable_indicators() = request.indicators();
  for (pb::Milestone& milestone : *task.mutable_milestones()) {
    if (milestone.weight() == 0) milestone.set_weight(1);
  }
}

// Values that were reported are kept at the definition's scale: once the task is issued, neither
// that nor whether it is a ratio changes.
absl::Status CheckSameMeasure(const pb::UpdateBreakdownRequest& request, const pb::Task& task) {
  if (StateOf(task) == State::kRecorded) return absl::OkStatus();
  for (int i = 0; i < request.indicators_size(); ++i) {
    const pb::Indicator& now = request.indicators(i);
    for (const pb::Indicator& was : task.indicators()) {
      if (was.id() != now.id()) continue;
      const bool same_kind =
          (was.rollup() == pb::ROLLUP_RATIO) == (now.rollup() == pb::ROLLUP_RATIO);
      if (was.scale() == now.scale() && same_kind) continue;
      return InvalidBreakdown(absl::StrCat("indicators[", i, "].scale"),
                              "and whether it is a ratio are fixed once the task is issued; give "
                              "the indicator a new id");
    }
  }
  return absl::OkStatus();
}

// What the office tells its agencies it changes with a reason.
absl::Status CheckWhy(const pb::UpdateBreakdownRequest& request, State state) {
  if (state == State::kRecorded && request.reason().empty()) return absl::OkStatus();
  return CheckReason(request.reason());
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
  DUBAN_RETURN_IF_ERROR(CheckWhy(request, state));
  DUBAN_ASSIGN_OR_RETURN(const auto parts, PartsOf(request));
  DUBAN_ASSIGN_OR_RETURN(const std::set<std::string> agencies, AgenciesOf(task, tx));
  DUBAN_RETURN_IF_ERROR(CheckBreakdown(ToDomain(request), agencies));
  DUBAN_RETURN_IF_ERROR(CheckSameMeasure(request, task));
  Apply(request, parts, task);
  DUBAN_RETURN_IF_ERROR(CheckDaysOf(task));
  task.set_breakdown_actor(call.caller.identity.ToString());
  *task.mutable_breakdown_time() = feed::ToTimestamp(tx.now());
  task.set_breakdown_reason(request.reason());
  response = std::move(task);
  return PutTask(tx, response);
}

}  // namespace duban::task
