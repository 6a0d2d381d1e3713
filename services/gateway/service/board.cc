#include "services/gateway/service/board.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"
#include "services/gateway/service/board_builder.h"
#include "services/gateway/service/errors.h"

namespace duban::gateway {
namespace {

namespace agn = duban::agency::v1;
namespace gw = duban::gateway::v1;
namespace rep = duban::reporting::v1;
namespace tsk = duban::task::v1;
using duban::common::v1::Changes;
using duban::common::v1::Row;
using duban::common::v1::Snapshot;

// Reads a row's image into `out`, which stays empty when the row was removed.
template <typename Message>
absl::Status Read(const Row& row, std::optional<Message>& out) {
  out.reset();
  if (!row.has_image()) return absl::OkStatus();
  if (!row.image().UnpackTo(&out.emplace())) return RowDamaged(row.key());
  return absl::OkStatus();
}

absl::Time WholeMinute(absl::Time time) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), absl::Minutes(1));
}

ReportFacts ToFacts(const rep::Report& report) {
  ReportFacts facts;
  facts.period = report.content().period();
  facts.version = report.version();
  facts.state = report.state();
  facts.progress_bp = report.content().progress_bp();
  for (const rep::IndicatorValue& value : report.content().indicator_values()) {
    facts.indicator_values[value.indicator()] = {.value = value.value(),
                                                 .denominator = value.denominator()};
  }
  facts.milestones_done.assign(report.content().milestones_done().begin(),
                               report.content().milestones_done().end());
  facts.own_rating = report.content().own_rating();
  facts.receive_time = feed::FromTimestamp(report.receive_time());
  return facts;
}

}  // namespace

absl::Status Board::OnSnapshot(Source source, const Snapshot& snapshot) {
  Touched touched;
  {
    absl::MutexLock lock(&mutex_);
    Link& link = links_[static_cast<int>(source)];
    Clear(source, touched);
    for (const Row& row : snapshot.rows()) DUBAN_RETURN_IF_ERROR(Apply(source, row, touched));
    if (!std::exchange(link.complete, true)) TouchAll(touched);
    revisions_.of(source) = snapshot.revision();
    ++changes_;
  }
  Tell(touched);
  return absl::OkStatus();
}

absl::Status Board::OnChanges(Source source, const Changes& changes) {
  Touched touched;
  {
    absl::MutexLock lock(&mutex_);
    for (const Row& row : changes.rows()) DUBAN_RETURN_IF_ERROR(Apply(source, row, touched));
    revisions_.of(source) = changes.revision();
    ++changes_;
  }
  Tell(touched);
  return absl::OkStatus();
}

void Board::OnBookmark(Source source, int64_t revision) {
  {
    absl::MutexLock lock(&mutex_);
    if (revision <= revisions_.of(source)) return;
    revisions_.of(source) = revision;
    ++changes_;
  }
  Tell({});
}

void Board::OnLink(Source source, bool up) {
  Touched touched;
  {
    absl::MutexLock lock(&mutex_);
    Link& link = links_[static_cast<int>(source)];
    if (std::exchange(link.up, up) == up) return;
    ++changes_;
    for (const auto& [id, plan] : plans_) touched.insert(id);  // `unreachable` changed, no figure
  }
  Tell(touched);
}

void Board::OnPresence(const std::vector<rep::Presence>& nodes) {
  Touched touched;
  {
    absl::MutexLock lock(&mutex_);
    if (!std::exchange(presence_known_, true)) {
      ++changes_;
      TouchAll(touched);
    }
    for (const rep::Presence& presence : nodes) {
      const absl::StatusOr<NodeName> name = NodeName::Parse(presence.node());
      if (!name.ok()) continue;
      NodeFacts& node = agencies_[name->agency].nodes[presence.node()];
      const absl::Time last_seen = presence.has_last_seen_time()
                                       ? WholeMinute(feed::FromTimestamp(presence.last_seen_time()))
                                       : absl::InfinitePast();
      if (node.online == presence.online() && node.last_seen == last_seen) continue;
      node.online = presence.online();
      node.last_seen = last_seen;
      TouchAgency(name->agency, touched);
      ++changes_;
    }
  }
  if (!touched.empty()) Tell(touched);
}

Revisions Board::revisions() const {
  absl::MutexLock lock(&mutex_);
  return revisions_;
}

absl::Status Board::Apply(Source source, const Row& row, Touched& touched) {
  switch (source) {
    case Source::kTask:
      return ApplyMandate(row, touched);
    case Source::kAgency:
      return ApplyRegister(row, touched);
    case Source::kReporting:
      return ApplyPerformance(row, touched);
  }
  return absl::OkStatus();
}

absl::Status Board::ApplyMandate(const Row& row, Touched& touched) {
  if (const auto name = PlanName::Parse(row.key()); name.ok()) {
    Touch(name->plan, touched);
    return Read(row, plans_[name->plan].plan);
  }
  if (const auto name = TaskName::Parse(row.key()); name.ok()) {
    Touch(name->plan, touched);
    TaskFacts& facts = plans_[name->plan].tasks[name->task];
    for (auto& [agency, assignment] : facts.assignments) assignment.figures.reset();
    DUBAN_RETURN_IF_ERROR(Read(row, facts.task));
    if (facts.task) facts.task->clear_body();
    return absl::OkStatus();
  }
  if (const auto name = AssignmentName::Parse(row.key()); name.ok()) {
    agencies_[name->agency].plans.insert(name->plan);
    return Read(row, TouchAssignment(*name, touched).mandate);
  }
  const auto name = UnresolvedUnitName::Parse(row.key());
  if (!name.ok()) return absl::OkStatus();  // a type of row that the board does not show
  Touch(name->plan, touched);
  for (auto& [id, task] : plans_[name->plan].tasks) task.units.erase(name->unit);
  std::optional<tsk::UnresolvedUnit> unit;
  DUBAN_RETURN_IF_ERROR(Read(row, unit));
  if (!unit) return absl::OkStatus();
  const auto task = TaskName::Parse(unit->task());
  if (task.ok()) plans_[name->plan].tasks[task->task].units[name->unit] = *std::move(unit);
  return absl::OkStatus();
}

absl::Status Board::ApplyRegister(const Row& row, Touched& touched) {
  if (const auto name = AgencyName::Parse(row.key()); name.ok()) {
    TouchAgency(name->agency, touched);
    return Read(row, agencies_[name->agency].agency);
  }
  if (const auto name = NodeName::Parse(row.key()); name.ok()) {
    TouchAgency(name->agency, touched);
    return Read(row, agencies_[name->agency].nodes[row.key()].node);
  }
  return absl::OkStatus();
}

absl::Status Board::ApplyPerformance(const Row& row, Touched& touched) {
  if (const auto name = AssignmentName::Parse(row.key()); name.ok()) {
    std::optional<rep::AssignmentStatus> status;
    DUBAN_RETURN_IF_ERROR(Read(row, status));
    TouchAssignment(*name, touched).state =
        status ? status->state() : rep::ASSIGNMENT_STATE_UNSPECIFIED;
    return absl::OkStatus();
  }
  const auto name = ReportName::Parse(row.key());
  if (!name.ok() || name->version == 0) return absl::OkStatus();
  std::optional<rep::Report> report;
  DUBAN_RETURN_IF_ERROR(Read(row, report));
  auto& reports = TouchAssignment(name->assignment, touched).reports;
  const std::pair<std::string, int> key(name->period, name->version);
  reports.erase(key);
  if (!report) return absl::OkStatus();
  ReportFacts& facts = reports[key] = ToFacts(*report);
  facts.period = name->period;
  facts.version = name->version;
  return absl::OkStatus();
}

// Forgets what the source said; what the others said stays.
void Board::Clear(Source source, Touched& touched) {
  if (source == Source::kAgency) {
    for (auto& [id, agency] : agencies_) {
      agency.agency.reset();
      for (auto& [name, node] : agency.nodes) node.node.reset();
      TouchAgency(id, touched);
    }
    return;
  }
  TouchAll(touched);
  for (auto& [plan_id, plan] : plans_) {
    if (source == Source::kTask) plan.plan.reset();
    for (auto& [task_id, task] : plan.tasks) {
      if (source == Source::kTask) {
        task.task.reset();
        task.units.clear();
      }
      for (auto& [agency, assignment] : task.assignments) {
        assignment.figures.reset();
        if (source == Source::kTask) {
          assignment.mandate.reset();
        } else {
          assignment.state = rep::ASSIGNMENT_STATE_UNSPECIFIED;
          assignment.reports.clear();
        }
      }
    }
  }
}

AssignmentFacts& Board::TouchAssignment(const AssignmentName& name, Touched& touched) {
  Touch(name.plan, touched);
  AssignmentFacts& facts = plans_[name.plan].tasks[name.task].assignments[name.agency];
  facts.figures.reset();
  return facts;
}

void Board::Touch(const std::string& plan, Touched& touched) {
  plans_[plan].built = nullptr;
  touched.insert(plan);
}

void Board::TouchAgency(const std::string& agency, Touched& touched) {
  for (const std::string& plan : agencies_[agency].plans) Touch(plan, touched);
}

void Board::TouchAll(Touched& touched) {
  for (auto& [id, plan] : plans_) {
    plan.built = nullptr;
    touched.insert(id);
  }
}

void Board::Tell(const Touched& touched) {
  if (!listener_) return;
  absl::MutexLock lock(&tell_mutex_);  // so that the listener hears of revisions in order
  listener_(touched, revisions());
}

absl::StatusOr<PlanFacts*> Board::Built(const std::string& plan) {
  if (!links_[static_cast<int>(Source::kTask)].complete) return BoardNotReady();
  const auto it = plans_.find(plan);
  if (it == plans_.end() || !it->second.plan) return PlanNotFound(plan);
  PlanFacts& facts = it->second;
  if (facts.built == nullptr) facts.built = Build(facts, agencies_);
  return &facts;
}

gw::Position Board::Position() const {
  gw::Position position;
  position.set_task(revisions_.task);
  position.set_agency(revisions_.agency);
  position.set_reporting(revisions_.reporting);
  *position.mutable_evaluate_time() = feed::ToTimestamp(WholeMinute(clock_.Now()));
  position.set_rules_version(progress::kRulesVersion);
  return position;
}

template <typename Message>
void Board::AddUnreachableServices(Message& out) const {
  for (Source source : kSources) {
    const Link& link = links_[static_cast<int>(source)];
    if (!link.up || !link.complete) out.add_unreachable(SourceName(source));
  }
}

template <typename Message>
void Board::AddUnreachableNodes(const std::string& agency, Message& out) const {
  const auto it = agencies_.find(agency);
  if (!presence_known_ || it == agencies_.end()) return;  // nobody can say which nodes are away
  for (const auto& [name, node] : it->second.nodes) {
    if (node.node && !node.node->has_revoke_time() && !node.online) out.add_unreachable(name);
  }
}

template <typename Message>
void Board::AddUnreachable(const BuiltPlan& plan, Message& out) const {
  AddUnreachableServices(out);
  for (const auto& [agency, children] : plan.agencies) AddUnreachableNodes(agency, out);
}

absl::StatusOr<PlanAnswer> Board::Plan(const std::string& plan) {
  absl::MutexLock lock(&mutex_);
  DUBAN_ASSIGN_OR_RETURN(PlanFacts * facts, Built(plan));
  const absl::Time minute = WholeMinute(clock_.Now());
  if (facts->tail_changes != changes_ || facts->tail_minute != minute) {
    gw::PlanProgress tail;
    *tail.mutable_position() = Position();
    AddUnreachable(*facts->built, tail);
    facts->tail = tail.SerializeAsString();
    facts->tail_changes = changes_;
    facts->tail_minute = minute;
  }
  return PlanAnswer{facts->built->bytes, facts->tail};
}

absl::StatusOr<gw::TaskProgress> Board::Task(const TaskName& name) {
  absl::MutexLock lock(&mutex_);
  const absl::StatusOr<PlanFacts*> plan = Built(name.plan);
  if (absl::IsNotFound(plan.status())) return TaskNotFound(name.ToString());
  if (!plan.ok()) return plan.status();
  for (const gw::TaskProgress& task : (*plan)->built->message.tasks()) {
    if (task.task() != name.ToString()) continue;
    gw::TaskProgress out = task;
    *out.mutable_position() = Position();
    AddUnreachableServices(out);
    for (const gw::AssignmentProgress& assignment : task.assignments()) {
      AddUnreachableNodes(AgencyName::Parse(assignment.agency())->agency, out);
    }
    return out;
  }
  return TaskNotFound(name.ToString());
}

absl::StatusOr<gw::Matrix> Board::Matrix(const std::string& plan) {
  absl::MutexLock lock(&mutex_);
  DUBAN_ASSIGN_OR_RETURN(PlanFacts * facts, Built(plan));
  gw::Matrix matrix = MatrixOf(facts->built->message);
  AddUnreachable(*facts->built, matrix);
  *matrix.mutable_position() = Position();
  return matrix;
}

absl::StatusOr<gw::AgencyProgress> Board::Agency(
    const std::string& agency, const std::function<bool(const std::string&)>& may_see) {
  absl::MutexLock lock(&mutex_);
  if (!links_[static_cast<int>(Source::kTask)].complete) return BoardNotReady();
  const auto it = agencies_.find(agency);
  if (it == agencies_.end()) return AgencyNotFound(agency);
  gw::AgencyProgress out = DescribeAgency(agency, &it->second);
  std::vector<progress::Child> reported, accepted;
  for (const std::string& id : it->second.plans) {
    if (!may_see(id)) continue;
    const absl::StatusOr<PlanFacts*> plan = Built(id);
    if (!plan.ok()) continue;  // a plan that is not there any more
    const BuiltPlan& built = *(*plan)->built;
    for (const gw::AgencyProgress& entry : built.message.agencies()) {
      if (entry.agency() != out.agency()) continue;
      out.mutable_assignments()->MergeFrom(entry.assignments());
      out.set_unacknowledged(out.unacknowledged() + entry.unacknowledged());
      if (out.short_name().empty()) out.set_short_name(entry.short_name());
      const BuiltPlan::AgencyChildren& children = built.agencies.at(agency);
      reported.insert(reported.end(), children.reported.begin(), children.reported.end());
      accepted.insert(accepted.end(), children.accepted.begin(), children.accepted.end());
    }
  }
  if (!it->second.agency && out.assignments().empty()) return AgencyNotFound(agency);
  SetFigure(progress::RollUp(reported), *out.mutable_progress()->mutable_reported());
  SetFigure(progress::RollUp(accepted), *out.mutable_progress()->mutable_accepted());
  *out.mutable_position() = Position();
  AddUnreachableServices(out);
  AddUnreachableNodes(agency, out);
  return out;
}

}  // namespace duban::gateway
