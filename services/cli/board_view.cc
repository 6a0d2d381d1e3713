#include "services/cli/board_view.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "services/cli/numbers.h"
#include "services/cli/plan_parse/display_width.h"
#include "services/cli/session.h"
#include "services/common/base/status.h"

namespace duban::cli {
namespace {

namespace gw = duban::gateway::v1;
namespace rep = duban::reporting::v1;
using Json = nlohmann::ordered_json;

constexpr int kRoomyWidth = 100;  // from here on bars are longer

int BarColumns(const Style& style) { return style.width >= kRoomyWidth ? 10 : 6; }

// A minute in the plan's zone, with its offset; in UTC where this machine does not know the zone.
std::string Minute(const google::protobuf::Timestamp& time, const gw::PlanProgress& plan) {
  absl::TimeZone zone;
  if (plan.time_zone().empty() || !absl::LoadTimeZone(plan.time_zone(), &zone)) {
    zone = absl::UTCTimeZone();
  }
  return absl::FormatTime("%Y-%m-%d %H:%M %Ez", absl::FromUnixSeconds(time.seconds()), zone);
}

std::string Coverage(const gw::Figure& figure) {
  return absl::StrCat(figure.with_data(), "/", figure.total());
}

std::string StateName(gw::BoardState state) {
  return EnumName(*gw::BoardState_descriptor(), state, "BOARD_STATE_");
}

Colour ColourOf(gw::BoardState state) {
  switch (state) {
    case gw::BOARD_STATE_VERIFIED:
    case gw::BOARD_STATE_DONE_CLAIMED:
      return Colour::kBlue;
    case gw::BOARD_STATE_IN_PROGRESS:
      return Colour::kGreen;
    case gw::BOARD_STATE_ISSUED:
    case gw::BOARD_STATE_SUSPENDED:
      return Colour::kAmber;
    default:
      return Colour::kDim;
  }
}

// How an assignment's state is shown beside the agency. Plain ASCII: of one column in every
// terminal.
struct StateMark {
  rep::AssignmentState state;
  const char* mark;
  const char* meaning;
  Colour colour;
};
constexpr StateMark kStateMarks[] = {
    {rep::ASSIGNMENT_STATE_UNSPECIFIED, "?", "not known", Colour::kRed},
    {rep::ASSIGNMENT_STATE_ISSUED, ".", "issued", Colour::kAmber},
    {rep::ASSIGNMENT_STATE_ACKNOWLEDGED, "+", "acknowledged", Colour::kNone},
    {rep::ASSIGNMENT_STATE_ACTIVE, ">", "active", Colour::kGreen},
    {rep::ASSIGNMENT_STATE_DONE_CLAIMED, "=", "done claimed", Colour::kBlue},
    {rep::ASSIGNMENT_STATE_VERIFIED, "*", "verified", Colour::kBlue},
    {rep::ASSIGNMENT_STATE_DISPUTED, "!", "disputed", Colour::kRed},
    {rep::ASSIGNMENT_STATE_REMOVED, "x", "removed", Colour::kDim},
};

const StateMark& MarkOf(rep::AssignmentState state) {
  for (const StateMark& mark : kStateMarks) {
    if (mark.state == state) return mark;
  }
  return kStateMarks[0];
}

// "> 市科委    80.0%": the state, the agency in `name_width` columns, the progress that it
// reported.
Cell AssignmentCell(const gw::AssignmentProgress& assignment, int name_width) {
  const StateMark& mark = MarkOf(assignment.state());
  const std::string percent = assignment.report().empty()
                                  ? "–"
                                  : FormatPercent(assignment.progress().reported().basis_points());
  return {absl::StrCat(mark.mark, " ", Pad(Printable(assignment.agency_name()), name_width), " ",
                       std::string(std::max(0, 6 - DisplayWidth(percent)), ' '), percent),
          mark.colour};
}

// What the marks on this board mean.
std::string Legend(const gw::PlanProgress& plan) {
  std::set<rep::AssignmentState> seen;
  for (const gw::TaskProgress& task : plan.tasks()) {
    for (const gw::AssignmentProgress& assignment : task.assignments()) {
      seen.insert(MarkOf(assignment.state()).state);
    }
  }
  std::vector<std::string> meanings;
  for (const StateMark& mark : kStateMarks) {
    if (seen.contains(mark.state)) meanings.push_back(absl::StrCat(mark.mark, " ", mark.meaning));
  }
  return meanings.empty()
             ? ""
             : absl::StrCat("Agencies: ", absl::StrJoin(meanings, "  "), "; – nothing reported");
}

// A bar and its number; nothing where there is no data.
Cell FigureCell(const gw::Figure& figure, Colour colour, const Style& style) {
  const int columns = BarColumns(style);
  if (figure.with_data() == 0) return {absl::StrCat(Bar(0, columns), "      –"), Colour::kDim};
  const std::string percent = FormatPercent(figure.basis_points());
  return {absl::StrCat(Bar(figure.basis_points(), columns), " ",
                       std::string(percent.size() < 6 ? 6 - percent.size() : 0, ' '), percent),
          colour};
}

std::string Value(bool has, int64_t value, int scale) {
  return has ? FormatScaled(value, scale) : "–";
}

std::string IndicatorLine(const gw::IndicatorProgress& entry) {
  const auto& indicator = entry.indicator();
  std::string line =
      absl::StrCat(Printable(indicator.title()), ": ",
                   Value(entry.has_reported(), entry.reported(), indicator.scale()), " reported, ",
                   Value(entry.has_accepted(), entry.accepted(), indicator.scale()), " accepted");
  if (indicator.has_target()) {
    absl::StrAppend(&line, ", target ", FormatScaled(indicator.target(), indicator.scale()));
  }
  return absl::StrCat(line, indicator.unit().empty() ? "" : " ", Printable(indicator.unit()), " (",
                      entry.with_data(), "/", entry.total(), ")");
}

std::string Head(const gw::PlanProgress& plan, const Style& style) {
  const gw::Figure& reported = plan.progress().reported();
  const gw::Figure& accepted = plan.progress().accepted();
  std::string out = absl::StrCat(Paint(Printable(plan.title()), Colour::kBold, style), "  ",
                                 Paint(plan.plan(), Colour::kDim, style), "\n");
  const auto figure = [&](const char* title, const gw::Figure& f, Colour colour) {
    absl::StrAppend(
        &out, title, "  ", Paint(Bar(f.basis_points(), 2 * BarColumns(style)), colour, style), " ",
        FormatPercent(f.basis_points()), "  data from ", Coverage(f), " tasks",
        f.has_oldest_input_time() ? absl::StrCat(", since ", Minute(f.oldest_input_time(), plan))
                                  : "",
        "\n");
  };
  figure("Reported", reported, Colour::kBlue);
  figure("Accepted", accepted, Colour::kGreen);
  absl::StrAppend(&out, plan.tasks_size(), " tasks, ", plan.agencies_size(), " agencies, ",
                  plan.assignment_count(), " assignments\n");
  for (const std::string& name : reported.excluded()) {
    absl::StrAppend(&out, "Not counted: ", name, "\n");
  }
  return out;
}

std::string Tasks(const gw::PlanProgress& plan, const Style& style) {
  Table table({{"#"},
               {.title = "Task", .flexible = true},
               {"Due"},
               {"State"},
               {"Reported"},
               {"Accepted"},
               {.title = "Data", .right = true}});
  int name_width = 0;
  for (const gw::TaskProgress& task : plan.tasks()) {
    for (const gw::AssignmentProgress& assignment : task.assignments()) {
      name_width = std::max(name_width, DisplayWidth(Printable(assignment.agency_name())));
    }
  }
  for (const gw::TaskProgress& task : plan.tasks()) {
    table.Add({{Printable(task.number())},
               {Printable(task.title())},
               {task.due_date()},
               {StateName(task.state()), ColourOf(task.state())},
               FigureCell(task.progress().reported(), Colour::kBlue, style),
               FigureCell(task.progress().accepted(), Colour::kGreen, style),
               {Coverage(task.progress().reported())}});
    std::vector<Cell> agencies;
    for (const gw::AssignmentProgress& assignment : task.assignments()) {
      agencies.push_back(AssignmentCell(assignment, name_width));
    }
    table.AddItems(std::move(agencies));
    for (const gw::IndicatorProgress& indicator : task.indicators()) {
      table.AddNote(IndicatorLine(indicator));
    }
    if (!task.unresolved_units().empty()) {
      table.AddNote(absl::StrCat("waits for a person: ",
                                 Printable(absl::StrJoin(task.unresolved_units(), "、"))));
    }
  }
  const std::string legend = Legend(plan);
  return absl::StrCat(table.Render(style), legend, legend.empty() ? "" : "\n");
}

std::string Agencies(const gw::PlanProgress& plan, const Style& style) {
  Table table({{.title = "Agency", .flexible = true},
               {"Node"},
               {.title = "Tasks", .right = true},
               {"Reported"},
               {"Accepted"},
               {.title = "Data", .right = true},
               {.title = "Not ackn.", .right = true}});
  for (const gw::AgencyProgress& agency : plan.agencies()) {
    table.Add({{Printable(agency.short_name())},
               {agency.online() ? "online" : "offline",
                agency.online() ? Colour::kGreen : Colour::kAmber},
               {absl::StrCat(agency.assignments_size())},
               FigureCell(agency.progress().reported(), Colour::kBlue, style),
               FigureCell(agency.progress().accepted(), Colour::kGreen, style),
               {Coverage(agency.progress().reported())},
               {agency.unacknowledged() == 0 ? "" : absl::StrCat(agency.unacknowledged()),
                Colour::kAmber}});
  }
  return table.Render(style);
}

// "a" to "z", then "a1", "b1" and so on.
std::string Letter(size_t index) {
  return absl::StrCat(std::string(1, static_cast<char>('a' + index % 26)),
                      index < 26 ? "" : absl::StrCat(index / 26));
}

// Items in a row, as many as fit into a line.
std::string Wrapped(const std::vector<std::string>& items, const Style& style) {
  std::string out, line;
  for (const std::string& item : items) {
    if (!line.empty() && DisplayWidth(line) + 2 + DisplayWidth(item) > style.width) {
      absl::StrAppend(&out, line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? "" : "  ", item);
  }
  return absl::StrCat(out, line, "\n");
}

// Reported progress in per cent; "·" where an agency has no part, "–" where it has not reported.
std::string Matrix(const gw::PlanProgress& plan, const Style& style) {
  std::vector<Column> columns = {{"#"}};
  std::map<std::string, size_t> column_of;
  std::vector<std::string> legend;
  for (const gw::AgencyProgress& agency : plan.agencies()) {
    const std::string letter = Letter(column_of.size());
    column_of[agency.agency()] = columns.size();
    columns.push_back({.title = letter, .right = true});
    legend.push_back(absl::StrCat(letter, " ", Printable(agency.short_name())));
  }
  Table table(columns);
  for (const gw::TaskProgress& task : plan.tasks()) {
    std::vector<Cell> row(columns.size(), Cell{"·", Colour::kDim});
    row[0] = {Printable(task.number())};
    for (const gw::AssignmentProgress& assignment : task.assignments()) {
      const auto it = column_of.find(assignment.agency());
      if (it == column_of.end()) continue;
      row[it->second] =
          assignment.report().empty()
              ? Cell{"–", Colour::kAmber}
              : Cell{WholePercent(assignment.progress().reported().basis_points()), Colour::kBlue};
    }
    table.Add(std::move(row));
  }
  return absl::StrCat(table.Render(style), Wrapped(legend, style));
}

std::string Foot(const gw::PlanProgress& plan, const Style& style) {
  const gw::Position& position = plan.position();
  std::string out =
      absl::StrCat("As of ", Minute(position.evaluate_time(), plan), ": task ", position.task(),
                   ", agency ", position.agency(), ", reporting ", position.reporting(), "\n");
  if (!plan.unreachable().empty()) {
    absl::StrAppend(&out,
                    Paint(absl::StrCat("Not reachable: ", absl::StrJoin(plan.unreachable(), ", ")),
                          Colour::kRed, style),
                    "\n");
  }
  return out;
}

}  // namespace

std::string RenderBoard(const gw::PlanProgress& plan, const BoardParts& parts, const Style& style) {
  std::vector<std::string> blocks = {Head(plan, style)};
  if (parts.tasks) blocks.push_back(Tasks(plan, style));
  if (parts.agencies) blocks.push_back(Agencies(plan, style));
  if (parts.matrix) blocks.push_back(Matrix(plan, style));
  blocks.push_back(Foot(plan, style));
  return absl::StrJoin(blocks, "\n");
}

absl::StatusOr<std::string> BoardAsJson(const gw::PlanProgress& plan) {
  DUBAN_ASSIGN_OR_RETURN(const std::string text, ToJson(plan));
  Json json = Json::parse(text, nullptr, false);
  Json pairs = Json::array();
  for (const gw::TaskProgress& task : plan.tasks()) {
    for (const gw::AssignmentProgress& assignment : task.assignments()) {
      pairs.push_back(
          {{"task_number", task.number()},
           {"task", task.task()},
           {"agency", assignment.agency()},
           {"agency_name", assignment.agency_name()},
           {"printed_name", assignment.printed_name()},
           {"state", EnumName(*rep::AssignmentState_descriptor(), assignment.state(), "")},
           {"reported_bp", assignment.progress().reported().basis_points()},
           {"accepted_bp", assignment.progress().accepted().basis_points()},
           {"has_report", !assignment.report().empty()}});
    }
  }
  json["pairs"] = std::move(pairs);
  return absl::StrCat(json.dump(1), "\n");
}

std::string ChangeLine(const gw::PlanProgress& before, const gw::PlanProgress& now,
                       const Style& style) {
  std::map<std::string, const gw::AssignmentProgress*> known;
  for (const gw::TaskProgress& task : before.tasks()) {
    for (const gw::AssignmentProgress& assignment : task.assignments()) {
      known[assignment.assignment()] = &assignment;
    }
  }
  std::vector<std::string> changes;
  for (const gw::TaskProgress& task : now.tasks()) {
    for (const gw::AssignmentProgress& assignment : task.assignments()) {
      const auto it = known.find(assignment.assignment());
      if (it != known.end() && it->second->SerializeAsString() == assignment.SerializeAsString()) {
        continue;
      }
      changes.push_back(absl::StrCat(
          "#", task.number(), " ", Printable(assignment.agency_name()), " ",
          EnumName(*rep::AssignmentState_descriptor(), assignment.state(), "ASSIGNMENT_STATE_"),
          " ", FormatPercent(assignment.progress().reported().basis_points())));
    }
  }
  const bool first = before.plan().empty();
  const std::string detail =
      first ? absl::StrCat(now.assignment_count(), " assignments") : absl::StrJoin(changes, "; ");
  return absl::StrCat(
      Minute(now.position().evaluate_time(), now), "  reported ",
      Paint(FormatPercent(now.progress().reported().basis_points()), Colour::kBlue, style),
      "  accepted ",
      Paint(FormatPercent(now.progress().accepted().basis_points()), Colour::kGreen, style),
      detail.empty() ? "" : "  ", detail,
      now.unreachable().empty() ? "" : absl::StrCat("  not reachable: ", now.unreachable_size()),
      "\n");
}

}  // namespace duban::cli
