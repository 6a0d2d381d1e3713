#include "tests/support/office.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/gateway/v1/progress_service.grpc.pb.h"
#include "duban/node/v1/node_service.grpc.pb.h"
#include "duban/reporting/v1/reporting_service.grpc.pb.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "tests/support/calls.h"

namespace duban::tests {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr int kAskEveryMs = 20;

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    ADD_FAILURE() << value.status();
    return T();
  }
  return *std::move(value);
}

// Asks every 20 ms, for what has no stream to wait on.
template <typename F>
bool Until(F holds) {
  const absl::Time give_up = absl::Now() + kPatience;
  while (!holds()) {
    if (absl::Now() > give_up) return false;
    poll(nullptr, 0, kAskEveryMs);
  }
  return true;
}

std::string Month(absl::CivilMonth month) {
  return absl::StrFormat("%d-%02d", month.year(), month.month());
}

absl::CivilMonth ThisMonth() {
  absl::TimeZone zone;
  absl::LoadTimeZone("Asia/Shanghai", &zone);
  return absl::CivilMonth(absl::ToCivilSecond(absl::Now(), zone));
}

}  // namespace

std::string ProjectFile(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in.good()) << path << " (tests run in the project's top folder)";
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string SmallPlanText() {
  return "小区试点建设方案\n"
         "一、重点任务\n"
         "1.推进经费试点。支持单位开展试点。（责任单位：市科委、市财政局）\n"
         "2.优化准入流程。缩短办理时间。（责任单位：市卫生健康委、市科委）\n";
}

void Office::LoadRegister() {
  agency::v1::BatchCreateAgenciesRequest request;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(ProjectFile("deploy/plan/register.json"),
                                                          &request, options)
                  .ok());
  auto stub = agency::v1::AgencyService::NewStub(cluster_.Gateway("admin"));
  Must(Call<agency::v1::BatchCreateAgenciesResponse>(
      [&](auto* c, auto* r) { return stub->BatchCreateAgencies(c, request, r); }));
}

task::v1::ImportPlanResponse Office::Import(const std::string& plan_id, const std::string& text) {
  task::v1::ImportPlanRequest request;
  request.set_plan_id(plan_id);
  request.set_content(text);
  auto stub = task::v1::TaskService::NewStub(cluster_.Gateway());
  // The register reaches the task service by its feed; the import is tried until all units are known there.
  task::v1::ImportPlanResponse response;
  request.set_validate_only(true);
  EXPECT_TRUE(Until([&] {
    response = Must(Eventually<task::v1::ImportPlanResponse>(
        [&](auto* c, auto* r) { return stub->ImportPlan(c, request, r); }));
    return response.unresolved_units().empty() || ::testing::Test::HasFailure();
  }));
  request.set_validate_only(false);
  return Must(Call<task::v1::ImportPlanResponse>(
      [&](auto* c, auto* r) { return stub->ImportPlan(c, request, r); }));
}

task::v1::PlanDifference Office::EditionDifference(const std::string& plan_id,
                                                   const std::string& text) {
  task::v1::ImportPlanRequest request;
  request.set_plan_id(plan_id);
  request.set_content(text);
  request.set_validate_only(true);
  auto stub = task::v1::TaskService::NewStub(cluster_.Gateway());
  return Must(Call<task::v1::ImportPlanResponse>(
                  [&](auto* c, auto* r) { return stub->ImportPlan(c, request, r); }))
      .difference();
}

task::v1::ImportPlanResponse Office::ApplyEdition(const std::string& plan_id,
                                                  const std::string& text,
                                                  const std::string& etag) {
  task::v1::ImportPlanRequest request;
  request.set_plan_id(plan_id);
  request.set_content(text);
  request.set_difference_etag(etag);
  auto stub = task::v1::TaskService::NewStub(cluster_.Gateway());
  return Must(Call<task::v1::ImportPlanResponse>(
      [&](auto* c, auto* r) { return stub->ImportPlan(c, request, r); }));
}

void Office::Issue(const std::string& plan_id) {
  task::v1::IssuePlanRequest request;
  request.set_name("plans/" + plan_id);
  auto stub = task::v1::TaskService::NewStub(cluster_.Gateway());
  Must(Call<task::v1::IssuePlanResponse>(
      [&](auto* c, auto* r) { return stub->IssuePlan(c, request, r); }));
}

gateway::v1::PlanProgress Office::Board(const std::string& plan_id) {
  gateway::v1::GetPlanProgressRequest request;
  request.set_name("plans/" + plan_id);
  request.set_fresh(true);
  auto stub = gateway::v1::ProgressService::NewStub(cluster_.Gateway());
  return Must(Eventually<gateway::v1::PlanProgress>(
      [&](auto* c, auto* r) { return stub->GetPlanProgress(c, request, r); }));
}

gateway::v1::PlanProgress Office::BoardWhen(
    const std::string& plan_id,
    const std::function<bool(const gateway::v1::PlanProgress&)>& enough) {
  gateway::v1::WatchProgressRequest request;
  request.set_name("plans/" + plan_id);
  auto stub = gateway::v1::ProgressService::NewStub(cluster_.Gateway());
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  context.set_wait_for_ready(true);
  auto reader = stub->WatchProgress(&context, request);
  gateway::v1::PlanProgress board;
  while (reader->Read(&board)) {
    if (!enough(board)) continue;
    context.TryCancel();
    reader->Finish();
    return board;
  }
  const grpc::Status status = reader->Finish();
  ADD_FAILURE() << "the board did not get there: " << status.error_message() << "\n"
                << board.ShortDebugString();
  return board;
}

reporting::v1::Report Office::Accept(const std::string& report) {
  reporting::v1::AcceptReportRequest request;
  request.set_name(report);
  auto stub = reporting::v1::ReportingService::NewStub(cluster_.Gateway("reviewer"));
  return Must(Call<reporting::v1::Report>(
      [&](auto* c, auto* r) { return stub->AcceptReport(c, request, r); }));
}

reporting::v1::Report Office::Return(const std::string& report, const std::string& text) {
  reporting::v1::ReturnReportRequest request;
  request.set_name(report);
  request.set_reason(reporting::v1::RETURN_REASON_INCOMPLETE);
  request.set_text(text);
  auto stub = reporting::v1::ReportingService::NewStub(cluster_.Gateway("reviewer"));
  return Must(Call<reporting::v1::Report>(
      [&](auto* c, auto* r) { return stub->ReturnReport(c, request, r); }));
}

std::vector<reporting::v1::Report> Office::Reports(const std::string& plan_id) {
  reporting::v1::ListReportsRequest request;
  request.set_parent("plans/" + plan_id + "/tasks/-/assignments/-");
  auto stub = reporting::v1::ReportingService::NewStub(cluster_.Gateway("reviewer"));
  std::vector<reporting::v1::Report> reports;
  do {
    // The gateway's channel to a service that was restarted takes up to two seconds to be back.
    auto page = Must(Eventually<reporting::v1::ListReportsResponse>(
        [&](auto* c, auto* r) { return stub->ListReports(c, request, r); }));
    reports.insert(reports.end(), page.reports().begin(), page.reports().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return reports;
}

std::vector<node::v1::NodeAssignment> AgencyDesk::AssignmentsWhen(int count) {
  auto stub = node::v1::NodeService::NewStub(cluster_.Node(agency_));
  std::vector<node::v1::NodeAssignment> known;
  const bool there = Until([&] {
    known.clear();
    auto page = Must(Call<node::v1::ListAssignmentsResponse>(
        [&](auto* c, auto* r) { return stub->ListAssignments(c, {}, r); }));
    for (const auto& assignment : page.assignments()) {
      if (assignment.has_mandate() && assignment.has_status()) known.push_back(assignment);
    }
    return static_cast<int>(known.size()) >= count || ::testing::Test::HasFailure();
  });
  EXPECT_TRUE(there) << agency_ << " knows " << known.size() << " of " << count;
  return known;
}

node::v1::Submission AgencyDesk::Acknowledge(const std::string& assignment,
                                             const std::string& request_id) {
  node::v1::AcknowledgeAssignmentRequest request;
  request.set_name(assignment);
  request.set_request_id(request_id);
  auto stub = node::v1::NodeService::NewStub(cluster_.Node(agency_));
  return Must(Call<node::v1::Submission>(
      [&](auto* c, auto* r) { return stub->AcknowledgeAssignment(c, request, r); }));
}

node::v1::Submission AgencyDesk::Report(const std::string& assignment, const std::string& period,
                                        int progress_bp, const std::string& request_id) {
  node::v1::SubmitReportRequest request;
  request.mutable_content()->set_assignment(assignment);
  request.mutable_content()->set_period(period);
  request.mutable_content()->set_progress_bp(progress_bp);
  request.mutable_content()->set_done("done");
  request.set_request_id(request_id);
  auto stub = node::v1::NodeService::NewStub(cluster_.Node(agency_));
  return Must(Call<node::v1::Submission>(
      [&](auto* c, auto* r) { return stub->SubmitReport(c, request, r); }));
}

node::v1::NodeStatus AgencyDesk::Status() {
  auto stub = node::v1::NodeService::NewStub(cluster_.Node(agency_));
  return Must(Call<node::v1::NodeStatus>(
      [&](auto* c, auto* r) { return stub->GetNodeStatus(c, {}, r); }));
}

std::vector<node::v1::Submission> AgencyDesk::Submissions() {
  auto stub = node::v1::NodeService::NewStub(cluster_.Node(agency_));
  auto page = Must(Call<node::v1::ListSubmissionsResponse>(
      [&](auto* c, auto* r) { return stub->ListSubmissions(c, {}, r); }));
  return {page.submissions().begin(), page.submissions().end()};
}

std::vector<node::v1::InboxItem> AgencyDesk::Inbox() {
  auto stub = node::v1::NodeService::NewStub(cluster_.Node(agency_));
  auto page = Must(Call<node::v1::ListInboxResponse>(
      [&](auto* c, auto* r) { return stub->ListInbox(c, {}, r); }));
  return {page.items().begin(), page.items().end()};
}

void AgencyDesk::WhenDelivered() {
  node::v1::NodeStatus status;
  EXPECT_TRUE(Until([&] {
    status = Status();
    return status.backlog() == 0 || ::testing::Test::HasFailure();
  })) << status.ShortDebugString();
}

std::string LastMonth() { return Month(ThisMonth() - 1); }
std::string NextMonth() { return Month(ThisMonth() + 1); }

}  // namespace duban::tests
