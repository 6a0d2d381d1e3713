// Each process of the first plan's cluster is killed -9 in the middle of the work and started again. Afterwards everything that was
// acknowledged is there once: at the nodes, at the hub, on the board.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/node/v1/node_service.grpc.pb.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "tests/support/calls.h"
#include "tests/support/cluster.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

constexpr int kFirstYear = 2001;
constexpr int kBetweenKills = 12;  // pieces of work acknowledged before each kill, and after each restart

std::string Period(int n) { return absl::StrFormat("%d-%02d", kFirstYear + n / 12, n % 12 + 1); }

// Agencies that report, and an office that changes the register and the plan, until they are told to stop. What was acknowledged is
// written down; what failed is tried again with the same id, as a client would.
class Work {
 public:
  Work(Cluster& cluster, std::vector<std::string> assignments, std::string task)
      : cluster_(cluster), assignments_(std::move(assignments)), task_(std::move(task)) {}

  void Start() {
    threads_.emplace_back([this] { Agencies(); });
    threads_.emplace_back([this] { Register(); });
    threads_.emplace_back([this] { Mandate(); });
  }

  void Stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // Returns when `more` further pieces were acknowledged; false after a minute without.
  bool Await(int more) {
    absl::MutexLock lock(&mutex_);
    const int goal = acknowledged_ + more;
    auto there = [this, goal]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return acknowledged_ >= goal;
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&there), absl::Minutes(1));
  }

  std::map<std::string, int> reports() const { return reports_; }  // per "assignment/period"
  std::string english_name() const { return english_name_; }
  std::string theme() const { return theme_; }
  int acknowledged() {
    absl::MutexLock lock(&mutex_);
    return acknowledged_;
  }

 private:
  void Done() {
    absl::MutexLock lock(&mutex_);
    ++acknowledged_;
  }

  // Tries until it is acknowledged, or the work stops.
  template <typename Response, typename F>
  bool Keep(F call) {
    while (!stop_) {
      auto response = Call<Response>(call, absl::Seconds(3));
      if (response.ok()) {
        Done();
        return true;
      }
      if (!absl::IsUnavailable(response.status()) &&
          !absl::IsDeadlineExceeded(response.status()) &&
          !absl::IsPermissionDenied(response.status())) {
        ADD_FAILURE() << response.status();
        return false;
      }
    }
    return false;
  }

  void Agencies() {
    std::map<std::string, std::unique_ptr<node::v1::NodeService::Stub>> stubs;
    for (int n = 0; !stop_; ++n) {
      const std::string& assignment = assignments_[n % assignments_.size()];
      const std::string agency = assignment.substr(assignment.rfind('/') + 1);
      auto& stub = stubs[agency];
      if (!stub) stub = node::v1::NodeService::NewStub(cluster_.Node(agency));
      node::v1::SubmitReportRequest request;
      request.mutable_content()->set_assignment(assignment);
      request.mutable_content()->set_period(Period(n / static_cast<int>(assignments_.size())));
      request.mutable_content()->set_progress_bp(n % 10'001);
      request.set_request_id(absl::StrCat("r-", n));
      // A node that is away does not hold up the others: what it did not acknowledge is not counted.
      auto response = Call<node::v1::Submission>(
          [&](auto* c, auto* r) {
            c->set_wait_for_ready(false);
            return stub->SubmitReport(c, request, r);
          },
          absl::Seconds(5));
      if (response.ok()) {
        ++reports_[absl::StrCat(assignment, "/", request.content().period())];
        Done();
      } else if (!absl::IsUnavailable(response.status()) &&
                 !absl::IsDeadlineExceeded(response.status())) {
        ADD_FAILURE() << response.status();
      }
    }
  }

  void Register() {
    auto stub = agency::v1::AgencyService::NewStub(cluster_.Gateway("admin"));
    for (int n = 0; !stop_; ++n) {
      agency::v1::GetAgencyRequest get;
      get.set_name("agencies/finance");
      auto agency = Call<agency::v1::Agency>(
          [&](auto* c, auto* r) { return stub->GetAgency(c, get, r); }, absl::Seconds(3));
      if (!agency.ok()) continue;
      agency::v1::UpdateAgencyRequest request;
      *request.mutable_agency() = *agency;
      request.mutable_agency()->clear_revision();
      request.mutable_agency()->set_english_name(absl::StrCat("Finance ", n));
      if (Keep<agency::v1::Agency>(
              [&](auto* c, auto* r) { return stub->UpdateAgency(c, request, r); })) {
        english_name_ = request.agency().english_name();
      }
    }
  }

  void Mandate() {
    auto stub = task::v1::TaskService::NewStub(cluster_.Gateway());
    for (int n = 0; !stop_; ++n) {
      task::v1::UpdateBreakdownRequest request;
      request.set_name(task_);
      request.set_theme(absl::StrCat("theme ", n));
      if (Keep<task::v1::Task>(
              [&](auto* c, auto* r) { return stub->UpdateBreakdown(c, request, r); })) {
        theme_ = request.theme();
      }
    }
  }

  Cluster& cluster_;
  const std::vector<std::string> assignments_;
  const std::string task_;
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
  std::map<std::string, int> reports_;
  std::string english_name_, theme_;
  absl::Mutex mutex_;
  int acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Number at the end of "theme 17".
int Counter(const std::string& text) {
  return std::stoi(std::vector<std::string>(absl::StrSplit(text, ' ')).back());
}

TEST(KillTest, EachOfThe22ProcessesDiesInTheMiddleOfTheWorkAndNothingIsLostOrDoubled) {
  Cluster cluster(Mode::kProcesses);
  Office office(cluster);
  office.LoadRegister();
  auto imported = office.Import("xuhui", ProjectFile("deploy/plan/xuhui.txt"));
  office.Issue("xuhui");
  std::vector<std::string> assignments;
  std::map<std::string, int> per_agency;
  for (const auto& assignment : imported.assignments()) {
    assignments.push_back(assignment.name());
    ++per_agency[assignment.name().substr(assignment.name().rfind('/') + 1)];
  }
  ASSERT_EQ(assignments.size(), 42u);
  for (const auto& [agency, count] : per_agency) cluster.AddNode(agency);
  for (const auto& [agency, count] : per_agency) {
    AgencyDesk desk(cluster, agency);
    for (const auto& assignment : desk.AssignmentsWhen(count)) desk.Acknowledge(assignment.name());
  }
  ASSERT_EQ(cluster.part_names().size(), 22u);

  Work work(cluster, assignments, imported.tasks(0).name());
  work.Start();
  int killed = 0;
  for (const std::string& name : cluster.part_names()) {
    ASSERT_TRUE(work.Await(kBetweenKills)) << "before " << name << " was killed";
    cluster.part(name).Kill();
    ASSERT_FALSE(cluster.part(name).running());
    const absl::Status started = cluster.part(name).Start();
    ASSERT_TRUE(started.ok()) << name << ": " << started;
    ++killed;
  }
  ASSERT_TRUE(work.Await(kBetweenKills)) << "after the last";
  work.Stop();
  EXPECT_EQ(killed, 22);

  std::map<std::string, int> at_hub;
  for (const auto& [agency, count] : per_agency) {
    AgencyDesk(cluster, agency).WhenDelivered();
    for (const auto& submission : AgencyDesk(cluster, agency).Submissions()) {
      EXPECT_EQ(submission.state(), node::v1::SUBMISSION_STATE_ACCEPTED)
          << submission.ShortDebugString();
    }
  }
  for (const auto& report : office.Reports("xuhui")) {
    EXPECT_EQ(report.version(), 1) << report.name();
    ++at_hub[absl::StrCat(report.content().assignment(), "/", report.content().period())];
  }
  int lost = 0, doubled = 0;
  for (const auto& [key, count] : work.reports()) lost += at_hub[key] == 0;
  for (const auto& [key, count] : at_hub) doubled += count > 1;
  printf("killed %d, acknowledged %d (of them reports %zu), at the hub %zu, lost %d, doubled %d\n",
         killed, work.acknowledged(), work.reports().size(), at_hub.size(), lost, doubled);
  EXPECT_GE(work.reports().size(), static_cast<size_t>(killed));
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(doubled, 0);

  // The last acknowledged change is there, or a later one whose answer was lost.
  auto agencies = agency::v1::AgencyService::NewStub(cluster.Gateway("admin"));
  agency::v1::GetAgencyRequest get_agency;
  get_agency.set_name("agencies/finance");
  auto agency = Call<agency::v1::Agency>(
      [&](auto* c, auto* r) { return agencies->GetAgency(c, get_agency, r); });
  ASSERT_TRUE(agency.ok()) << agency.status();
  EXPECT_GE(Counter(agency->english_name()), Counter(work.english_name()));
  auto tasks = task::v1::TaskService::NewStub(cluster.Gateway());
  task::v1::GetTaskRequest get_task;
  get_task.set_name(imported.tasks(0).name());
  auto task = Call<task::v1::Task>([&](auto* c, auto* r) { return tasks->GetTask(c, get_task, r); });
  ASSERT_TRUE(task.ok()) << task.status();
  EXPECT_GE(Counter(task->theme()), Counter(work.theme()));
  auto board = office.Board("xuhui");
  EXPECT_EQ(board.assignment_count(), 42);
  EXPECT_EQ(board.progress().reported().with_data(), board.progress().reported().total());
}

}  // namespace
}  // namespace duban::tests
