#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "duban/node/v1/node_service.grpc.pb.h"
#include "services/cli/command.h"
#include "services/cli/hub_data.h"
#include "services/cli/numbers.h"
#include "services/cli/report_input.h"
#include "services/cli/session.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/sign/sign.h"

namespace duban::cli {
namespace {

namespace nod = duban::node::v1;
namespace rep = duban::reporting::v1;
using Stub = nod::NodeService::Stub;

absl::StatusOr<std::unique_ptr<Stub>> Connect(Session& session) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Node());
  return nod::NodeService::NewStub(channel);
}

std::string StateName(const nod::NodeAssignment& assignment) {
  return EnumName(*rep::AssignmentState_descriptor(), assignment.status().state(),
                  "ASSIGNMENT_STATE_");
}

absl::StatusOr<std::vector<nod::NodeAssignment>> Assignments(Session& session, Stub& stub) {
  std::vector<nod::NodeAssignment> all;
  nod::ListAssignmentsRequest request;
  DUBAN_RETURN_IF_ERROR(ForEachPage<nod::ListAssignmentsResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context,
          nod::ListAssignmentsResponse* page) {
        request.set_page_token(token);
        return stub.ListAssignments(context, request, page);
      },
      [&](auto& page) {
        for (auto& assignment : *page.mutable_assignments()) all.push_back(std::move(assignment));
      }));
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.mandate().task().order() < b.mandate().task().order();
  });
  return all;
}

// The assignment that a full name or "#7" means; --plan decides where several plans have such a
// task.
absl::StatusOr<nod::NodeAssignment> Find(const std::vector<nod::NodeAssignment>& all,
                                         const std::string& what, const std::string& plan) {
  const absl::string_view number = absl::StripPrefix(what, "#");
  std::vector<const nod::NodeAssignment*> found;
  for (const nod::NodeAssignment& assignment : all) {
    if (assignment.name() == what) return assignment;
    const bool of_plan = plan.empty() || absl::StartsWith(assignment.name(),
                                                          absl::StrCat("plans/", IdOf(plan), "/"));
    const auto& task = assignment.mandate().task();
    if (of_plan && task.number() == number && task.dropped_in_edition() == 0) {
      found.push_back(&assignment);
    }
  }
  if (found.size() == 1) return *found.front();
  if (found.empty()) {
    return MakeError(absl::StatusCode::kNotFound, "ASSIGNMENT_NOT_FOUND",
                     absl::StrCat("this agency has no assignment \"", what, "\""),
                     {{"assignment", std::string(what)}});
  }
  return UsageError(absl::StrCat("several assignments have the number ", number,
                                 ": say which plan with --plan, or give the full name"));
}

// Waits until the node knows --assignments N and, with `delivered`, until nothing of it waits for the hub; --timeout is the limit.
absl::StatusOr<nod::NodeStatus> Await(Session& session, Stub& stub, const Args& args,
                                      bool delivered) {
  int assignments = 0;
  if (args.has("assignments") &&
      (!absl::SimpleAtoi(args.get("assignments"), &assignments) || assignments < 0)) {
    return UsageError("--assignments is a number");
  }
  absl::Duration timeout;
  if (!absl::ParseDuration(args.get("timeout", "30s"), &timeout)) {
    return UsageError("--timeout is a duration such as 30s");
  }
  const absl::Time deadline = absl::Now() + timeout;
  for (absl::Duration pause = absl::Milliseconds(20);;
       pause = std::min(pause * 2, absl::Milliseconds(500))) {
    auto status = session.Call<nod::NodeStatus>(
        [&](auto* c, auto* r) { return stub.GetNodeStatus(c, {}, r); });
    if (!status.ok() && !absl::IsUnavailable(status.status())) return status;
    if (status.ok() && status->assignments() >= assignments &&
        (!delivered || status->backlog() == 0)) {
      return status;
    }
    if (absl::Now() + pause > deadline) {
      if (!status.ok()) return status;
      return MakeError(absl::StatusCode::kDeadlineExceeded, "NOT_YET_THERE",
                       absl::StrCat("after ", absl::FormatDuration(timeout), " the node knows ",
                                    status->assignments(), " assignments and ", status->backlog(),
                                    " submissions wait for the hub"));
    }
    absl::SleepFor(pause);
  }
}

absl::Status Wait(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const auto stub, Connect(session));
  DUBAN_ASSIGN_OR_RETURN(const auto status, Await(session, *stub, args, args.has("delivered")));
  return session.json() ? session.PrintJson(status) : absl::OkStatus();
}

absl::Status Status(Session& session, const Args&) {
  DUBAN_ASSIGN_OR_RETURN(const auto stub, Connect(session));
  DUBAN_ASSIGN_OR_RETURN(const auto status, session.Call<nod::NodeStatus>([&](auto* c, auto* r) {
    return stub->GetNodeStatus(c, {}, r);
  }));
  if (session.json()) return session.PrintJson(status);
  std::ostream& out = session.out();
  out << status.name() << ": "
      << (status.connected() ? Paint("connected", Colour::kGreen, session.style())
                             : Paint("not connected", Colour::kAmber, session.style()));
  if (!status.link_error().empty()) out << " (" << Printable(status.link_error()) << ")";
  out << "\nAssignments: " << status.assignments() << "\nWaiting for the hub: " << status.backlog()
      << "\nEpoch " << status.epoch() << ", written " << status.last_seq() << ", answered "
      << status.acked_through() << ", key " << status.key_id() << "\n";
  if (status.has_certificate_end_time()) {
    out << "Certificate until "
        << absl::FormatTime("%Y-%m-%d %H:%M:%S UTC",
                            absl::FromUnixSeconds(status.certificate_end_time().seconds()),
                            absl::UTCTimeZone());
    if (!status.renewal_error().empty()) {
      out << Paint("; not renewed", Colour::kAmber, session.style()) << " ("
          << Printable(status.renewal_error()) << "), see `duban node doctor`";
    }
    out << "\n";
  }
  if (status.frozen()) {
    out << Paint("Frozen: hub and node disagree about the past", Colour::kRed, session.style())
        << "\n";
  }
  return absl::OkStatus();
}

absl::Status List(Session& session, const Args&) {
  DUBAN_ASSIGN_OR_RETURN(const auto stub, Connect(session));
  DUBAN_ASSIGN_OR_RETURN(const auto assignments, Assignments(session, *stub));
  if (session.json()) {
    nod::ListAssignmentsResponse all;
    for (const auto& assignment : assignments) *all.add_assignments() = assignment;
    return session.PrintJson(all);
  }
  Table table(
      {{"#"}, {.title = "Title", .flexible = true}, {"Due"}, {"State"}, {"Last report"}, {"Name"}});
  for (const nod::NodeAssignment& assignment : assignments) {
    const rep::Report& report = assignment.last_report();
    table.Add({{assignment.mandate().task().number()},
               {Printable(assignment.mandate().task().title())},
               {assignment.mandate().task().due_date()},
               {StateName(assignment)},
               {assignment.has_last_report()
                    ? absl::StrCat(
                          report.content().period(), " ",
                          EnumName(*rep::ReportState_descriptor(), report.state(), "REPORT_STATE_"))
                    : ""},
               {assignment.name()}});
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

absl::Status PrintSubmission(Session& session, const absl::StatusOr<nod::Submission>& submission) {
  if (!submission.ok()) return submission.status();
  if (session.json()) return session.PrintJson(*submission);
  session.out() << EnumName(*nod::SubmissionState_descriptor(), submission->state(),
                            "SUBMISSION_STATE_")
                << " " << submission->name() << " for " << submission->assignment() << "\n";
  return absl::OkStatus();
}

// The same act twice has the same id, so that it is sent once.
std::string RequestId(absl::string_view act, absl::string_view text) {
  return sign::HexEncode(sign::Sha256(absl::StrCat(act, "\n", text))).substr(0, 32);
}

absl::StatusOr<nod::Submission> AcknowledgeOne(Session& session, Stub& stub,
                                               const nod::NodeAssignment& assignment) {
  nod::AcknowledgeAssignmentRequest request;
  request.set_name(assignment.name());
  request.set_request_id(RequestId(
      "acknowledge", absl::StrCat(assignment.name(), "\n",
                                  absl::FormatTime(absl::FromUnixSeconds(
                                                       assignment.status().issue_time().seconds()),
                                                   absl::UTCTimeZone()))));
  return session.Call<nod::Submission>(
      [&](auto* c, auto* r) { return stub.AcknowledgeAssignment(c, request, r); });
}

bool WaitsForAcknowledgement(const nod::NodeAssignment& assignment) {
  const auto state = assignment.status().state();
  return (state == rep::ASSIGNMENT_STATE_ISSUED || state == rep::ASSIGNMENT_STATE_UNSPECIFIED) &&
         std::none_of(assignment.pending().begin(), assignment.pending().end(), [](const auto& s) {
           return s.payload_type() == rep::PAYLOAD_TYPE_ACKNOWLEDGEMENT;
         });
}

absl::Status Acknowledge(Session& session, const Args& args) {
  if (args.has("all") != args.operand(0).empty()) {
    return UsageError("say which: an assignment, or --all");
  }
  DUBAN_ASSIGN_OR_RETURN(const auto stub, Connect(session));
  if (args.has("assignments")) {
    DUBAN_RETURN_IF_ERROR(Await(session, *stub, args, /*delivered=*/false).status());
  }
  DUBAN_ASSIGN_OR_RETURN(const auto assignments, Assignments(session, *stub));
  if (!args.has("all")) {
    DUBAN_ASSIGN_OR_RETURN(const auto assignment,
                           Find(assignments, args.operand(0), args.get("plan")));
    return PrintSubmission(session, AcknowledgeOne(session, *stub, assignment));
  }
  nod::ListSubmissionsResponse done;
  for (const nod::NodeAssignment& assignment : assignments) {
    if (!WaitsForAcknowledgement(assignment)) continue;
    DUBAN_ASSIGN_OR_RETURN(*done.add_submissions(), AcknowledgeOne(session, *stub, assignment));
  }
  if (session.json()) return session.PrintJson(done);
  session.out() << "Acknowledged " << done.submissions_size() << " assignments\n";
  return absl::OkStatus();
}

absl::Status Dispute(Session& session, const Args& args) {
  nod::DisputeAssignmentRequest request;
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_reason(), args.required("reason"));
  DUBAN_ASSIGN_OR_RETURN(const auto stub, Connect(session));
  DUBAN_ASSIGN_OR_RETURN(const auto assignments, Assignments(session, *stub));
  DUBAN_ASSIGN_OR_RETURN(const auto assignment,
                         Find(assignments, args.operand(0), args.get("plan")));
  request.set_name(assignment.name());
  return PrintSubmission(session, session.Call<nod::Submission>([&](auto* c, auto* r) {
    return stub->DisputeAssignment(c, request, r);
  }));
}

absl::Status Claim(Session& session, const Args& args) {
  nod::ClaimDoneRequest request;
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_statement(), args.required("statement"));
  DUBAN_ASSIGN_OR_RETURN(const auto stub, Connect(session));
  DUBAN_ASSIGN_OR_RETURN(const auto assignments, Assignments(session, *stub));
  DUBAN_ASSIGN_OR_RETURN(const auto assignment,
                         Find(assignments, args.operand(0), args.get("plan")));
  request.set_name(assignment.name());
  return PrintSubmission(session, session.Call<nod::Submission>([&](auto* c, auto* r) {
    return stub->ClaimDone(c, request, r);
  }));
}

// What the command line gives: one report, or those of a file that are this agency's.
absl::StatusOr<std::vector<ReportInput>> Inputs(const Session& session, const Args& args) {
  if (!args.has("file")) {
    DUBAN_ASSIGN_OR_RETURN(ReportInput input, ReportFromArgs(args));
    return std::vector<ReportInput>{std::move(input)};
  }
  DUBAN_ASSIGN_OR_RETURN(const std::string text, ReadFile(args.get("file")));
  DUBAN_ASSIGN_OR_RETURN(std::vector<ReportInput> inputs, ReportsFromJson(args.get("file"), text));
  DUBAN_ASSIGN_OR_RETURN(const std::string own, session.NodeAgency());
  inputs.erase(std::remove_if(inputs.begin(), inputs.end(),
                              [&](const ReportInput& input) {
                                return !input.agency.empty() && input.agency != own;
                              }),
               inputs.end());
  return inputs;
}

// The contents to send; all are checked before the first is sent.
absl::StatusOr<std::vector<rep::ReportContent>> Contents(
    const Session& session, const Args& args, const std::vector<nod::NodeAssignment>& assignments) {
  DUBAN_ASSIGN_OR_RETURN(const std::vector<ReportInput> inputs, Inputs(session, args));
  std::vector<rep::ReportContent> contents;
  for (const ReportInput& input : inputs) {
    DUBAN_ASSIGN_OR_RETURN(const auto assignment, Find(assignments, input.task, args.get("plan")));
    DUBAN_ASSIGN_OR_RETURN(rep::ReportContent content,
                           ToContent(input, assignment.name(), assignment.mandate().task()));
    contents.push_back(std::move(content));
  }
  return contents;
}

absl::Status Submit(Session& session, const Args& args) {
  DUBAN_RETURN_IF_ERROR(Inputs(session, args).status());  // faults before any call
  DUBAN_ASSIGN_OR_RETURN(const auto stub, Connect(session));
  DUBAN_ASSIGN_OR_RETURN(const auto assignments, Assignments(session, *stub));
  DUBAN_ASSIGN_OR_RETURN(const auto contents, Contents(session, args, assignments));
  nod::ListSubmissionsResponse done;
  for (const rep::ReportContent& content : contents) {
    nod::SubmitReportRequest request;
    *request.mutable_content() = content;
    request.set_request_id(RequestIdOf(content));
    DUBAN_ASSIGN_OR_RETURN(*done.add_submissions(),
                           session.Call<nod::Submission>([&](auto* c, auto* r) {
                             return stub->SubmitReport(c, request, r);
                           }));
  }
  if (args.has("delivered")) {
    DUBAN_RETURN_IF_ERROR(Await(session, *stub, args, /*delivered=*/true).status());
  }
  if (session.json()) return session.PrintJson(done);
  session.out() << "Submitted " << done.submissions_size() << " reports\n";
  return absl::OkStatus();
}

absl::Status SaveDrafts(Session& session, const Args& args) {
  DUBAN_RETURN_IF_ERROR(Inputs(session, args).status());
  DUBAN_ASSIGN_OR_RETURN(const auto stub, Connect(session));
  DUBAN_ASSIGN_OR_RETURN(const auto assignments, Assignments(session, *stub));
  DUBAN_ASSIGN_OR_RETURN(const auto contents, Contents(session, args, assignments));
  nod::ListDraftsResponse saved;
  for (const rep::ReportContent& content : contents) {
    nod::SaveDraftRequest request;
    *request.mutable_content() = content;
    DUBAN_ASSIGN_OR_RETURN(*saved.add_drafts(), session.Call<nod::Draft>([&](auto* c, auto* r) {
      return stub->SaveDraft(c, request, r);
    }));
  }
  if (session.json()) return session.PrintJson(saved);
  session.out() << "Saved " << saved.drafts_size() << " drafts; nothing left the node\n";
  return absl::OkStatus();
}

absl::Status Inbox(Session& session, const Args&) {
  DUBAN_ASSIGN_OR_RETURN(const auto stub, Connect(session));
  DUBAN_ASSIGN_OR_RETURN(const auto page,
                         session.Call<nod::ListInboxResponse>(
                             [&](auto* c, auto* r) { return stub->ListInbox(c, {}, r); }));
  if (session.json()) return session.PrintJson(page);
  Table table({{"What"}, {"State"}, {.title = "About", .flexible = true}, {"Text"}});
  for (const nod::InboxItem& item : page.items()) {
    if (item.has_review()) {
      table.Add({{"review"},
                 {EnumName(*rep::ReportState_descriptor(), item.review().state(), "REPORT_STATE_")},
                 {item.review().name()},
                 {Printable(item.review().review().text())}});
    } else if (item.has_status()) {
      table.Add({{"assignment"},
                 {EnumName(*rep::AssignmentState_descriptor(), item.status().state(),
                           "ASSIGNMENT_STATE_")},
                 {item.status().name()},
                 {Printable(item.status().reason())}});
    } else if (item.has_receipt()) {
      table.Add({{"receipt"},
                 {EnumName(*nod::SubmissionState_descriptor(), item.receipt().state(),
                           "SUBMISSION_STATE_")},
                 {item.receipt().resource()},
                 {item.receipt().reason()}});
    }
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

absl::Status Submissions(Session& session, const Args&) {
  DUBAN_ASSIGN_OR_RETURN(const auto stub, Connect(session));
  nod::ListSubmissionsRequest request;
  nod::ListSubmissionsResponse all;
  DUBAN_RETURN_IF_ERROR(ForEachPage<nod::ListSubmissionsResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context,
          nod::ListSubmissionsResponse* page) {
        request.set_page_token(token);
        return stub->ListSubmissions(context, request, page);
      },
      [&](auto& page) { all.mutable_submissions()->MergeFrom(page.submissions()); }));
  if (session.json()) return session.PrintJson(all);
  Table table({{"Submission"},
               {"What"},
               {"Period"},
               {"State"},
               {.title = "Assignment", .flexible = true},
               {"Reason"}});
  for (const nod::Submission& submission : all.submissions()) {
    const bool refused = submission.state() == nod::SUBMISSION_STATE_REJECTED;
    table.Add(
        {{IdOf(submission.name())},
         {EnumName(*rep::PayloadType_descriptor(), submission.payload_type(), "PAYLOAD_TYPE_")},
         {submission.period()},
         {EnumName(*nod::SubmissionState_descriptor(), submission.state(), "SUBMISSION_STATE_"),
          refused ? Colour::kRed : Colour::kNone},
         {submission.assignment()},
         {submission.reason()}});
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

// Asks the node how it is doing until it is as wanted, at growing intervals.
}  // namespace

std::vector<Command> NodeCommands() {
  const Flag plan = {"plan", "ID", "the plan, where several have a task of that number"};
  const std::vector<Flag> report = {
      plan,
      {"file", "FILE", "reports of a file; only those of this agency are taken"},
      {"task", "#7", "number of the task"},
      {"period", "PERIOD", "such as 2026-10"},
      {"percent", "P", "progress, 0 to 100 with at most two decimals"},
      {"indicator", "ID=VALUE", "value of an indicator; of a ratio ID=NUMERATOR/DENOMINATOR", true},
      {"milestone", "ID", "a milestone that is done", true},
      {"rating", "green|amber|red", "the agency's own rating"},
      {"done", "TEXT", "what was done"},
      {"problems", "TEXT", "problems"},
      {"next", "TEXT", "next steps"},
      {"evidence", "FILE", "evidence; its hash is sent, the file stays", true},
      {"support", "AGENCY=TEXT", "what is asked of another agency", true}};
  const Flag known = {"assignments", "N", "wait until the node knows so many"};
  const Flag delivered = {"delivered", "", "wait until nothing waits for the hub"};
  const Flag timeout = {"timeout", "TIME", "how long to wait, 30s by default"};
  std::vector<Flag> submit = report;
  submit.insert(submit.end(), {delivered, timeout});
  return {
      {"node status", "", "Says how the node and its link are doing.", {}, Status},
      {"node assignments", "", "Lists the agency's assignments.", {}, List},
      {"node acknowledge",
       "[ASSIGNMENT]",
       "Acknowledges an assignment (\"#7\" or its name).",
       {plan, {"all", "", "acknowledge all that wait for it"}, known, timeout},
       Acknowledge},
      {"node dispute",
       "ASSIGNMENT",
       "Says that an assignment is not the agency's own.",
       {plan, {"reason", "TEXT", "why; needed"}},
       Dispute},
      {"node draft", "", "Saves drafts; nothing leaves the node.", report, SaveDrafts},
      {"node submit", "", "Signs reports and sends them to the hub.", submit, Submit},
      {"node claim",
       "ASSIGNMENT",
       "Claims that the agency's part is done.",
       {plan, {"statement", "TEXT", "what was reached; needed"}},
       Claim},
      {"node inbox", "", "Lists what came from the hub.", {}, Inbox},
      {"node submissions", "", "Lists what the agency said, newest first.", {}, Submissions},
      {"node wait",
       "",
       "Waits for assignments, or for the hub's answers.",
       {known, delivered, timeout},
       Wait},
  };
}

}  // namespace duban::cli
