#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"
#include "services/cli/command.h"
#include "services/cli/hub_data.h"
#include "services/cli/numbers.h"
#include "services/cli/session.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"

namespace duban::cli {
namespace {

namespace tsk = duban::task::v1;

std::string StateName(tsk::TaskState state) {
  return EnumName(*tsk::TaskState_descriptor(), state, "TASK_STATE_");
}

// Names of the agencies of each task, by the task's name.
absl::StatusOr<std::map<std::string, std::vector<std::string>>> AgenciesOfTasks(
    Session& session, const Channel& channel, const std::string& plan) {
  DUBAN_ASSIGN_OR_RETURN(const auto assignments, ListAssignments(session, channel, plan));
  DUBAN_ASSIGN_OR_RETURN(const auto agencies, ListAgencies(session, channel));
  const std::map<std::string, std::string> names = ShortNames(agencies);
  std::map<std::string, std::vector<std::string>> result;
  for (const tsk::Assignment& assignment : assignments) {
    DUBAN_ASSIGN_OR_RETURN(const AssignmentName name, AssignmentName::Parse(assignment.name()));
    const auto it = names.find(name.agency);
    const std::string shown = it == names.end() ? name.agency : it->second;
    result[name.task_name().ToString()].push_back(
        assignment.role() == tsk::ASSIGNMENT_ROLE_LEAD ? absl::StrCat(shown, " (lead)") : shown);
  }
  return result;
}

absl::Status List(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string plan, PlanNameOf(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(const auto tasks, ListTasks(session, channel, plan));
  if (session.json()) {
    tsk::ListTasksResponse all;
    for (const tsk::Task& task : tasks) *all.add_tasks() = task;
    return session.PrintJson(all);
  }
  DUBAN_ASSIGN_OR_RETURN(auto agencies, AgenciesOfTasks(session, channel, plan));
  Table table(
      {{"#"}, {"Id"}, {.title = "Title", .flexible = true}, {"Due"}, {"State"}, {"Agencies"}});
  for (const tsk::Task& task : tasks) {
    table.Add({{task.number()},
               {IdOf(task.name())},
               {Printable(task.title())},
               {task.due_date()},
               {StateName(task.state())},
               {Printable(absl::StrJoin(agencies[task.name()], "、"))}});
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

// The task that an operand or flag means: a full name, or "#7" or an id in the plan.
absl::StatusOr<tsk::Task> TaskOf(Session& session, const Channel& channel,
                                 const std::string& plan_id, const std::string& what) {
  DUBAN_ASSIGN_OR_RETURN(const std::string plan, PlanNameOf(plan_id));
  DUBAN_ASSIGN_OR_RETURN(const auto tasks, ListTasks(session, channel, plan));
  return FindTask(tasks, what);
}

std::string Amount(const tsk::Indicator& indicator, int64_t value) {
  return absl::StrCat(FormatScaled(value, indicator.scale()), " ", indicator.unit());
}

absl::Status Show(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(const tsk::Task task,
                         TaskOf(session, channel, args.operand(0), args.operand(1)));
  if (session.json()) return session.PrintJson(task);
  DUBAN_ASSIGN_OR_RETURN(const std::string plan, PlanNameOf(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(auto agencies, AgenciesOfTasks(session, channel, plan));
  std::ostream& out = session.out();
  const auto line = [&](const char* title, const std::string& text) {
    if (!text.empty()) out << title << ": " << Printable(text) << "\n";
  };
  out << Paint(absl::StrCat(task.number(), " ", Printable(task.title())), Colour::kBold,
               session.style())
      << "\n";
  line("Name", task.name());
  line("Section", task.section());
  line("Theme", task.theme());
  line("State", StateName(task.state()));
  line("Why", task.state_reason());
  line("Starts", task.start_date());
  line("Due", task.due_date());
  line("Deadline as printed", task.printed_deadline());
  line("Dates named", absl::StrJoin(task.printed_dates(), "、"));
  line("Agencies", absl::StrJoin(agencies[task.name()], "、"));
  for (const tsk::Participant& participant : task.participants()) {
    line("Participant", absl::StrCat(participant.name(), " (", participant.part(), ")"));
  }
  for (const tsk::Milestone& milestone : task.milestones()) {
    line("Milestone",
         absl::StrCat(milestone.due_date(), " ", milestone.title(), " [", milestone.id(),
                      ", weight ", std::max(1, milestone.weight()), "]"));
  }
  for (const tsk::Indicator& indicator : task.indicators()) {
    line("Indicator", absl::StrCat(indicator.title(), " [", indicator.id(), "]: from ",
                                   Amount(indicator, indicator.baseline()),
                                   indicator.has_target()
                                       ? absl::StrCat(" to ", Amount(indicator, indicator.target()))
                                       : ""));
  }
  line("Text", task.body());
  return absl::OkStatus();
}

absl::Status PrintTask(Session& session, const absl::StatusOr<tsk::Task>& task) {
  if (!task.ok()) return task.status();
  if (session.json()) return session.PrintJson(*task);
  session.out() << task->number() << " " << Printable(task->title()) << ": "
                << StateName(task->state()) << "\n";
  return absl::OkStatus();
}

absl::Status Issue(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(const tsk::Task task,
                         TaskOf(session, channel, args.operand(0), args.operand(1)));
  const auto stub = tsk::TaskService::NewStub(channel);
  tsk::IssueTaskRequest request;
  request.set_name(task.name());
  return PrintTask(session, session.Call<tsk::Task>(
                                [&](auto* c, auto* r) { return stub->IssueTask(c, request, r); }));
}

// Suspending, resuming and cancelling differ in the method alone.
template <typename Request>
std::function<absl::Status(Session&, const Args&)> Decide(grpc::Status (
    tsk::TaskService::Stub::*method)(grpc::ClientContext*, const Request&, tsk::Task*)) {
  return [method](Session& session, const Args& args) -> absl::Status {
    DUBAN_ASSIGN_OR_RETURN(const std::string reason, args.required("reason"));
    DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
    DUBAN_ASSIGN_OR_RETURN(const tsk::Task task,
                           TaskOf(session, channel, args.operand(0), args.operand(1)));
    const auto stub = tsk::TaskService::NewStub(channel);
    Request request;
    request.set_name(task.name());
    request.set_reason(reason);
    return PrintTask(session, session.Call<tsk::Task>([&](auto* c, auto* r) {
      return ((*stub).*method)(c, request, r);
    }));
  };
}

// The tasks of a breakdown file as requests; all are read before the first is sent.
absl::StatusOr<std::vector<tsk::UpdateBreakdownRequest>> ReadBreakdown(
    const std::string& path, const std::vector<tsk::Task>& tasks) {
  DUBAN_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const nlohmann::json file = nlohmann::json::parse(text, nullptr, false);
  if (!file.is_object() || !file.contains("tasks") || !file["tasks"].is_array()) {
    return UsageError(absl::StrCat(path, " is not {\"tasks\": [...]}"));
  }
  std::vector<tsk::UpdateBreakdownRequest> requests;
  for (nlohmann::json entry : file["tasks"]) {
    if (!entry.is_object() || !entry.contains("number") || !entry["number"].is_string()) {
      return UsageError(absl::StrCat(path, ": each task needs its \"number\" as text"));
    }
    const std::string number = entry["number"];
    DUBAN_ASSIGN_OR_RETURN(const tsk::Task task, FindTask(tasks, absl::StrCat("#", number)));
    entry.erase("number");
    entry.erase("title");  // for people; the plan's own counts
    tsk::UpdateBreakdownRequest request;
    const auto read = google::protobuf::util::JsonStringToMessage(entry.dump(), &request);
    if (!read.ok()) {
      return UsageError(
          absl::StrCat(path, ": task ", number, ": ",
                       absl::string_view(read.message().data(), read.message().size())));
    }
    request.set_name(task.name());
    requests.push_back(std::move(request));
  }
  return requests;
}

absl::Status Breakdown(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string id, args.required("plan"));
  DUBAN_ASSIGN_OR_RETURN(const std::string plan, PlanNameOf(id));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(const auto tasks, ListTasks(session, channel, plan));
  DUBAN_ASSIGN_OR_RETURN(auto requests, ReadBreakdown(args.operand(0), tasks));
  const auto stub = tsk::TaskService::NewStub(channel);
  tsk::ListTasksResponse updated;
  for (tsk::UpdateBreakdownRequest& request : requests) {
    if (request.reason().empty()) request.set_reason(args.get("reason"));
    DUBAN_ASSIGN_OR_RETURN(*updated.add_tasks(), session.Call<tsk::Task>([&](auto* c, auto* r) {
      return stub->UpdateBreakdown(c, request, r);
    }));
  }
  if (session.json()) return session.PrintJson(updated);
  session.out() << "Broke down " << updated.tasks_size() << " tasks\n";
  return absl::OkStatus();
}

absl::StatusOr<tsk::ListUnresolvedUnitsResponse> ListUnits(Session& session, const Channel& channel,
                                                           const std::string& plan) {
  const auto stub = tsk::TaskService::NewStub(channel);
  tsk::ListUnresolvedUnitsRequest request;
  request.set_parent(plan);
  tsk::ListUnresolvedUnitsResponse all;
  DUBAN_RETURN_IF_ERROR(ForEachPage<tsk::ListUnresolvedUnitsResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context,
          tsk::ListUnresolvedUnitsResponse* page) {
        request.set_page_token(token);
        return stub->ListUnresolvedUnits(context, request, page);
      },
      [&](auto& page) { all.mutable_units()->MergeFrom(page.units()); }));
  return all;
}

absl::Status Units(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string plan, PlanNameOf(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(const auto all, ListUnits(session, channel, plan));
  if (session.json()) return session.PrintJson(all);
  if (all.units().empty() && args.has("if-any")) return absl::OkStatus();
  session.out() << "Units that wait for a person: " << all.units_size() << "\n";
  if (all.units().empty()) return absl::OkStatus();
  Table table({{"Unit"}, {"Task"}, {.title = "As read", .flexible = true}, {"May be"}});
  for (const tsk::UnresolvedUnit& unit : all.units()) {
    std::vector<std::string> proposals;
    for (const tsk::UnitProposal& proposal : unit.proposals()) {
      proposals.push_back(absl::StrCat(IdOf(proposal.agency()), " ", proposal.score()));
    }
    table.Add({{IdOf(unit.name())},
               {IdOf(unit.task())},
               {Printable(unit.text())},
               {unit.collective() ? "a collective: listed only" : absl::StrJoin(proposals, ", ")}});
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

absl::Status PrintAssignment(Session& session, const absl::StatusOr<tsk::Assignment>& assignment,
                             const char* what) {
  if (!assignment.ok()) return assignment.status();
  if (session.json()) return session.PrintJson(*assignment);
  session.out() << what << " " << assignment->name() << "\n";
  return absl::OkStatus();
}

absl::Status Resolve(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string id, args.required("plan"));
  DUBAN_ASSIGN_OR_RETURN(const std::string plan, PlanNameOf(id));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = tsk::TaskService::NewStub(channel);
  tsk::ResolveUnitRequest request;
  request.set_name(absl::StrCat(plan, "/unresolvedUnits/", IdOf(args.operand(0))));
  request.set_agency(absl::StrCat("agencies/", IdOf(args.operand(1))));
  DUBAN_ASSIGN_OR_RETURN(const auto waiting, ListUnits(session, channel, plan));
  DUBAN_RETURN_IF_ERROR(PrintAssignment(session,
                                        session.Call<tsk::Assignment>([&](auto* c, auto* r) {
                                          return stub->ResolveUnit(c, request, r);
                                        }),
                                        "Now assigned:"));
  const auto unit =
      std::find_if(waiting.units().begin(), waiting.units().end(),
                   [&](const tsk::UnresolvedUnit& one) { return one.name() == request.name(); });
  if (unit == waiting.units().end() || unit->doubtful() || args.has("only-here")) {
    return absl::OkStatus();
  }
  return LearnName(session, channel, request.agency(), unit->text());
}

absl::Status Remove(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string reason, args.required("reason"));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(const tsk::Task task,
                         TaskOf(session, channel, args.operand(0), args.operand(1)));
  const auto stub = tsk::TaskService::NewStub(channel);
  tsk::RemoveUnitRequest request;
  request.set_name(absl::StrCat(task.name(), "/assignments/", IdOf(args.operand(2))));
  request.set_reason(reason);
  return PrintAssignment(session, session.Call<tsk::Assignment>([&](auto* c, auto* r) {
    return stub->RemoveUnit(c, request, r);
  }),
                         "Removed:");
}

}  // namespace

std::vector<Command> TaskCommands() {
  const Flag reason = {"reason", "TEXT", "why; needed"};
  const Flag plan = {"plan", "ID", "the plan; needed"};
  using Stub = tsk::TaskService::Stub;
  return {
      {"task list", "PLAN", "Lists a plan's tasks.", {}, List},
      {"task show", "PLAN TASK", "Shows a task; TASK is \"#7\" or an id.", {}, Show},
      {"task issue", "PLAN TASK", "Issues one task to its agencies.", {}, Issue},
      {"task suspend", "PLAN TASK", "Suspends a task.", {reason}, Decide(&Stub::SuspendTask)},
      {"task resume",
       "PLAN TASK",
       "Resumes a suspended task.",
       {reason},
       Decide(&Stub::ResumeTask)},
      {"task cancel", "PLAN TASK", "Cancels a task for good.", {reason}, Decide(&Stub::CancelTask)},
      {"task breakdown",
       "FILE",
       "Sets dates, milestones and indicators from a file.",
       {plan, {"reason", "TEXT", "why; needed once the task is issued"}},
       Breakdown},
      {"task units",
       "PLAN",
       "Lists units that no agency was found for.",
       {{"if-any", "", "print nothing when there are none"}},
       Units},
      {"task resolve",
       "UNIT AGENCY",
       "Says which agency a unit is; its name becomes one of the agency's.",
       {plan, {"only-here", "", "the register does not learn the name"}},
       Resolve},
      {"task remove", "PLAN TASK AGENCY", "Takes an agency out of a task.", {reason}, Remove},
  };
}

}  // namespace duban::cli
