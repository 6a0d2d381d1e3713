#include "services/cli/plan_parse/plan_parse.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/cli/plan_parse/display_width.h"

namespace duban::cli {
namespace {

using nlohmann::ordered_json;
using plantext::ParsedPlan;
using plantext::ParsedTask;
using plantext::RegisterName;
using plantext::Role;
using plantext::Settled;
using plantext::Unit;

const char* RoleName(Role role) {
  switch (role) {
    case Role::kLead:
      return "LEAD";
    case Role::kSupporting:
      return "SUPPORTING";
    case Role::kResponsible:
      return "RESPONSIBLE";
  }
  return "";
}

int Strength(Role role) { return role == Role::kLead ? 2 : role == Role::kResponsible ? 1 : 0; }

// A unit named by several labels of a task.
struct MergedUnit {
  Unit unit;
  std::vector<int> segments;
};

std::vector<MergedUnit> Merge(const std::vector<Unit>& units) {
  std::vector<MergedUnit> merged;
  std::map<std::string, size_t> at;
  for (const Unit& unit : units) {
    const auto [found, added] = at.emplace(plantext::FoldName(unit.name), merged.size());
    if (added) {
      merged.push_back({unit, {unit.segment}});
      continue;
    }
    MergedUnit& same = merged[found->second];
    if (Strength(unit.role) > Strength(same.unit.role)) same.unit.role = unit.role;
    same.unit.lead_explicit |= unit.lead_explicit;
    same.unit.lead_hint = (same.unit.lead_hint || unit.lead_hint) && same.unit.role != Role::kLead;
    if (same.segments.back() != unit.segment) same.segments.push_back(unit.segment);
  }
  return merged;
}

ordered_json RangeAsJson(const plantext::Range& range) {
  return ordered_json::array({range.begin, range.end});
}

ordered_json UnitAsJson(const MergedUnit& merged, const Settled& settled,
                        const std::vector<RegisterName>& names) {
  const Unit& unit = merged.unit;
  ordered_json json = {{"name", std::string(unit.name)},
                       {"role", RoleName(unit.role)},
                       {"lead_explicit", unit.lead_explicit},
                       {"lead_hint", unit.lead_hint},
                       {"collective", unit.kind == plantext::UnitKind::kCollective},
                       {"segments", merged.segments},
                       {"range", RangeAsJson(unit.range)}};
  if (names.empty() && settled.DecidedAgency(unit) == nullptr) return json;
  const plantext::Resolution resolution = settled.ResolveUnit(unit, names);
  if (!resolution.agency_id.empty()) json["agency"] = resolution.agency_id;
  for (const plantext::Proposal& proposal : resolution.proposals) {
    json["proposals"].push_back(
        {{"agency", proposal.agency_id}, {"name", proposal.name}, {"score", proposal.score}});
  }
  return json;
}

ordered_json TaskAsJson(const ParsedTask& task, const Settled& settled,
                        const std::vector<RegisterName>& names) {
  ordered_json units = ordered_json::array();
  for (const MergedUnit& unit : Merge(task.units))
    units.push_back(UnitAsJson(unit, settled, names));
  ordered_json json = {{"number", std::string(task.number)},
                       {"title", std::string(task.title)},
                       {"section", std::string(task.section)},
                       {"units", std::move(units)},
                       {"body", std::string(task.body)},
                       {"range", RangeAsJson(task.range)}};
  if (task.parent >= 0) json["parent"] = task.parent;
  if (!task.deadline.empty()) json["deadline"] = std::string(task.deadline);
  for (const absl::string_view date : task.dates) json["dates"].push_back(std::string(date));
  return json;
}

ordered_json IndicatorAsJson(const plantext::Indicator& indicator) {
  ordered_json json = {{"name", indicator.name}, {"section", indicator.section}};
  if (!indicator.measure.empty()) json["measure"] = indicator.measure;
  json["values"] = ordered_json::array();
  for (const plantext::Indicator::Value& value : indicator.values)
    json["values"].push_back({{"column", value.column}, {"value", value.value}});
  json["range"] = RangeAsJson(indicator.range);
  return json;
}

std::string UnitCell(const MergedUnit& merged, const Settled& settled,
                     const std::vector<RegisterName>& names) {
  std::string cell(merged.unit.name);
  if (merged.unit.role == Role::kLead) absl::StrAppend(&cell, " [lead]");
  if (merged.unit.role == Role::kSupporting) absl::StrAppend(&cell, " [supporting]");
  if (names.empty() && settled.DecidedAgency(merged.unit) == nullptr) return cell;
  const plantext::Resolution resolution = settled.ResolveUnit(merged.unit, names);
  if (!resolution.agency_id.empty()) {
    absl::StrAppend(&cell, " = ", resolution.agency_id);
  } else if (!resolution.proposals.empty()) {
    absl::StrAppend(&cell, " ~ ", resolution.proposals[0].agency_id, "?");
  } else if (!resolution.collective) {
    absl::StrAppend(&cell, " ?");
  }
  return cell;
}

std::vector<std::string> NotEmpty(std::vector<std::string> texts) {
  std::erase(texts, "");
  return texts;
}

std::string FindingLine(const plantext::Finding& finding) {
  std::string line = absl::StrFormat("  line %d  %s", finding.line, finding.rule);
  if (finding.doubt) absl::StrAppend(&line, "  DOUBT");
  if (!finding.before.empty()) {
    absl::StrAppend(&line, "  ", Clip(finding.before, 40));
    if (!finding.after.empty()) absl::StrAppend(&line, " → ", Clip(finding.after, 40));
  }
  if (finding.confidence > 0)
    absl::StrAppend(&line, absl::StrFormat("  %d %%", finding.confidence));
  return absl::StrCat(line, "  ", finding.message, "\n");
}

std::string AreaText(int64_t milli_km2) {
  return milli_km2 == 0 ? "" : absl::StrFormat(" %g km²", static_cast<double>(milli_km2) / 1000);
}

// What the text says of the plan itself, below its title.
void AddHeader(const ParsedPlan& plan, std::string& out) {
  const auto line = [&](const char* what, const std::string& text) {
    if (!text.empty()) absl::StrAppend(&out, what, text, "\n");
  };
  line("issued ", absl::StrJoin(NotEmpty({plan.issuer, plan.issue_date}), ", "));
  line("in force from ", plan.effective_date);
  line("printed ", plan.print_date);
  line("areas: ", absl::StrJoin(plan.areas, "、", [](std::string* o, const plantext::Area& area) {
         absl::StrAppend(o, area.name, AreaText(area.milli_km2));
       }));
  line("in all", AreaText(plan.total_area_milli_km2));
  for (const plantext::Indicator& indicator : plan.indicators) {
    const std::string values = absl::StrJoin(
        indicator.values, ", ", [](std::string* o, const plantext::Indicator::Value& value) {
          absl::StrAppend(o, absl::StrJoin(NotEmpty({value.column, value.value}), " "));
        });
    const std::string measure =
        indicator.measure.empty() ? "" : absl::StrCat(" (", indicator.measure, ")");
    line("indicator: ", absl::StrCat(indicator.name, measure, ": ", values));
  }
}

}  // namespace

std::string PlanAsJson(const Settled& settled, const std::vector<RegisterName>& names) {
  const ParsedPlan& plan = settled.plan;
  ordered_json json = {{"title", plan.title},       {"document_number", plan.document_number},
                       {"issuer", plan.issuer},     {"issue_date", plan.issue_date},
                       {"encoding", plan.encoding}, {"positioning", plan.positioning}};
  json["areas"] = ordered_json::array();
  for (const plantext::Area& area : plan.areas) {
    json["areas"].push_back({{"name", area.name}});
    if (area.milli_km2 > 0) json["areas"].back()["milli_km2"] = area.milli_km2;
  }
  json["total_area_milli_km2"] = plan.total_area_milli_km2;
  if (!plan.effective_date.empty()) json["effective_date"] = plan.effective_date;
  if (!plan.print_date.empty()) json["print_date"] = plan.print_date;
  json["indicators"] = ordered_json::array();
  for (const plantext::Indicator& indicator : plan.indicators) {
    json["indicators"].push_back(IndicatorAsJson(indicator));
  }
  json["tasks"] = ordered_json::array();
  for (const ParsedTask& task : plan.tasks)
    json["tasks"].push_back(TaskAsJson(task, settled, names));
  json["findings"] = ordered_json::array();
  for (const plantext::Finding& finding : plan.findings) {
    json["findings"].push_back({{"rule", finding.rule},
                                {"line", finding.line},
                                {"range", RangeAsJson(finding.range)},
                                {"before", finding.before},
                                {"after", finding.after},
                                {"confidence", finding.confidence},
                                {"doubt", finding.doubt},
                                {"message", finding.message}});
  }
  return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string PlanAsTable(const Settled& settled, const std::vector<RegisterName>& names) {
  const ParsedPlan& plan = settled.plan;
  constexpr int kTitleColumns = 44;
  std::string out = absl::StrCat(plan.title, "\n");
  if (!plan.document_number.empty()) absl::StrAppend(&out, plan.document_number, "\n");
  AddHeader(plan, out);
  int number_width = 1;
  for (const ParsedTask& task : plan.tasks) {
    number_width = std::max(number_width, DisplayWidth(task.number) + (task.parent >= 0 ? 2 : 0));
  }
  std::string section;
  size_t pairs = 0;
  std::map<std::string, int> units;
  for (const ParsedTask& task : plan.tasks) {
    if (task.section != section && task.parent < 0) {
      section = std::string(task.section);
      absl::StrAppend(&out, "\n", section, "\n");
    }
    std::vector<std::string> cells;
    for (const MergedUnit& unit : Merge(task.units)) {
      cells.push_back(UnitCell(unit, settled, names));
      ++units[plantext::FoldName(unit.unit.name)];
      ++pairs;
    }
    const std::string number = absl::StrCat(task.parent >= 0 ? "  " : "", task.number);
    const std::string title(task.title.empty() ? task.body : task.title);
    absl::StrAppend(&out, Pad(number, number_width), "  ",
                    Pad(Clip(title, kTitleColumns), kTitleColumns), "  ",
                    absl::StrJoin(cells, ", "),
                    task.deadline.empty() ? "" : absl::StrCat("  [", task.deadline, "]"), "\n");
  }
  absl::StrAppend(&out, "\n", plan.tasks.size(), " tasks, ", units.size(), " units, ", pairs,
                  " assignments\n");
  const auto doubts = std::count_if(plan.findings.begin(), plan.findings.end(),
                                    [](const plantext::Finding& f) { return f.doubt; });
  if (!plan.findings.empty()) {
    absl::StrAppend(&out, "\n", plan.findings.size(), " findings, ", doubts, " to look at\n");
  }
  for (const plantext::Finding& finding : plan.findings)
    absl::StrAppend(&out, FindingLine(finding));
  return out;
}

}  // namespace duban::cli
