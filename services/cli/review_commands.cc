#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "duban/reporting/v1/reporting_service.grpc.pb.h"
#include "services/cli/command.h"
#include "services/cli/hub_data.h"
#include "services/cli/numbers.h"
#include "services/cli/session.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"

namespace duban::cli {
namespace {

namespace rep = duban::reporting::v1;
namespace tsk = duban::task::v1;
using Service = rep::ReportingService;

std::string StateName(rep::ReportState state) {
  return EnumName(*rep::ReportState_descriptor(), state, "REPORT_STATE_");
}

std::string RatingName(rep::Rating rating) {
  return rating == rep::RATING_UNSPECIFIED ? ""
                                           : EnumName(*rep::Rating_descriptor(), rating, "RATING_");
}

Colour ColourOf(rep::ReportState state) {
  switch (state) {
    case rep::REPORT_STATE_ACCEPTED:
      return Colour::kGreen;
    case rep::REPORT_STATE_RETURNED:
      return Colour::kRed;
    case rep::REPORT_STATE_REOPENED:
      return Colour::kAmber;
    default:
      return Colour::kNone;
  }
}

// Number of each task by its name.
absl::StatusOr<std::map<std::string, std::string>> TaskNumbers(Session& session,
                                                               const Channel& channel,
                                                               const std::string& plan) {
  DUBAN_ASSIGN_OR_RETURN(const auto tasks, ListTasks(session, channel, plan));
  std::map<std::string, std::string> numbers;
  for (const tsk::Task& task : tasks) numbers[task.name()] = task.number();
  return numbers;
}

absl::Status List(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string plan, PlanNameOf(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = Service::NewStub(channel);
  rep::ListReportsRequest request;
  request.set_parent(absl::StrCat(plan, "/tasks/-/assignments/-"));
  rep::ListReportsResponse all;
  DUBAN_RETURN_IF_ERROR(ForEachPage<rep::ListReportsResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context, rep::ListReportsResponse* page) {
        request.set_page_token(token);
        return stub->ListReports(context, request, page);
      },
      [&](auto& page) { all.mutable_reports()->MergeFrom(page.reports()); }));
  if (session.json()) return session.PrintJson(all);
  DUBAN_ASSIGN_OR_RETURN(auto numbers, TaskNumbers(session, channel, plan));
  Table table({{"#"},
               {"Agency"},
               {"Period"},
               {"State"},
               {.title = "Progress", .right = true},
               {"Own rating"},
               {.title = "Name", .flexible = true}});
  for (const rep::Report& report : all.reports()) {
    DUBAN_ASSIGN_OR_RETURN(const ReportName name, ReportName::Parse(report.name()));
    table.Add({{numbers[name.assignment.task_name().ToString()]},
               {name.assignment.agency},
               {absl::StrCat(name.period, "@", name.version)},
               {StateName(report.state()), ColourOf(report.state())},
               {FormatPercent(report.content().progress_bp())},
               {RatingName(report.content().own_rating())},
               {report.name()}});
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

absl::Status Show(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = Service::NewStub(channel);
  rep::GetReportRequest request;
  request.set_name(args.operand(0));
  DUBAN_ASSIGN_OR_RETURN(const auto report, session.Call<rep::Report>([&](auto* c, auto* r) {
    return stub->GetReport(c, request, r);
  }));
  if (session.json()) return session.PrintJson(report);
  const auto line = [&](const char* title, const std::string& text) {
    if (!text.empty()) session.out() << title << ": " << Printable(text) << "\n";
  };
  const rep::ReportContent& content = report.content();
  line("Name", report.name());
  line("State", StateName(report.state()));
  line("Progress", FormatPercent(content.progress_bp()));
  line("Own rating", RatingName(content.own_rating()));
  for (const rep::IndicatorValue& value : content.indicator_values()) {
    line("Indicator", absl::StrCat(value.indicator(), " = ", value.value(), " at its scale"));
  }
  for (const std::string& milestone : content.milestones_done()) line("Milestone done", milestone);
  line("Done", content.done());
  line("Problems", content.problems());
  line("Next", content.next());
  for (const rep::SupportRequest& support : content.support_requests()) {
    line("Asks", absl::StrCat(support.agency(), ": ", support.text()));
  }
  for (const rep::Evidence& evidence : content.evidence()) {
    line("Evidence", absl::StrCat(evidence.file_name(), ", ", evidence.size_bytes(), " bytes"));
  }
  if (report.has_review()) {
    line("Reviewer", report.review().reviewer());
    line("Review", report.review().text());
  }
  return absl::OkStatus();
}

absl::Status PrintReport(Session& session, const absl::StatusOr<rep::Report>& report) {
  if (!report.ok()) return report.status();
  if (session.json()) return session.PrintJson(*report);
  session.out() << StateName(report->state()) << " " << report->name() << "\n";
  return absl::OkStatus();
}

// The report that a command is about: a full name, or with --plan the newest of task "#7" and
// --agency.
absl::StatusOr<std::string> ReportOf(Session& session, const Channel& channel, const Args& args) {
  if (!args.has("plan")) {
    if (ReportName::Parse(args.operand(0)).ok()) return args.operand(0);
    return UsageError("say which report: its full name, or TASK with --plan and --agency");
  }
  DUBAN_ASSIGN_OR_RETURN(const std::string plan, PlanNameOf(args.get("plan")));
  DUBAN_ASSIGN_OR_RETURN(const std::string agency, args.required("agency"));
  DUBAN_ASSIGN_OR_RETURN(const auto tasks, ListTasks(session, channel, plan));
  DUBAN_ASSIGN_OR_RETURN(const tsk::Task task, FindTask(tasks, args.operand(0)));
  const std::string assignment = absl::StrCat(task.name(), "/assignments/", IdOf(agency));
  DUBAN_ASSIGN_OR_RETURN(const auto reports, ListNewestReports(session, channel, plan));
  for (const rep::Report& report : reports) {
    if (report.content().assignment() == assignment) return report.name();
  }
  return MakeError(absl::StatusCode::kNotFound, "REPORT_NOT_FOUND",
                   absl::StrCat(assignment, " has no report yet"), {{"assignment", assignment}});
}

absl::StatusOr<rep::AcceptReportRequest> Acceptance(const Args& args) {
  rep::AcceptReportRequest request;
  request.set_text(args.get("text"));
  if (args.has("rating")) {
    DUBAN_ASSIGN_OR_RETURN(const int rating,
                           ParseEnum(*rep::Rating_descriptor(), args.get("rating"), "RATING_"));
    request.set_rating(static_cast<rep::Rating>(rating));
  }
  return request;
}

// Accepts the newest version of each assignment that waits for review, but for those of the tasks
// in --except.
absl::Status AcceptAll(Session& session, const Channel& channel, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string id, args.required("plan"));
  DUBAN_ASSIGN_OR_RETURN(const std::string plan, PlanNameOf(id));
  DUBAN_ASSIGN_OR_RETURN(const auto tasks, ListTasks(session, channel, plan));
  std::vector<std::string> left_out;
  for (absl::string_view what : absl::StrSplit(args.get("except"), ',', absl::SkipEmpty())) {
    DUBAN_ASSIGN_OR_RETURN(const tsk::Task task, FindTask(tasks, std::string(what)));
    left_out.push_back(task.name());
  }
  DUBAN_ASSIGN_OR_RETURN(const auto reports, ListNewestReports(session, channel, plan));
  const auto stub = Service::NewStub(channel);
  rep::ListReportsResponse accepted;
  for (const rep::Report& report : reports) {
    DUBAN_ASSIGN_OR_RETURN(const ReportName name, ReportName::Parse(report.name()));
    const std::string task = name.assignment.task_name().ToString();
    if (report.state() != rep::REPORT_STATE_SUBMITTED ||
        std::find(left_out.begin(), left_out.end(), task) != left_out.end()) {
      continue;
    }
    DUBAN_ASSIGN_OR_RETURN(rep::AcceptReportRequest request, Acceptance(args));
    request.set_name(report.name());
    DUBAN_ASSIGN_OR_RETURN(*accepted.add_reports(),
                           session.Call<rep::Report>([&](auto* c, auto* r) {
                             return stub->AcceptReport(c, request, r);
                           }));
  }
  if (session.json()) return session.PrintJson(accepted);
  session.out() << "Accepted " << accepted.reports_size() << " reports\n";
  return absl::OkStatus();
}

absl::Status Accept(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  if (args.has("all")) return AcceptAll(session, channel, args);
  DUBAN_ASSIGN_OR_RETURN(rep::AcceptReportRequest request, Acceptance(args));
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_name(), ReportOf(session, channel, args));
  const auto stub = Service::NewStub(channel);
  return PrintReport(session, session.Call<rep::Report>([&](auto* c, auto* r) {
    return stub->AcceptReport(c, request, r);
  }));
}

absl::Status Return(Session& session, const Args& args) {
  rep::ReturnReportRequest request;
  DUBAN_ASSIGN_OR_RETURN(const std::string reason, args.required("reason"));
  DUBAN_ASSIGN_OR_RETURN(const int value,
                         ParseEnum(*rep::ReturnReason_descriptor(), reason, "RETURN_REASON_"));
  request.set_reason(static_cast<rep::ReturnReason>(value));
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_text(), args.required("text"));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_name(), ReportOf(session, channel, args));
  const auto stub = Service::NewStub(channel);
  return PrintReport(session, session.Call<rep::Report>([&](auto* c, auto* r) {
    return stub->ReturnReport(c, request, r);
  }));
}

absl::Status Reopen(Session& session, const Args& args) {
  rep::ReopenReportRequest request;
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_reason(), args.required("reason"));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_name(), ReportOf(session, channel, args));
  const auto stub = Service::NewStub(channel);
  return PrintReport(session, session.Call<rep::Report>([&](auto* c, auto* r) {
    return stub->ReopenReport(c, request, r);
  }));
}

// The assignment that a command is about: a full name, or TASK with --plan and --agency.
absl::StatusOr<std::string> AssignmentOf(Session& session, const Channel& channel,
                                         const Args& args) {
  if (!args.has("plan")) {
    if (AssignmentName::Parse(args.operand(0)).ok()) return args.operand(0);
    return UsageError("say which assignment: its full name, or TASK with --plan and --agency");
  }
  DUBAN_ASSIGN_OR_RETURN(const std::string plan, PlanNameOf(args.get("plan")));
  DUBAN_ASSIGN_OR_RETURN(const std::string agency, args.required("agency"));
  DUBAN_ASSIGN_OR_RETURN(const auto tasks, ListTasks(session, channel, plan));
  DUBAN_ASSIGN_OR_RETURN(const tsk::Task task, FindTask(tasks, args.operand(0)));
  return absl::StrCat(task.name(), "/assignments/", IdOf(agency));
}

absl::Status PrintStatus(Session& session, const absl::StatusOr<rep::AssignmentStatus>& status) {
  if (!status.ok()) return status.status();
  if (session.json()) return session.PrintJson(*status);
  session.out() << EnumName(*rep::AssignmentState_descriptor(), status->state(),
                            "ASSIGNMENT_STATE_")
                << " " << status->name() << "\n";
  return absl::OkStatus();
}

absl::Status Verify(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  rep::VerifyAssignmentRequest request;
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_name(), AssignmentOf(session, channel, args));
  const auto stub = Service::NewStub(channel);
  return PrintStatus(session, session.Call<rep::AssignmentStatus>([&](auto* c, auto* r) {
    return stub->VerifyAssignment(c, request, r);
  }));
}

absl::Status ReopenAssignment(Session& session, const Args& args) {
  rep::ReopenAssignmentRequest request;
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_reason(), args.required("reason"));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_name(), AssignmentOf(session, channel, args));
  const auto stub = Service::NewStub(channel);
  return PrintStatus(session, session.Call<rep::AssignmentStatus>([&](auto* c, auto* r) {
    return stub->ReopenAssignment(c, request, r);
  }));
}

absl::Status RefuseDispute(Session& session, const Args& args) {
  rep::RefuseDisputeRequest request;
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_reason(), args.required("reason"));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_name(), AssignmentOf(session, channel, args));
  const auto stub = Service::NewStub(channel);
  return PrintStatus(session, session.Call<rep::AssignmentStatus>([&](auto* c, auto* r) {
    return stub->RefuseDispute(c, request, r);
  }));
}

}  // namespace

std::vector<Command> ReviewCommands() {
  const Flag plan = {"plan", "ID", "the plan, when the operand is a task"};
  const Flag agency = {"agency", "ID", "the agency, when the operand is a task"};
  const Flag text = {"text", "TEXT", "for the agency"};
  const Flag why = {"reason", "TEXT", "why; needed"};
  return {
      {"report list", "PLAN", "Lists reports, all versions.", {}, List},
      {"report show", "NAME", "Shows a report.", {}, Show},
      {"review accept",
       "[REPORT]",
       "Accepts a report; REPORT is its name, or \"#7\" with --plan.",
       {plan,
        agency,
        text,
        {"rating", "green|amber|red", "the reviewer's own rating"},
        {"all", "", "accept all that wait in the plan"},
        {"except", "LIST", "with --all: tasks to leave out, such as #3,#5"}},
       Accept},
      {"review return",
       "REPORT",
       "Returns a report for correction.",
       {plan,
        agency,
        text,
        {"reason", "REASON", "wrong-figure, incomplete, not-proven, misplaced or other; needed"}},
       Return},
      {"review reopen", "REPORT", "Opens an accepted report again.", {plan, agency, why}, Reopen},
      {"review verify",
       "ASSIGNMENT",
       "Verifies that a claimed assignment is done.",
       {plan, agency},
       Verify},
      {"review reopen-assignment",
       "ASSIGNMENT",
       "Returns a claim, or reopens what was verified.",
       {plan, agency, why},
       ReopenAssignment},
      {"review refuse-dispute",
       "ASSIGNMENT",
       "Refuses a dispute.",
       {plan, agency, why},
       RefuseDispute},
  };
}

}  // namespace duban::cli
