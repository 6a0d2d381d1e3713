#include "services/gateway/service/board_builder.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/feed/messages.h"
#include "services/gateway/domain/board_rules.h"

namespace duban::gateway {
namespace {

namespace agn = duban::agency::v1;
namespace gw = duban::gateway::v1;
namespace rep = duban::reporting::v1;
namespace tsk = duban::task::v1;

// Whether a definition (milestone or indicator) asks `agency`.
template <typename Definition>
bool Concerns(const Definition& definition, const std::string& agency) {
  return definition.agencies().empty() ||
         std::find(definition.agencies().begin(), definition.agencies().end(), agency) !=
             definition.agencies().end();
}

VersionState ToVersionState(rep::ReportState state) {
  switch (state) {
    case rep::REPORT_STATE_ACCEPTED:
      return VersionState::kAccepted;
    case rep::REPORT_STATE_RETURNED:
      return VersionState::kReturned;
    case rep::REPORT_STATE_REOPENED:
      return VersionState::kReopened;
    default:
      return VersionState::kSubmitted;
  }
}

Performance ToPerformance(rep::AssignmentState state) {
  switch (state) {
    case rep::ASSIGNMENT_STATE_ISSUED:
      return Performance::kIssued;
    case rep::ASSIGNMENT_STATE_ACKNOWLEDGED:
      return Performance::kAcknowledged;
    case rep::ASSIGNMENT_STATE_ACTIVE:
      return Performance::kActive;
    case rep::ASSIGNMENT_STATE_DONE_CLAIMED:
      return Performance::kDoneClaimed;
    case rep::ASSIGNMENT_STATE_VERIFIED:
      return Performance::kVerified;
    case rep::ASSIGNMENT_STATE_DISPUTED:
      return Performance::kDisputed;
    default:
      return Performance::kUnknown;
  }
}

Decision ToDecision(tsk::TaskState state) {
  switch (state) {
    case tsk::TASK_STATE_ISSUED:
      return Decision::kIssued;
    case tsk::TASK_STATE_SUSPENDED:
      return Decision::kSuspended;
    case tsk::TASK_STATE_CANCELLED:
      return Decision::kCancelled;
    default:
      return Decision::kRecorded;
  }
}

gw::BoardState ToProto(BoardState state) {
  switch (state) {
    case BoardState::kRecorded:
      return gw::BOARD_STATE_RECORDED;
    case BoardState::kIssued:
      return gw::BOARD_STATE_ISSUED;
    case BoardState::kInProgress:
      return gw::BOARD_STATE_IN_PROGRESS;
    case BoardState::kDoneClaimed:
      return gw::BOARD_STATE_DONE_CLAIMED;
    case BoardState::kVerified:
      return gw::BOARD_STATE_VERIFIED;
    case BoardState::kSuspended:
      return gw::BOARD_STATE_SUSPENDED;
    case BoardState::kCancelled:
      return gw::BOARD_STATE_CANCELLED;
  }
  return gw::BOARD_STATE_UNSPECIFIED;
}

progress::Rollup ToRollup(tsk::Rollup rollup) {
  switch (rollup) {
    case tsk::ROLLUP_LAST:
      return progress::Rollup::kLast;
    case tsk::ROLLUP_MEAN:
      return progress::Rollup::kMean;
    case tsk::ROLLUP_RATIO:
      return progress::Rollup::kRatio;
    default:
      return progress::Rollup::kSum;
  }
}

Said Fold(const std::vector<const ReportFacts*>& reports, const std::vector<size_t>& counting) {
  Said said;
  for (const size_t index : counting) {
    const ReportFacts& report = *reports[index];
    said.last = &report;
    for (const std::string& id : report.milestones_done) {
      said.milestones_done[id] = report.receive_time;
    }
    for (const auto& [indicator, value] : report.indicator_values) {
      said.readings[indicator] = {.value = value.value,
                                  .denominator = value.denominator,
                                  .time = report.receive_time};
    }
  }
  return said;
}

progress::Assignment Inputs(const tsk::Task& task, const std::string& agency, const Said& said) {
  progress::Assignment inputs{.percent_bp = said.last->progress_bp};
  for (const tsk::Milestone& milestone : task.milestones()) {
    if (!Concerns(milestone, agency)) continue;
    inputs.milestones.push_back({.weight = progress::WeightOrDefault(milestone.weight()),
                                 .done = said.milestones_done.contains(milestone.id())});
  }
  for (const tsk::Indicator& indicator : task.indicators()) {
    if (!indicator.has_target() || !Concerns(indicator, agency)) continue;
    progress::Indicator input{
        .baseline = indicator.baseline(),
        .target = indicator.target(),
        .less_is_better = indicator.direction() == tsk::DIRECTION_DECREASE};
    if (auto it = said.readings.find(indicator.id()); it != said.readings.end()) {
      input.actual = progress::RollUpIndicator(ToRollup(indicator.rollup()), indicator.scale(),
                                               {it->second});
    }
    inputs.indicators.push_back(input);
  }
  return inputs;
}

// When the oldest of the inputs of the figure was received: a milestone or a value that later
// reports do not repeat is as old as the report that last gave it.
absl::Time OldestInput(const progress::Assignment& inputs, const std::string& agency,
                       const tsk::Task& task, const Said& said) {
  absl::Time oldest = said.last->receive_time;
  if (!inputs.milestones.empty()) {
    for (const tsk::Milestone& milestone : task.milestones()) {
      const auto it = said.milestones_done.find(milestone.id());
      if (Concerns(milestone, agency) && it != said.milestones_done.end()) {
        oldest = std::min(oldest, it->second);
      }
    }
    return oldest;
  }
  for (const tsk::Indicator& indicator : task.indicators()) {
    const auto it = said.readings.find(indicator.id());
    if (indicator.has_target() && Concerns(indicator, agency) && it != said.readings.end()) {
      oldest = std::min(oldest, it->second.time);
    }
  }
  return oldest;
}

progress::Child ChildOf(const std::string& agency, const tsk::Task& task,
                        const AssignmentFacts& facts, const Said& said) {
  progress::Child child{.name = facts.mandate ? facts.mandate->name() : ""};
  if (facts.mandate) child.weight = progress::WeightOrDefault(facts.mandate->weight());
  if (said.last == nullptr) return child;
  const progress::Assignment inputs = Inputs(task, agency, said);
  child.value = progress::AssignmentValue(inputs);
  child.has_data = true;
  child.oldest_input = OldestInput(inputs, agency, task, said);
  return child;
}

// Short name of an agency; before the register is known, what the text calls it.
std::string DisplayName(const std::string& id, const AgencyFacts* facts,
                        const tsk::Assignment* mandate) {
  if (facts != nullptr && facts->agency) {
    return facts->agency->short_name().empty() ? facts->agency->full_name()
                                               : facts->agency->short_name();
  }
  if (mandate != nullptr && !mandate->printed_names().empty()) return mandate->printed_names(0);
  return id;
}

const AgencyFacts* Find(const std::map<std::string, AgencyFacts>& agencies, const std::string& id) {
  const auto it = agencies.find(id);
  return it == agencies.end() ? nullptr : &it->second;
}

struct AssignmentEntry {
  std::string agency;
  AssignmentFacts* facts;
};

std::vector<AssignmentEntry> AssignmentsInOrder(TaskFacts& task) {
  std::vector<AssignmentEntry> entries;
  for (auto& [agency, facts] : task.assignments) {
    if (InForce(facts)) entries.push_back({agency, &facts});
  }
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return a.facts->mandate->order() < b.facts->mandate->order();
  });
  return entries;
}

std::vector<TaskFacts*> TasksInOrder(PlanFacts& plan) {
  std::vector<TaskFacts*> tasks;
  for (auto& [id, facts] : plan.tasks) {
    if (facts.task) tasks.push_back(&facts);
  }
  std::stable_sort(tasks.begin(), tasks.end(), [](const TaskFacts* a, const TaskFacts* b) {
    return a->task->order() < b->task->order();
  });
  return tasks;
}

bool Cancelled(const TaskFacts& facts) { return facts.task->state() == tsk::TASK_STATE_CANCELLED; }

// The inputs of one level, for both figures.
struct Level {
  std::vector<progress::Child> reported, accepted;
};

struct Figures {
  progress::Figure reported, accepted;
};

Figures RollUp(const Level& level) {
  return {progress::RollUp(level.reported), progress::RollUp(level.accepted)};
}

void AddBelow(const std::string& name, const Figures& figures, bool excluded, Level& level) {
  progress::Child reported = progress::AsChild(name, figures.reported, 1);
  progress::Child accepted = progress::AsChild(name, figures.accepted, 1);
  reported.excluded = accepted.excluded = excluded;
  level.reported.push_back(std::move(reported));
  level.accepted.push_back(std::move(accepted));
}

void SetProgress(const Figures& figures, gw::Progress& out) {
  SetFigure(figures.reported, *out.mutable_reported());
  SetFigure(figures.accepted, *out.mutable_accepted());
}

void AddIndicator(const tsk::Indicator& indicator, const std::vector<AssignmentEntry>& entries,
                  gw::TaskProgress& out) {
  std::vector<progress::Reading> reported, accepted;
  const auto read = [&](const Said& said, std::vector<progress::Reading>& readings) {
    const auto it = said.readings.find(indicator.id());
    if (it != said.readings.end()) readings.push_back(it->second);
  };
  gw::IndicatorProgress& entry = *out.add_indicators();
  *entry.mutable_indicator() = indicator;
  for (const AssignmentEntry& assignment : entries) {
    if (!Concerns(indicator, assignment.agency)) continue;
    entry.set_total(entry.total() + 1);
    read(assignment.facts->figures->reported, reported);
    read(assignment.facts->figures->accepted, accepted);
  }
  entry.set_with_data(static_cast<int32_t>(reported.size()));
  const progress::Rollup rule = ToRollup(indicator.rollup());
  const std::optional<int64_t> last_reported = progress::RollUpIndicator(rule, indicator.scale(), reported);
  const std::optional<int64_t> last_accepted = progress::RollUpIndicator(rule, indicator.scale(), accepted);
  entry.set_has_reported(last_reported.has_value());
  entry.set_reported(last_reported.value_or(0));
  entry.set_has_accepted(last_accepted.has_value());
  entry.set_accepted(last_accepted.value_or(0));
}

// Builds one plan's board; lives only for that.
class Builder {
 public:
  Builder(PlanFacts& plan, const std::map<std::string, AgencyFacts>& agencies)
      : plan_(plan), agencies_(agencies) {}

  std::shared_ptr<const BuiltPlan> Run() {
    gw::PlanProgress& out = built_->message;
    if (plan_.plan) {
      out.set_plan(plan_.plan->name());
      out.set_title(plan_.plan->title());
      out.set_time_zone(plan_.plan->time_zone());
    }
    for (TaskFacts* task : TasksInOrder(plan_)) AddTask(*task, *out.add_tasks());
    RollUpTasks(out);
    for (const std::string& agency : agency_order_) AddAgency(agency, *out.add_agencies());
    built_->bytes = std::make_shared<const std::string>(out.SerializeAsString());
    return std::move(built_);
  }

 private:
  void AddTask(TaskFacts& facts, gw::TaskProgress& out) {
    const tsk::Task& task = *facts.task;
    out.set_task(task.name());
    out.set_number(task.number());
    out.set_title(task.title());
    out.set_section(task.section());
    out.set_theme(task.theme());
    out.set_due_date(task.due_date());
    out.set_parent(task.parent());
    std::vector<Performance> performances;
    const std::vector<AssignmentEntry> entries = AssignmentsInOrder(facts);
    for (const AssignmentEntry& entry : entries) {
      AddAssignment(entry, facts, *out.add_assignments());
      performances.push_back(ToPerformance(entry.facts->state));
    }
    out.set_state(ToProto(StateOf(ToDecision(task.state()), performances)));
    for (const tsk::Indicator& indicator : task.indicators()) AddIndicator(indicator, entries, out);
    AddUnits(facts, out);
    if (!Cancelled(facts)) {
      gw::PlanProgress& plan = built_->message;
      plan.set_assignment_count(plan.assignment_count() + out.assignments_size());
    }
  }

  static void AddUnits(const TaskFacts& facts, gw::TaskProgress& out) {
    std::vector<const tsk::UnresolvedUnit*> units;
    for (const auto& [name, unit] : facts.units) units.push_back(&unit);
    std::stable_sort(units.begin(), units.end(),
                     [](const auto* a, const auto* b) { return a->order() < b->order(); });
    for (const tsk::UnresolvedUnit* unit : units) out.add_unresolved_units(unit->text());
  }

  void AddAssignment(const AssignmentEntry& entry, const TaskFacts& task_facts,
                     gw::AssignmentProgress& out) {
    const tsk::Task& task = *task_facts.task;
    AssignmentFacts& facts = *entry.facts;
    const tsk::Assignment& mandate = *facts.mandate;
    if (!facts.figures) facts.figures = Evaluate(entry.agency, task, facts);
    const AgencyFacts* agency = Find(agencies_, entry.agency);
    out.set_assignment(mandate.name());
    out.set_agency(absl::StrCat("agencies/", entry.agency));
    out.set_agency_name(DisplayName(entry.agency, agency, &mandate));
    if (!mandate.printed_names().empty()) out.set_printed_name(mandate.printed_names(0));
    out.set_task_number(task.number());
    out.set_task_title(task.title());
    out.set_role(mandate.role());
    out.set_lead_hint(mandate.lead_hint());
    out.set_state(facts.state);
    if (ToDecision(task.state()) != Decision::kIssued) set_aside_.insert(mandate.name());
    if (const ReportFacts* report = facts.figures->reported.last) {
      out.set_period(report->period);
      out.set_report(
          absl::StrCat(mandate.name(), "/reports/", report->period, "@", report->version));
      out.set_report_state(report->state);
      out.set_own_rating(report->own_rating);
      *out.mutable_receive_time() = feed::ToTimestamp(report->receive_time);
    }
    CountAssignment(entry, task_facts, agency, out);
  }

  // Adds an assignment to the levels of its task and its agency. A collective is listed, never
  // counted.
  void CountAssignment(const AssignmentEntry& entry, const TaskFacts& task,
                       const AgencyFacts* agency, gw::AssignmentProgress& out) {
    progress::Child reported = entry.facts->figures->reported_child;
    progress::Child accepted = entry.facts->figures->accepted_child;
    SetProgress({progress::RollUp({reported}), progress::RollUp({accepted})},
                *out.mutable_progress());
    reported.excluded = accepted.excluded = agency != nullptr && agency->agency &&
                                            agency->agency->kind() == agn::AGENCY_KIND_COLLECTIVE;
    Level& of_task = levels_[task.task->name()];
    of_task.reported.push_back(reported);
    of_task.accepted.push_back(accepted);
    if (Cancelled(task)) reported.excluded = accepted.excluded = true;
    reported.weight = accepted.weight = 1;  // an agency's figure is a plain mean
    if (!built_->agencies.contains(entry.agency)) agency_order_.push_back(entry.agency);
    BuiltPlan::AgencyChildren& of_agency = built_->agencies[entry.agency];
    of_agency.reported.push_back(std::move(reported));
    of_agency.accepted.push_back(std::move(accepted));
    assignments_of_[entry.agency].push_back(out);
  }

  // A task below another counts in that one; all others are top tasks and count in the plan.
  void RollUpTasks(gw::PlanProgress& out) {
    std::map<std::string, gw::TaskProgress*> top;
    std::vector<gw::TaskProgress*> below;
    for (gw::TaskProgress& task : *out.mutable_tasks()) {
      if (task.parent().empty()) top[task.task()] = &task;
    }
    for (gw::TaskProgress& task : *out.mutable_tasks()) {
      if (!task.parent().empty() && top.contains(task.parent())) below.push_back(&task);
    }
    for (const gw::TaskProgress* task : below) MakeEqual(levels_[task->parent()]);
    for (gw::TaskProgress* task : below) {
      RollUpTask(*task, levels_[task->parent()]);
    }
    Level plan;
    for (gw::TaskProgress& task : *out.mutable_tasks()) {
      if (task.parent().empty() || !top.contains(task.parent())) RollUpTask(task, plan);
    }
    SetProgress(RollUp(plan), *out.mutable_progress());
  }

  // Below a parent, tasks and the parent's own assignments weigh the same.
  static void MakeEqual(Level& level) {
    for (progress::Child& child : level.reported) child.weight = 1;
    for (progress::Child& child : level.accepted) child.weight = 1;
  }

  void RollUpTask(gw::TaskProgress& task, Level& above) {
    const Figures figures = RollUp(levels_[task.task()]);
    SetProgress(figures, *task.mutable_progress());
    AddBelow(task.task(), figures, task.state() == gw::BOARD_STATE_CANCELLED, above);
  }

  void AddAgency(const std::string& id, gw::AgencyProgress& out) {
    const std::vector<gw::AssignmentProgress>& assignments = assignments_of_[id];
    out = DescribeAgency(id, Find(agencies_, id));
    if (out.short_name().empty()) out.set_short_name(assignments.front().agency_name());
    const BuiltPlan::AgencyChildren& children = built_->agencies[id];
    SetProgress({progress::RollUp(children.reported), progress::RollUp(children.accepted)},
                *out.mutable_progress());
    for (const gw::AssignmentProgress& assignment : assignments) {
      *out.add_assignments() = assignment;
      if (assignment.state() == rep::ASSIGNMENT_STATE_ISSUED &&
          !set_aside_.contains(assignment.assignment())) {
        out.set_unacknowledged(out.unacknowledged() + 1);
      }
    }
  }

  PlanFacts& plan_;
  const std::map<std::string, AgencyFacts>& agencies_;
  std::shared_ptr<BuiltPlan> built_ = std::make_shared<BuiltPlan>();
  std::map<std::string, Level> levels_;  // by task name
  std::vector<std::string> agency_order_;
  std::set<std::string> set_aside_;  // assignments that nothing is asked of: suspended, cancelled
  std::map<std::string, std::vector<gw::AssignmentProgress>> assignments_of_;  // by agency id
};

}  // namespace

AssignmentFigures Evaluate(const std::string& agency, const tsk::Task& task,
                           const AssignmentFacts& facts) {
  std::vector<Version> versions;
  std::vector<const ReportFacts*> reports;
  for (const auto& [key, report] : facts.reports) {
    versions.push_back({report.period, report.version, ToVersionState(report.state)});
    reports.push_back(&report);
  }
  AssignmentFigures figures;
  figures.reported = Fold(reports, ReportedVersions(versions));
  figures.accepted = Fold(reports, AcceptedVersions(versions));
  figures.reported_child = ChildOf(agency, task, facts, figures.reported);
  figures.accepted_child = ChildOf(agency, task, facts, figures.accepted);
  return figures;
}

bool InForce(const AssignmentFacts& facts) {
  return facts.mandate && !facts.mandate->removed() && facts.state != rep::ASSIGNMENT_STATE_REMOVED;
}

std::shared_ptr<const BuiltPlan> Build(PlanFacts& plan,
                                       const std::map<std::string, AgencyFacts>& agencies) {
  return Builder(plan, agencies).Run();
}

gw::AgencyProgress DescribeAgency(const std::string& id, const AgencyFacts* facts) {
  gw::AgencyProgress out;
  out.set_agency(absl::StrCat("agencies/", id));
  if (facts == nullptr) return out;
  if (facts->agency) {
    out.set_short_name(DisplayName(id, facts, nullptr));
    out.set_kind(facts->agency->kind());
  }
  absl::Time last_seen = absl::InfinitePast();
  for (const auto& [name, node] : facts->nodes) {
    if (node.node && !node.node->has_revoke_time() && node.node->custody() == agn::CUSTODY_HUB) {
      out.set_custody_hub(true);
    }
    if (node.online) out.set_online(true);
    last_seen = std::max(last_seen, node.last_seen);
  }
  if (last_seen != absl::InfinitePast()) {
    *out.mutable_last_seen_time() = feed::ToTimestamp(last_seen);
  }
  return out;
}

void SetFigure(const progress::Figure& figure, gw::Figure& out) {
  out.set_basis_points(progress::ToBasisPoints(figure.value));
  out.set_with_data(figure.with_data);
  out.set_total(figure.total);
  if (figure.oldest_input != absl::InfiniteFuture()) {
    *out.mutable_oldest_input_time() = feed::ToTimestamp(figure.oldest_input);
  }
  for (const std::string& name : figure.excluded) out.add_excluded(name);
}

gw::Matrix MatrixOf(const gw::PlanProgress& plan) {
  gw::Matrix out;
  out.set_plan(plan.plan());
  std::map<std::string, int> columns;
  for (const gw::AgencyProgress& agency : plan.agencies()) {
    columns[agency.agency()] = out.agencies_size();
    out.add_agencies(agency.agency());
    out.add_agency_names(agency.short_name());
  }
  for (const gw::TaskProgress& task : plan.tasks()) {
    const int row = out.tasks_size();
    out.add_tasks(task.task());
    out.add_task_numbers(task.number());
    for (const gw::AssignmentProgress& assignment : task.assignments()) {
      gw::MatrixCell& cell = *out.add_cells();
      cell.set_task(row);
      cell.set_agency(columns[assignment.agency()]);
      cell.set_state(assignment.state());
      cell.set_reported_bp(assignment.progress().reported().basis_points());
      cell.set_accepted_bp(assignment.progress().accepted().basis_points());
      cell.set_has_report(!assignment.report().empty());
      cell.set_role(assignment.role());
    }
  }
  return out;
}

}  // namespace duban::gateway
