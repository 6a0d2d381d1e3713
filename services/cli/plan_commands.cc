#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "services/cli/command.h"
#include "services/cli/hub_data.h"
#include "services/cli/plan_header.h"
#include "services/cli/session.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"

namespace duban::cli {
namespace {

namespace tsk = duban::task::v1;

absl::StatusOr<tsk::Plan> GetPlan(Session& session, const Channel& channel,
                                  const std::string& name) {
  const auto stub = tsk::TaskService::NewStub(channel);
  tsk::GetPlanRequest request;
  request.set_name(name);
  return session.Call<tsk::Plan>([&](auto* c, auto* r) { return stub->GetPlan(c, request, r); });
}

absl::Status Show(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string name, PlanNameOf(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(const tsk::Plan plan, GetPlan(session, channel, name));
  if (session.json()) return session.PrintJson(plan);
  const auto line = [&](const char* title, const std::string& text) {
    if (!text.empty()) session.out() << title << ": " << Printable(text) << "\n";
  };
  session.out() << Paint(Printable(plan.title()), Colour::kBold, session.style()) << "\n";
  line("Name", plan.name());
  line("Document number", plan.document_number());
  line("Issuer", plan.issuer());
  line("Issued", plan.issue_date());
  line("In force from", plan.effective_date());
  line("Printed", plan.print_date());
  line("Positioning", plan.positioning());
  line("Areas", AreasText(plan));
  line("Area in all", AreaText(plan.total_area_milli_km2()));
  line("Reports", absl::StrCat(EnumName(*tsk::ReportingCycle_descriptor(), plan.reporting_cycle(),
                                        "REPORTING_CYCLE_"),
                               ", ", plan.time_zone()));
  line("Tasks", absl::StrCat(plan.task_count()));
  line("Edition", absl::StrCat(std::max(1, plan.edition())));
  line("Original", absl::StrCat(plan.source_bytes(), " bytes, SHA-256 ", plan.source_sha256()));
  for (const tsk::PrintedIndicator& indicator : plan.printed_indicators()) {
    line("Indicator", IndicatorText(indicator));
  }
  return absl::OkStatus();
}

absl::Status List(Session& session, const Args&) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = tsk::TaskService::NewStub(channel);
  tsk::ListPlansRequest request;
  tsk::ListPlansResponse all;
  DUBAN_RETURN_IF_ERROR(ForEachPage<tsk::ListPlansResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context, tsk::ListPlansResponse* page) {
        request.set_page_token(token);
        return stub->ListPlans(context, request, page);
      },
      [&](tsk::ListPlansResponse& page) { all.mutable_plans()->MergeFrom(page.plans()); }));
  if (session.json()) return session.PrintJson(all);
  Table table({{"Plan"}, {.title = "Title", .flexible = true}, {.title = "Tasks", .right = true}});
  for (const tsk::Plan& plan : all.plans()) {
    table.Add({{IdOf(plan.name())}, {Printable(plan.title())}, {absl::StrCat(plan.task_count())}});
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

absl::Status Source(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string name, PlanNameOf(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = tsk::TaskService::NewStub(channel);
  tsk::GetPlanSourceRequest request;
  request.set_name(absl::StrCat(name, "/source"));
  int edition = 0;
  if (args.has("edition") && !absl::SimpleAtoi(args.get("edition"), &edition)) {
    return UsageError("--edition is a number from 1");
  }
  request.set_edition(edition);
  DUBAN_ASSIGN_OR_RETURN(const auto source, session.Call<tsk::PlanSource>([&](auto* c, auto* r) {
    return stub->GetPlanSource(c, request, r);
  }));
  if (session.json()) return session.PrintJson(source);
  session.out() << source.content();
  return absl::OkStatus();
}

absl::Status Issue(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string name, PlanNameOf(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = tsk::TaskService::NewStub(channel);
  tsk::IssuePlanRequest request;
  request.set_name(name);
  DUBAN_ASSIGN_OR_RETURN(const auto response,
                         session.Call<tsk::IssuePlanResponse>(
                             [&](auto* c, auto* r) { return stub->IssuePlan(c, request, r); }));
  if (session.json()) return session.PrintJson(response);
  session.out() << "Issued " << response.issued() << " tasks\n";
  for (const std::string& task : response.without_agency()) {
    session.out() << "Not issued, no agency is resolved: " << task << "\n";
  }
  return absl::OkStatus();
}

// One line per assignment: number of the task, id of the agency. Made for scripts.
absl::Status Pairs(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string name, PlanNameOf(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(const auto tasks, ListTasks(session, channel, name));
  DUBAN_ASSIGN_OR_RETURN(const auto assignments, ListAssignments(session, channel, name));
  std::multimap<std::string, std::string> agencies_of;
  for (const tsk::Assignment& assignment : assignments) {
    DUBAN_ASSIGN_OR_RETURN(const AssignmentName parsed, AssignmentName::Parse(assignment.name()));
    agencies_of.emplace(parsed.task_name().ToString(), parsed.agency);
  }
  for (const tsk::Task& task : tasks) {
    if (task.dropped_in_edition() != 0) continue;
    const auto [begin, end] = agencies_of.equal_range(task.name());
    for (auto it = begin; it != end; ++it) {
      session.out() << task.number() << " " << it->second << "\n";
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> PlanCommands() {
  return {
      {"plan show", "PLAN", "Shows a plan.", {}, Show},
      {"plan list", "", "Lists plans.", {}, List},
      {"plan source",
       "PLAN",
       "Writes the original bytes to standard output.",
       {{"edition", "N", "of which edition; the newest by default"}},
       Source},
      {"plan issue", "PLAN", "Issues every task that has an agency.", {}, Issue},
      {"plan pairs",
       "PLAN",
       "Prints \"NUMBER AGENCY\" for each assignment, for scripts.",
       {},
       Pairs},
  };
}

}  // namespace duban::cli
