#include "services/task/service/import.h"

#include <optional>
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
#include "services/task/domain/task_state.h"
#include "services/task/domain/units.h"
#include "services/task/service/edition.h"
#include "services/task/service/reading.h"
#include "services/task/service/review.h"
#include "services/task/service/rows.h"

namespace duban::task {
namespace {

constexpr char kDefaultZone[] = "Asia/Shanghai";
constexpr int kIdChars = 6;

// Ids of one plan's rows: a prefix and random characters, none twice and none that is `used`.
class FreshIds {
 public:
  FreshIds(Ids& ids, std::set<std::string> used) : ids_(ids), used_(std::move(used)) {}
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
    unit.set_doubtful(unresolved.doubtful);
    SetPart(unresolved.part, unit);
    for (const plantext::Proposal& proposal : unresolved.proposals)
      *unit.add_proposals() = ProposalOf(proposal);
  }
}

void AddTasks(const std::string& plan, const Reading& reading, FreshIds fresh,
              pb::ImportPlanResponse& import) {
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
  source.set_name(SourceKey(plan, 1));
  source.set_content(content);
  source.set_sha256(sign::HexEncode(sign::Sha256(content)));
  source.set_encoding(reading.plan.encoding);
  for (const plantext::Finding& finding : reading.plan.findings)
    *source.add_findings() = FindingOf(finding);
  return source;
}

// Ids of the plan's tasks and units.
absl::StatusOr<std::set<std::string>> UsedIds(const PlanName& plan, feed::View& view) {
  std::set<std::string> used;
  DUBAN_ASSIGN_OR_RETURN(const auto tasks, TasksOf(plan.plan, view));
  DUBAN_ASSIGN_OR_RETURN(const auto units, UnitsOf(plan.plan, view));
  const auto add = [&](const auto& row) {
    used.insert(row.name().substr(row.name().rfind('/') + 1));
  };
  for (const pb::Task& task : tasks) add(task);
  for (const pb::UnresolvedUnit& unit : units) add(unit);
  return used;
}

// A plan that is not there has no tasks that could be the same.
absl::Status CheckNoPairs(const PlanDraft& draft) {
  for (const pb::ReviewDecision& decision : draft.added) {
    if (decision.verdict() == pb::VERDICT_SAME_TASK) return TaskNotFound(decision.task());
  }
  return absl::OkStatus();
}

bool SaysNothingNew(const PlanDraft& draft, const pb::Plan& plan) {
  return draft.added.empty() && draft.source.sha256() == plan.source_sha256();
}

absl::StatusOr<std::optional<StoredPlan>> FindStored(const std::string& name, feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(auto plan, feed::GetMessage<pb::Plan>(view, name));
  if (!plan) return std::optional<StoredPlan>();
  DUBAN_ASSIGN_OR_RETURN(const PlanName parsed, PlanName::Parse(name));
  StoredPlan stored{.plan = *std::move(plan)};
  DUBAN_ASSIGN_OR_RETURN(stored.tasks, TasksOf(parsed.plan, view));
  DUBAN_ASSIGN_OR_RETURN(stored.assignments, AssignmentsOf(stored.tasks, view));
  DUBAN_ASSIGN_OR_RETURN(stored.units, UnitsOf(parsed.plan, view));
  return std::make_optional(std::move(stored));
}

absl::Status AnswerStored(const PlanDraft& draft, const StoredPlan& stored, feed::View& view,
                          pb::ImportPlanResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(const PlanName name, PlanName::Parse(stored.plan.name()));
  DUBAN_ASSIGN_OR_RETURN(
      auto source, feed::GetMessage<pb::PlanSource>(view, SourceKey(name, EditionOf(stored.plan))));
  *response.mutable_plan() = stored.plan;
  response.mutable_tasks()->Assign(stored.tasks.begin(), stored.tasks.end());
  response.mutable_assignments()->Assign(stored.assignments.begin(), stored.assignments.end());
  response.mutable_unresolved_units()->Assign(stored.units.begin(), stored.units.end());
  if (source) response.mutable_findings()->Swap(source->mutable_findings());
  *response.mutable_doubts() = draft.import.doubts();
  LeaveOutSettled(stored, draft, response);
  response.set_revision(view.revision());
  return absl::OkStatus();
}

absl::Status PutSource(const PlanDraft& draft, const PlanName& name, const pb::Plan& plan,
                       feed::Tx& tx) {
  pb::PlanSource source = draft.source;
  source.set_edition(plan.edition());
  source.set_actor(draft.actor);
  *source.mutable_import_time() = feed::ToTimestamp(tx.now());
  for (const pb::ReviewDecision& added : draft.added) {
    pb::ReviewDecision& decision = *source.add_decisions();
    decision = added;
    decision.set_actor(draft.actor);
    *decision.mutable_record_time() = feed::ToTimestamp(tx.now());
  }
  return tx.Put({.key = SourceKey(name, plan.edition()),
                 .plan = name.plan,
                 .type = pb::PlanSource::descriptor()->full_name(),
                 .image = source.SerializeAsString(),
                 .logged = false});
}

// Stores the original and the rows of `import`, but for those in `unchanged`.
absl::Status PutPlan(const PlanDraft& draft, feed::Tx& tx, pb::ImportPlanResponse& import,
                     const std::set<std::string>& unchanged = {}) {
  import.set_revision(tx.next_revision());
  DUBAN_ASSIGN_OR_RETURN(const PlanName name, PlanName::Parse(import.plan().name()));
  DUBAN_RETURN_IF_ERROR(PutSource(draft, name, import.plan(), tx));
  DUBAN_RETURN_IF_ERROR(feed::PutMessage(tx, *import.mutable_plan(), name.plan, ""));
  const auto put = [&](auto& rows, auto put_row) -> absl::Status {
    for (auto& row : rows) {
      if (!unchanged.contains(row.name())) DUBAN_RETURN_IF_ERROR(put_row(row));
    }
    return absl::OkStatus();
  };
  DUBAN_RETURN_IF_ERROR(
      put(*import.mutable_tasks(), [&](pb::Task& task) { return PutTask(tx, task); }));
  DUBAN_RETURN_IF_ERROR(put(*import.mutable_assignments(), [&](pb::Assignment& assignment) {
    if (!assignment.has_assign_time()) {
      *assignment.mutable_assign_time() = feed::ToTimestamp(tx.now());
      assignment.set_assigner(draft.actor);
    }
    return PutAssignment(tx, assignment);
  }));
  return put(*import.mutable_unresolved_units(),
             [&](pb::UnresolvedUnit& unit) { return feed::PutMessage(tx, unit, name.plan, ""); });
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
    if (reading.plan.tasks[i].parent >= 0) task.set_parent_index(reading.plan.tasks[i].parent);
    for (const ReadUnit& unit : reading.units[i])
      *task.add_units() = ParsedUnitOf(unit, task.units_size());
  }
  for (const plantext::Finding& finding : reading.plan.findings)
    *response.add_findings() = FindingOf(finding);
  response.mutable_doubts()->Assign(reading.doubts.begin(), reading.doubts.end());
  return absl::OkStatus();
}

absl::StatusOr<PlanDraft> DraftPlan(const rpc::Call& call, const pb::ImportPlanRequest& request,
                                    const RegisterNames* names, const feed::Store& store,
                                    Ids& ids) {
  if (!IsValidId(request.plan_id())) return InvalidPlanId(request.plan_id());
  DUBAN_RETURN_IF_ERROR(CheckScope(call, request.plan_id()));
  DUBAN_ASSIGN_OR_RETURN(const std::string zone, ZoneOf(request));
  DUBAN_ASSIGN_OR_RETURN(const pb::ReportingCycle cycle, CycleOf(request));
  DUBAN_RETURN_IF_ERROR(CheckDecisions(request));
  if (names == nullptr) return RegisterNotReady();

  const PlanName name{request.plan_id()};
  PlanDraft draft{.actor = call.caller.identity.ToString(),
                  .difference_etag = request.difference_etag()};
  std::vector<pb::ReviewDecision> recorded;
  std::set<std::string> used;
  DUBAN_RETURN_IF_ERROR(store.Read([&](feed::View& view) -> absl::Status {
    DUBAN_ASSIGN_OR_RETURN(used, UsedIds(name, view));
    DUBAN_ASSIGN_OR_RETURN(recorded, RecordedDecisions(name, view));
    DUBAN_ASSIGN_OR_RETURN(draft.added, NewDecisions(request, recorded, view));
    return absl::OkStatus();
  }));
  std::vector<pb::ReviewDecision> decided = recorded;
  decided.insert(decided.end(), draft.added.begin(), draft.added.end());
  DUBAN_ASSIGN_OR_RETURN(const Reading reading,
                         ReadPlan(request.content(), *names, DecisionsOf(decided)));

  draft.source = SourceOf(name, request.content(), reading);
  draft.source.mutable_decisions()->Assign(recorded.begin(), recorded.end());
  pb::Plan& plan = *draft.import.mutable_plan();
  plan = PlanOf(reading.plan);
  plan.set_name(name.ToString());
  plan.set_source_sha256(draft.source.sha256());
  plan.set_source_bytes(static_cast<int64_t>(request.content().size()));
  plan.set_time_zone(zone);
  plan.set_reporting_cycle(cycle);
  plan.set_edition(1);
  AddTasks(name.plan, reading, FreshIds(ids, std::move(used)), draft.import);
  *draft.import.mutable_findings() = draft.source.findings();
  draft.import.mutable_doubts()->Assign(reading.doubts.begin(), reading.doubts.end());
  draft.doubt_tasks = reading.doubt_tasks;
  draft.import.set_created(true);
  return draft;
}

absl::Status StorePlan(const PlanDraft& draft, feed::Tx& tx, pb::ImportPlanResponse& response) {
  const std::string& name = draft.import.plan().name();
  DUBAN_ASSIGN_OR_RETURN(const auto before, FindStored(name, tx));
  if (!before) {
    if (!draft.difference_etag.empty()) return PlanNotFound(name);
    DUBAN_RETURN_IF_ERROR(CheckNoPairs(draft));
    response = draft.import;
    *response.mutable_plan()->mutable_import_time() = feed::ToTimestamp(tx.now());
    return PutPlan(draft, tx, response);
  }
  if (SaysNothingNew(draft, before->plan)) return AnswerStored(draft, *before, tx, response);
  if (draft.difference_etag.empty()) {
    return PlanExists(name, before->plan.source_sha256(), EditionOf(before->plan));
  }
  DUBAN_ASSIGN_OR_RETURN(Edition edition, MakeEdition(*before, draft));
  if (edition.import.difference().etag() != draft.difference_etag) {
    return DifferenceChanged(name, draft.difference_etag);
  }
  response = std::move(edition.import);
  for (const std::string& unit : edition.gone_units) DUBAN_RETURN_IF_ERROR(tx.Delete(unit));
  return PutPlan(draft, tx, response, edition.unchanged);
}

absl::Status PreviewPlan(const PlanDraft& draft, feed::View& view,
                         pb::ImportPlanResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(const auto before, FindStored(draft.import.plan().name(), view));
  if (before && SaysNothingNew(draft, before->plan))
    return AnswerStored(draft, *before, view, response);
  if (!before) {
    DUBAN_RETURN_IF_ERROR(CheckNoPairs(draft));
    response = draft.import;
    return absl::OkStatus();
  }
  DUBAN_ASSIGN_OR_RETURN(Edition edition, MakeEdition(*before, draft));
  response = std::move(edition.import);
  return absl::OkStatus();
}

}  // namespace duban::task
