#include "services/task/service/import.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"
#include "services/common/sign/sign.h"
#include "services/task/domain/plan_rules.h"
#include "services/task/domain/units.h"
#include "services/task/service/reading.h"
#include "services/task/service/rows.h"

namespace duban::task {
namespace {

constexpr char kDefaultZone[] = "Asia/Shanghai";
constexpr int kIdChars = 6;

// Ids of one plan's rows: a prefix and random characters, none twice.
class FreshIds {
 public:
  explicit FreshIds(Ids& ids) : ids_(ids) {}
  std::string Next(absl::string_view prefix) {
    while (true) {
      std::string id = absl::StrCat(prefix, ids_.Base32(kIdChars));
      if (used_.insert(id).second) return id;
    }
  }

 private:
  Ids& ids_;
  std::set<std::string> used_;
};

absl::StatusOr<std::string> ZoneOf(const pb::ImportPlanRequest& request) {
  const std::string zone = request.time_zone().empty() ? kDefaultZone : request.time_zone();
  absl::TimeZone loaded;
  if (!IsZoneName(zone) || !absl::LoadTimeZone(zone, &loaded)) return InvalidTimeZone(zone);
  return zone;
}

absl::StatusOr<pb::ReportingCycle> CycleOf(const pb::ImportPlanRequest& request) {
  if (!pb::ReportingCycle_IsValid(request.reporting_cycle()))
    return InvalidCycle(request.reporting_cycle());
  if (request.reporting_cycle() == pb::REPORTING_CYCLE_UNSPECIFIED)
    return pb::REPORTING_CYCLE_MONTHLY;
  return request.reporting_cycle();
}

// Adds the task's assignments and unresolved units to the answer.
void AddParts(const TaskName& task, const std::vector<ReadUnit>& units, FreshIds& ids,
              pb::ImportPlanResponse& import) {
  const TaskParts parts = PartsOf(units);
  for (const AgencyPart& agency : parts.agencies) {
    pb::Assignment& assignment = *import.add_assignments();
    assignment.set_name(AssignmentName{task.plan, task.task, agency.agency}.ToString());
    assignment.set_weight(1);
    SetPart(agency.part, assignment);
    for (const std::string& name : agency.part.printed_names) assignment.add_printed_names(name);
  }
  for (const UnresolvedPart& unresolved : parts.unresolved) {
    pb::UnresolvedUnit& unit = *import.add_unresolved_units();
    unit.set_name(UnresolvedUnitName{task.plan, ids.Next("u-")}.ToString());
    unit.set_text(unresolved.text);
    unit.set_task(task.ToString());
    unit.set_collective(unresolved.collective);
    SetPart(unresolved.part, unit);
    for (const plantext::Proposal& proposal : unresolved.proposals)
      *unit.add_proposals() = ProposalOf(proposal);
  }
}

void AddTasks(const std::string& plan, const Reading& reading, Ids& ids,
              pb::ImportPlanResponse& import) {
  FreshIds fresh(ids);
  for (size_t i = 0; i < reading.plan.tasks.size(); ++i) {
    const plantext::ParsedTask& parsed = reading.plan.tasks[i];
    const TaskName name{plan, fresh.Next("t-")};
    pb::Task task = TaskOf(parsed, static_cast<int>(i));
    task.set_name(name.ToString());
    if (parsed.parent >= 0) task.set_parent(import.tasks(parsed.parent).name());
    *import.add_tasks() = std::move(task);
    AddParts(name, reading.units[i], fresh, import);
  }
}

pb::PlanSource SourceOf(const PlanName& plan, const std::string& content, const Reading& reading) {
  pb::PlanSource source;
  source.set_name(SourceKey(plan));
  source.set_content(content);
  source.set_sha256(sign::HexEncode(sign::Sha256(content)));
  for (const plantext::Finding& finding : reading.plan.findings)
    *source.add_findings() = FindingOf(finding);
  return source;
}

absl::Status PutAll(const PlanName& name, feed::Tx& tx, pb::ImportPlanResponse& import) {
  DUBAN_RETURN_IF_ERROR(feed::PutMessage(tx, *import.mutable_plan(), name.plan, ""));
  for (pb::Task& task : *import.mutable_tasks()) DUBAN_RETURN_IF_ERROR(PutTask(tx, task));
  for (pb::Assignment& assignment : *import.mutable_assignments()) {
    *assignment.mutable_assign_time() = feed::ToTimestamp(tx.now());
    DUBAN_RETURN_IF_ERROR(PutAssignment(tx, assignment));
  }
  for (pb::UnresolvedUnit& unit : *import.mutable_unresolved_units()) {
    DUBAN_RETURN_IF_ERROR(feed::PutMessage(tx, unit, name.plan, ""));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ParsePlan(const pb::ParsePlanRequest& request, const RegisterNames& names,
                       pb::ParsePlanResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(const Reading reading, ReadPlan(request.content(), names));
  *response.mutable_plan() = PlanOf(reading.plan);
  response.mutable_plan()->set_source_sha256(sign::HexEncode(sign::Sha256(request.content())));
  response.mutable_plan()->set_source_bytes(static_cast<int64_t>(request.content().size()));
  for (size_t i = 0; i < reading.plan.tasks.size(); ++i) {
    pb::ParsedTask& task = *response.add_tasks();
    *task.mutable_task() = TaskOf(reading.plan.tasks[i], static_cast<int>(i));
    for (const ReadUnit& unit : reading.units[i])
      *task.add_units() = ParsedUnitOf(unit, task.units_size());
  }
  for (const plantext::Finding& finding : reading.plan.findings)
    *response.add_findings() = FindingOf(finding);
  return absl::OkStatus();
}

absl::StatusOr<PlanDraft> DraftPlan(const rpc::Call& call, const pb::ImportPlanRequest& request,
                                    const RegisterNames* names, Ids& ids) {
  if (!IsValidId(request.plan_id())) return InvalidPlanId(request.plan_id());
  DUBAN_RETURN_IF_ERROR(CheckScope(call, request.plan_id()));
  DUBAN_ASSIGN_OR_RETURN(const std::string zone, ZoneOf(request));
  DUBAN_ASSIGN_OR_RETURN(const pb::ReportingCycle cycle, CycleOf(request));
  if (names == nullptr) return RegisterNotReady();
  DUBAN_ASSIGN_OR_RETURN(const Reading reading, ReadPlan(request.content(), *names));

  const PlanName name{request.plan_id()};
  PlanDraft draft{.source = SourceOf(name, request.content(), reading)};
  pb::Plan& plan = *draft.import.mutable_plan();
  plan = PlanOf(reading.plan);
  plan.set_name(name.ToString());
  plan.set_source_sha256(draft.source.sha256());
  plan.set_source_bytes(static_cast<int64_t>(request.content().size()));
  plan.set_time_zone(zone);
  plan.set_reporting_cycle(cycle);
  AddTasks(name.plan, reading, ids, draft.import);
  *draft.import.mutable_findings() = draft.source.findings();
  draft.import.set_created(true);
  return draft;
}

absl::StatusOr<bool> AnswerExisting(const PlanDraft& draft, feed::View& view,
                                    pb::ImportPlanResponse& response) {
  const std::string& name = draft.import.plan().name();
  DUBAN_ASSIGN_OR_RETURN(auto existing, feed::GetMessage<pb::Plan>(view, name));
  if (!existing) return false;
  if (existing->source_sha256() != draft.source.sha256())
    return PlanExists(name, existing->source_sha256());
  DUBAN_ASSIGN_OR_RETURN(const PlanName plan, PlanName::Parse(name));
  DUBAN_ASSIGN_OR_RETURN(const auto tasks, TasksOf(plan.plan, view));
  DUBAN_ASSIGN_OR_RETURN(const auto assignments, AssignmentsOf(tasks, view));
  DUBAN_ASSIGN_OR_RETURN(const auto units, UnitsOf(plan.plan, view));
  DUBAN_ASSIGN_OR_RETURN(auto source, feed::GetMessage<pb::PlanSource>(view, SourceKey(plan)));
  *response.mutable_plan() = *std::move(existing);
  response.mutable_tasks()->Assign(tasks.begin(), tasks.end());
  response.mutable_assignments()->Assign(assignments.begin(), assignments.end());
  response.mutable_unresolved_units()->Assign(units.begin(), units.end());
  if (source) response.mutable_findings()->Swap(source->mutable_findings());
  response.set_revision(view.revision());
  return true;
}

absl::Status StorePlan(const PlanDraft& draft, feed::Tx& tx, pb::ImportPlanResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(const bool existing, AnswerExisting(draft, tx, response));
  if (existing) return absl::OkStatus();
  response = draft.import;
  *response.mutable_plan()->mutable_import_time() = feed::ToTimestamp(tx.now());
  response.set_revision(tx.next_revision());
  DUBAN_ASSIGN_OR_RETURN(const PlanName name, PlanName::Parse(response.plan().name()));
  DUBAN_RETURN_IF_ERROR(tx.Put({.key = draft.source.name(),
                                .plan = name.plan,
                                .type = pb::PlanSource::descriptor()->full_name(),
                                .image = draft.source.SerializeAsString(),
                                .logged = false}));
  return PutAll(name, tx, response);
}

absl::Status PreviewPlan(const PlanDraft& draft, feed::View& view,
                         pb::ImportPlanResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(const bool existing, AnswerExisting(draft, view, response));
  if (!existing) response = draft.import;
  return absl::OkStatus();
}

}  // namespace duban::task
