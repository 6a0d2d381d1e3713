#include "services/task/service/reading.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/domain/fields/fields.h"
#include "services/domain/plantext/excerpt.h"
#include "services/task/domain/limits.h"
#include "services/task/domain/plan_rules.h"

namespace duban::task {
namespace {

void SetRange(const plantext::Range& range, pb::TextRange& out) {
  out.set_begin(range.begin);
  out.set_end(range.end);
}

pb::Doubt DoubtOf(const plantext::Doubt& doubt, const plantext::ParsedPlan& plan,
                  const plantext::Original& original) {
  pb::Doubt out;
  out.set_key(doubt.key);
  out.set_rule(doubt.rule);
  out.set_text(doubt.text);
  out.set_after(doubt.after);
  out.set_message(doubt.message);
  out.set_unit(doubt.unit);
  out.set_in_one_task(plantext::InOneTask(doubt));
  for (const plantext::Place& place : doubt.places) {
    pb::DoubtPlace& to = *out.add_places();
    to.set_line(original.LineAt(place.range.begin));
    SetRange(place.range, *to.mutable_range());
    if (place.task >= 0) to.set_task_number(std::string(plan.tasks[place.task].number));
  }
  for (const plantext::Proposal& proposal : doubt.proposals)
    *out.add_proposals() = ProposalOf(proposal);
  return out;
}

// About a name that is right as read, but not in the register.
bool IsOfRegister(const plantext::Doubt& doubt) {
  return doubt.rule == plantext::kNearRule || doubt.rule == plantext::kUnknownRule;
}

// Nothing, a month or a day.
std::string DateOf(const std::string& date) {
  const bool month = fields::IsDay(date + "-01");
  return month || fields::IsDay(date) ? date : "";
}

pb::PrintedIndicator IndicatorOf(const plantext::Indicator& indicator) {
  pb::PrintedIndicator out;
  out.set_name(indicator.name);
  out.set_measure(indicator.measure);
  out.set_section(indicator.section);
  for (const plantext::Indicator::Value& value : indicator.values) {
    pb::PrintedValue& to = *out.add_values();
    to.set_column(value.column);
    to.set_value(value.value);
  }
  SetRange(indicator.range, *out.mutable_range());
  return out;
}

// What a plan keeps of a text's tables, in bytes. A heading stands with each of its figures, so a
// small text may say much.
absl::Status CheckIndicators(const plantext::ParsedPlan& parsed) {
  int64_t bytes = 0;
  for (const plantext::Indicator& indicator : parsed.indicators) {
    bytes += static_cast<int64_t>(IndicatorOf(indicator).ByteSizeLong());
  }
  return bytes <= kMaxIndicatorBytes ? absl::OkStatus() : TooManyIndicators(bytes);
}

}  // namespace

absl::StatusOr<Reading> ReadPlan(absl::string_view bytes, const RegisterNames& names,
                                 absl::Span<const plantext::Decision> decisions) {
  Reading reading;
  DUBAN_ASSIGN_OR_RETURN(
      auto parsed, plantext::Parse(bytes, {.names = names.names, .max_bytes = kMaxPlanBytes}));
  if (parsed.tasks.size() > kMaxTasksPerPlan) return TooManyTasks(parsed.tasks.size());
  DUBAN_RETURN_IF_ERROR(CheckIndicators(parsed));
  plantext::Settled settled = plantext::Settle(std::move(parsed), names.names, decisions);
  if (settled.plan.tasks.empty()) return InvalidDecision("decisions", "leave no task in the text");
  DUBAN_ASSIGN_OR_RETURN(const auto original, plantext::Original::Decode(bytes));
  std::set<int64_t> doubtful;  // where such units begin
  for (const plantext::Doubt& doubt : settled.open) {
    reading.doubts.push_back(DoubtOf(doubt, settled.plan, original));
    std::vector<int>& tasks = reading.doubt_tasks.emplace_back();
    for (const plantext::Place& place : doubt.places) {
      tasks.push_back(place.task);
      if (doubt.unit && !IsOfRegister(doubt)) doubtful.insert(place.range.begin);
    }
  }
  reading.plan = std::move(settled.plan);
  std::map<absl::string_view, plantext::Resolution> resolved;  // most names stand in several tasks
  for (const plantext::ParsedTask& task : reading.plan.tasks) {
    std::vector<ReadUnit>& units = reading.units.emplace_back();
    for (const plantext::Unit& unit : task.units) {
      auto [known, is_new] = resolved.try_emplace(unit.name);
      if (is_new) known->second = plantext::Resolve(unit.name, names.names);
      const std::string* decided = settled.DecidedAgency(unit);
      const plantext::Resolution resolution =
          decided == nullptr ? known->second : plantext::Resolution{.agency_id = *decided};
      const bool collective = unit.kind == plantext::UnitKind::kCollective ||
                              resolution.collective ||
                              names.collectives.contains(resolution.agency_id);
      units.push_back({.unit = unit,
                       .resolution = resolution,
                       .collective = collective,
                       .doubtful = doubtful.contains(unit.range.begin) || IsDamaged(unit.name)});
    }
  }
  return reading;
}

pb::Plan PlanOf(const plantext::ParsedPlan& parsed) {
  pb::Plan plan;
  plan.set_title(parsed.title);
  plan.set_document_number(parsed.document_number);
  plan.set_issuer(parsed.issuer);
  plan.set_issue_date(DateOf(parsed.issue_date));
  plan.set_effective_date(DateOf(parsed.effective_date));
  plan.set_print_date(DateOf(parsed.print_date));
  plan.set_positioning(parsed.positioning);
  for (const plantext::Area& area : parsed.areas) {
    pb::Area& to = *plan.add_areas();
    to.set_name(area.name);
    to.set_milli_km2(area.milli_km2);
  }
  plan.set_total_area_milli_km2(parsed.total_area_milli_km2);
  for (const plantext::Indicator& indicator : parsed.indicators) {
    *plan.add_printed_indicators() = IndicatorOf(indicator);
  }
  plan.set_task_count(static_cast<int32_t>(parsed.tasks.size()));
  return plan;
}

pb::Task TaskOf(const plantext::ParsedTask& parsed, int order) {
  pb::Task task;
  task.set_number(std::string(parsed.number));
  task.set_title(std::string(parsed.title));
  task.set_section(std::string(parsed.section));
  task.set_body(std::string(parsed.body));
  task.set_state(pb::TASK_STATE_RECORDED);
  SetRange(parsed.range, *task.mutable_source_range());
  task.set_printed_deadline(std::string(parsed.deadline));
  for (const absl::string_view date : parsed.dates) task.add_printed_dates(std::string(date));
  const std::string due = DayOf(std::string(parsed.deadline));
  task.set_printed_due_date(due);
  task.set_due_date(due);
  task.set_order(order);
  return task;
}

pb::Finding FindingOf(const plantext::Finding& finding) {
  pb::Finding out;
  out.set_rule(finding.rule);
  out.set_line(finding.line);
  SetRange(finding.range, *out.mutable_range());
  out.set_before(finding.before);
  out.set_after(finding.after);
  out.set_confidence(finding.confidence);
  out.set_message(finding.message);
  out.set_doubt(finding.doubt);
  return out;
}

bool IsDamaged(absl::string_view name) { return absl::StrContains(name, "\xEF\xBF\xBD"); }

pb::UnitProposal ProposalOf(const plantext::Proposal& proposal) {
  pb::UnitProposal out;
  out.set_agency(AgencyName{proposal.agency_id}.ToString());
  out.set_matched_name(proposal.name);
  out.set_score(proposal.score);
  return out;
}

pb::ParsedUnit ParsedUnitOf(const ReadUnit& unit, int order) {
  const Part part = PartOf(unit.unit, order);
  pb::ParsedUnit out;
  out.set_name(std::string(unit.unit.name));
  out.set_role(RoleOf(part.role));
  out.set_provenance(ProvenanceOf(part.provenance));
  const std::string& agency = unit.resolution.agency_id;
  if (!agency.empty() && !unit.collective) out.set_agency(AgencyName{agency}.ToString());
  for (const plantext::Proposal& proposal : unit.resolution.proposals)
    *out.add_proposals() = ProposalOf(proposal);
  return out;
}

pb::AssignmentRole RoleOf(Role role) {
  switch (role) {
    case Role::kLead:
      return pb::ASSIGNMENT_ROLE_LEAD;
    case Role::kSupporting:
      return pb::ASSIGNMENT_ROLE_SUPPORTING;
    case Role::kResponsible:
      break;
  }
  return pb::ASSIGNMENT_ROLE_RESPONSIBLE;
}

pb::RoleProvenance ProvenanceOf(Provenance provenance) {
  switch (provenance) {
    case Provenance::kInferred:
      return pb::ROLE_PROVENANCE_INFERRED;
    case Provenance::kExplicit:
      return pb::ROLE_PROVENANCE_EXPLICIT;
    case Provenance::kConfirmed:
      return pb::ROLE_PROVENANCE_CONFIRMED;
    case Provenance::kUnspecified:
      break;
  }
  return pb::ROLE_PROVENANCE_UNSPECIFIED;
}

}  // namespace duban::task
