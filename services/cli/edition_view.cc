#include "services/cli/edition_view.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/hub_data.h"
#include "services/cli/plan_header.h"
#include "services/cli/plan_parse/display_width.h"
#include "services/cli/session.h"

namespace duban::cli {
namespace {

namespace tsk = duban::task::v1;

constexpr int kIndent = 6;
constexpr size_t kContextBytes = 24;  // of what stays, before a changed part: 8 Chinese characters

std::string ChangeName(int change) {
  switch (change) {
    case tsk::TASK_CHANGE_TEXT:
      return "changed text";
    case tsk::TASK_CHANGE_UNITS:
      return "changed units";
    case tsk::TASK_CHANGE_DUE_DATE:
      return "due date";
    case tsk::TASK_CHANGE_PRINTED_DATES:
      return "printed dates";
    default:
      return EnumName(*tsk::TaskChange_descriptor(), change, "TASK_CHANGE_");
  }
}

Colour ColourOf(int change) {
  if (change == tsk::TASK_CHANGE_NEW) return Colour::kGreen;
  return change == tsk::TASK_CHANGE_DROPPED ? Colour::kRed : Colour::kAmber;
}

std::string RoleText(tsk::AssignmentRole role) {
  if (role == tsk::ASSIGNMENT_ROLE_RESPONSIBLE) return "";
  return absl::StrCat(" (", EnumName(*tsk::AssignmentRole_descriptor(), role, "ASSIGNMENT_ROLE_"),
                      ")");
}

std::string UnitText(const tsk::UnitDifference& unit,
                     const std::map<std::string, std::string>& names) {
  const std::string id = IdOf(unit.agency());
  const auto known = names.find(id);
  const std::string name = Printable(unit.agency().empty()  ? unit.text() + " (no agency yet)"
                                     : known == names.end() ? id
                                                            : known->second);
  if (unit.previous_role() == tsk::ASSIGNMENT_ROLE_UNSPECIFIED) {
    return absl::StrCat("+ ", name, RoleText(unit.role()));
  }
  if (unit.role() == tsk::ASSIGNMENT_ROLE_UNSPECIFIED) return absl::StrCat("− ", name);
  const auto role = [](tsk::AssignmentRole r) {
    return EnumName(*tsk::AssignmentRole_descriptor(), r, "ASSIGNMENT_ROLE_");
  };
  return absl::StrCat(name, ": ", role(unit.previous_role()), " → ", role(unit.role()));
}

// Where both begin to differ, a little before that, at the beginning of a character.
size_t DifferFrom(absl::string_view a, absl::string_view b) {
  const size_t both = std::min(a.size(), b.size());
  size_t at = 0;
  while (at < both && a[at] == b[at]) ++at;
  at = at < kContextBytes ? 0 : at - kContextBytes;
  while (at > 0 && (a[at] & 0xC0) == 0x80) --at;
  return at;
}

std::string Part(absl::string_view text, size_t from, int columns) {
  if (text.empty()) return "(nothing)";
  return Clip(Printable(absl::StrCat(from > 0 ? "…" : "", text.substr(from))), columns);
}

void AddWords(const char* what, absl::string_view was, absl::string_view now, int columns,
              std::string& out) {
  if (was == now) return;
  const size_t from = DifferFrom(was, now);
  const std::string indent(kIndent, ' ');
  absl::StrAppend(&out, indent, what, " was: ", Part(was, from, columns), "\n", indent, what,
                  " now: ", Part(now, from, columns), "\n");
}

std::string DatesText(const std::string& deadline,
                      const google::protobuf::RepeatedPtrField<std::string>& dates) {
  std::vector<std::string> all(dates.begin(), dates.end());
  if (!deadline.empty()) all.insert(all.begin(), deadline);
  return absl::StrJoin(all, "、");
}

void AddRows(const char* sign, const tsk::Plan& of, const tsk::Plan& without, int columns,
             std::string& out) {
  std::multiset<std::string> known;
  for (const tsk::PrintedIndicator& row : without.printed_indicators()) {
    known.insert(absl::StrCat(row.section(), "\n", IndicatorText(row)));
  }
  for (const tsk::PrintedIndicator& row : of.printed_indicators()) {
    const std::string text = IndicatorText(row);
    const auto same = known.find(absl::StrCat(row.section(), "\n", text));
    if (same != known.end()) {
      known.erase(same);
      continue;
    }
    absl::StrAppend(&out, std::string(kIndent, ' '), sign, " ", Clip(Printable(text), columns),
                    "\n");
  }
}

// What becomes of the plan itself.
void AddPlan(const tsk::PlanDifference& difference, const tsk::Plan& now, const Style& style,
             std::string& out) {
  if (difference.plan_mask().paths().empty()) return;
  const tsk::Plan& was = difference.previous_plan();
  const int columns = style.width - kIndent - 20;
  absl::StrAppend(&out, "  ", Paint("the plan itself", Colour::kAmber, style), "\n");
  for (const std::string& field : difference.plan_mask().paths()) {
    const auto words = [&](const char* what, const std::string& before, const std::string& after) {
      AddWords(what, before, after, columns, out);
    };
    if (field == "title") words("title", was.title(), now.title());
    if (field == "document_number") {
      words("document number", was.document_number(), now.document_number());
    }
    if (field == "issuer") words("issuer", was.issuer(), now.issuer());
    if (field == "issue_date") words("issued", was.issue_date(), now.issue_date());
    if (field == "effective_date") words("in force", was.effective_date(), now.effective_date());
    if (field == "print_date") words("printed", was.print_date(), now.print_date());
    if (field == "positioning") words("positioning", was.positioning(), now.positioning());
    if (field == "areas") words("areas", AreasText(was), AreasText(now));
    if (field == "total_area_milli_km2") {
      words("area in all", AreaText(was.total_area_milli_km2()),
            AreaText(now.total_area_milli_km2()));
    }
    if (field == "printed_indicators") {
      const std::string before = out;
      AddRows("− indicator", was, now, columns, out);
      AddRows("+ indicator", now, was, columns, out);
      if (out == before) {
        absl::StrAppend(&out, std::string(kIndent, ' '), "indicators in another order\n");
      }
    }
  }
}

bool Has(const tsk::TaskDifference& task, int change) {
  return std::find(task.changes().begin(), task.changes().end(), change) != task.changes().end();
}

void AddTask(const tsk::TaskDifference& task, const tsk::Task& now,
             const std::map<std::string, std::string>& names, const Style& style,
             std::string& out) {
  const std::string& body = now.body();
  const int columns = style.width - kIndent - 12;
  std::vector<std::string> changes;
  for (const int change : task.changes()) changes.push_back(ChangeName(change));
  absl::StrAppend(
      &out, "  ", Paint(absl::StrJoin(changes, ", "), ColourOf(task.changes(0)), style), ": ",
      Printable(task.number()),
      Has(task, tsk::TASK_CHANGE_RENUMBERED)
          ? absl::StrCat(" (was ", Printable(task.previous_number()), ")")
          : "",
      " ", Clip(Printable(task.title().empty() ? body : task.title()), columns),
      Has(task, tsk::TASK_CHANGE_DROPPED) ? absl::StrCat(" [", IdOf(task.task()), "]") : "", "\n");
  if (!task.paired_by().empty()) {
    absl::StrAppend(&out, std::string(kIndent, ' '), "the same as ", IdOf(task.task()),
                    ", as decided by ", Printable(task.paired_by()), "\n");
  }
  if (Has(task, tsk::TASK_CHANGE_MOVED)) {
    AddWords("section", task.previous_section(), task.section(), columns, out);
  }
  if (Has(task, tsk::TASK_CHANGE_TEXT)) {
    AddWords("title", task.previous_title(), task.title(), columns, out);
    AddWords("text", task.previous_body(), body, columns, out);
  }
  if (Has(task, tsk::TASK_CHANGE_DUE_DATE)) {
    AddWords("due", task.previous_due_date(), task.due_date(), columns, out);
  }
  if (Has(task, tsk::TASK_CHANGE_PRINTED_DATES)) {
    AddWords("dates", DatesText(task.previous_printed_deadline(), task.previous_printed_dates()),
             DatesText(now.printed_deadline(), now.printed_dates()), columns, out);
  }
  std::vector<std::string> units;
  for (const tsk::UnitDifference& unit : task.units()) units.push_back(UnitText(unit, names));
  if (!units.empty()) {
    absl::StrAppend(&out, std::string(kIndent, ' '), absl::StrJoin(units, ", "), "\n");
  }
}

}  // namespace

std::string EditionAsText(const tsk::ImportPlanResponse& response,
                          const std::map<std::string, std::string>& names, const Style& style) {
  const tsk::PlanDifference& difference = response.difference();
  std::vector<std::string> counts;
  if (!difference.plan_mask().paths().empty()) counts.push_back("the plan itself");
  for (int change = tsk::TASK_CHANGE_SAME; tsk::TaskChange_IsValid(change); ++change) {
    const auto count = std::count_if(difference.tasks().begin(), difference.tasks().end(),
                                     [&](const auto& task) { return Has(task, change); });
    if (count > 0) counts.push_back(absl::StrCat(count, " ", ChangeName(change)));
  }
  std::string out = absl::StrCat("Edition ", difference.edition(), " of ", response.plan().name(),
                                 ": ", absl::StrJoin(counts, ", "), "\n");
  AddPlan(difference, response.plan(), style, out);
  for (int i = 0; i < difference.tasks_size(); ++i) {
    if (Has(difference.tasks(i), tsk::TASK_CHANGE_SAME)) continue;
    const tsk::Task now = i < response.tasks_size() ? response.tasks(i) : tsk::Task();
    AddTask(difference.tasks(i), now, names, style, out);
  }
  return out;
}

}  // namespace duban::cli
