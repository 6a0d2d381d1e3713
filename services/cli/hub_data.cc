#include "services/cli/hub_data.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/reporting/v1/reporting_service.grpc.pb.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"

namespace duban::cli {
namespace {

namespace agn = duban::agency::v1;
namespace rep = duban::reporting::v1;
namespace tsk = duban::task::v1;

template <typename Item, typename Repeated>
void Append(std::vector<Item>& items, Repeated& more) {
  for (auto& item : more) items.push_back(std::move(item));
}

}  // namespace

std::string IdOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

absl::StatusOr<std::string> PlanNameOf(const std::string& id_or_name) {
  if (IsValidId(id_or_name)) return absl::StrCat("plans/", id_or_name);
  if (PlanName::Parse(id_or_name).ok()) return id_or_name;
  return UsageError(absl::StrCat("\"", id_or_name, "\" is no plan id: [a-z0-9-], 1 to 40"));
}

absl::StatusOr<std::vector<tsk::Task>> ListTasks(Session& session, const Channel& channel,
                                                 const std::string& plan_name) {
  const auto stub = tsk::TaskService::NewStub(channel);
  std::vector<tsk::Task> tasks;
  tsk::ListTasksRequest request;
  request.set_parent(plan_name);
  DUBAN_RETURN_IF_ERROR(ForEachPage<tsk::ListTasksResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context, tsk::ListTasksResponse* page) {
        request.set_page_token(token);
        return stub->ListTasks(context, request, page);
      },
      [&](tsk::ListTasksResponse& page) { Append(tasks, *page.mutable_tasks()); }));
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const tsk::Task& a, const tsk::Task& b) { return a.order() < b.order(); });
  return tasks;
}

absl::StatusOr<std::vector<tsk::Assignment>> ListAssignments(Session& session,
                                                             const Channel& channel,
                                                             const std::string& plan_name) {
  const auto stub = tsk::TaskService::NewStub(channel);
  std::vector<tsk::Assignment> assignments;
  tsk::ListAssignmentsRequest request;
  request.set_parent(absl::StrCat(plan_name, "/tasks/-"));
  DUBAN_RETURN_IF_ERROR(ForEachPage<tsk::ListAssignmentsResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context,
          tsk::ListAssignmentsResponse* page) {
        request.set_page_token(token);
        return stub->ListAssignments(context, request, page);
      },
      [&](tsk::ListAssignmentsResponse& page) {
        Append(assignments, *page.mutable_assignments());
      }));
  assignments.erase(std::remove_if(assignments.begin(), assignments.end(),
                                   [](const tsk::Assignment& a) { return a.removed(); }),
                    assignments.end());
  std::stable_sort(assignments.begin(), assignments.end(),
                   [](const auto& a, const auto& b) { return a.order() < b.order(); });
  return assignments;
}

absl::StatusOr<std::vector<rep::Report>> ListNewestReports(Session& session, const Channel& channel,
                                                           const std::string& plan_name) {
  const auto stub = rep::ReportingService::NewStub(channel);
  std::map<std::string, rep::Report> newest;
  rep::ListReportsRequest request;
  request.set_parent(absl::StrCat(plan_name, "/tasks/-/assignments/-"));
  DUBAN_RETURN_IF_ERROR(ForEachPage<rep::ListReportsResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context, rep::ListReportsResponse* page) {
        request.set_page_token(token);
        return stub->ListReports(context, request, page);
      },
      [&](rep::ListReportsResponse& page) {
        for (rep::Report& report : *page.mutable_reports()) {
          rep::Report& known = newest[report.content().assignment()];
          if (std::pair(report.content().period(), report.version()) >=
              std::pair(known.content().period(), known.version())) {
            known = std::move(report);
          }
        }
      }));
  std::vector<rep::Report> reports;
  for (auto& [assignment, report] : newest) reports.push_back(std::move(report));
  return reports;
}

absl::StatusOr<std::vector<agn::Agency>> ListAgencies(Session& session, const Channel& channel) {
  const auto stub = agn::AgencyService::NewStub(channel);
  std::vector<agn::Agency> agencies;
  agn::ListAgenciesRequest request;
  DUBAN_RETURN_IF_ERROR(ForEachPage<agn::ListAgenciesResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context, agn::ListAgenciesResponse* page) {
        request.set_page_token(token);
        return stub->ListAgencies(context, request, page);
      },
      [&](agn::ListAgenciesResponse& page) { Append(agencies, *page.mutable_agencies()); }));
  return agencies;
}

absl::StatusOr<agn::Agency> AddAlias(Session& session, const Channel& channel,
                                     const std::string& agency_name, const std::string& alias) {
  const auto stub = agn::AgencyService::NewStub(channel);
  agn::AddAliasRequest request;
  request.set_name(agency_name);
  request.set_alias(alias);
  return session.Call<agn::Agency>([&](auto* c, auto* r) { return stub->AddAlias(c, request, r); });
}

absl::Status LearnName(Session& session, const Channel& channel, const std::string& agency_name,
                       const std::string& alias) {
  const absl::Status added = AddAlias(session, channel, agency_name, alias).status();
  if (!added.ok()) {
    std::cerr << "duban: that is done, but " << agency_name << " did not get the name "
              << Printable(alias) << ": " << Printable(added.message()) << "\n";
  } else if (!session.json()) {
    session.out() << agency_name << " has the name " << Printable(alias) << "\n";
  }
  return added;
}

std::map<std::string, std::string> ShortNames(const std::vector<agn::Agency>& agencies) {
  std::map<std::string, std::string> names;
  for (const agn::Agency& agency : agencies) {
    names[IdOf(agency.name())] =
        agency.short_name().empty() ? agency.full_name() : agency.short_name();
  }
  return names;
}

absl::StatusOr<tsk::Task> FindTask(const std::vector<tsk::Task>& tasks, const std::string& what) {
  absl::string_view number = what;
  const bool by_number = absl::ConsumePrefix(&number, "#");
  std::vector<const tsk::Task*> found;
  for (const tsk::Task& task : tasks) {
    const bool same = by_number ? task.number() == number && task.dropped_in_edition() == 0
                                : task.name() == what || IdOf(task.name()) == what;
    if (same) found.push_back(&task);
  }
  if (found.size() == 1) return *found.front();
  if (found.empty()) {
    return UsageError(absl::StrCat("there is no task \"", what,
                                   "\" in this plan; a task is \"#7\" by its number, or its id"));
  }
  return UsageError(
      absl::StrCat("several tasks have the number \"", number, "\": say which by its id: ",
                   absl::StrJoin(found, ", ", [](std::string* out, const tsk::Task* task) {
                     absl::StrAppend(out, IdOf(task->name()));
                   })));
}

}  // namespace duban::cli
