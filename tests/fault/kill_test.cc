// Each process of the first plan's cluster is killed -9 in the middle of the work and started
// again. Afterwards everything that was acknowledged is there once: at the nodes, at the hub, on
// the board.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/node/v1/node_service.grpc.pb.h"
#include "duban/reporting/v1/reporting_service.grpc.pb.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "tests/support/calls.h"
#include "tests/support/cluster.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

constexpr int kFirstYear = 2001;
constexpr int kBetweenKills = 12;  // pieces of work acknowledged before a kill, while a process is
                                   // away, and after its restart
constexpr int kFullRounds = 10;    // with DUBAN_FULL; 22 kills each
constexpr int kAskEveryMs = 20;

std::string Period(int n) { return absl::StrFormat("%d-%02d", kFirstYear + n / 12, n % 12 + 1); }

// Agencies that report, each on a thread of its own, a reviewer who rules on what they reported,
// and an office that changes the register and the plan, until they are told to stop. What was
// acknowledged is written down; what failed is tried again with the same id and content, as a
// client would. Pieces of work are of a kind: an agency's id, "review", "register" or "mandate".
class Work {
 public:
  Work(Cluster& cluster, std::map<std::string, std::vector<std::string>> assignments,
       std::string task)
      : cluster_(cluster), assignments_(std::move(assignments)), task_(std::move(task)) {}

  void Start() {
    for (const auto& [agency, names] : assignments_) {
      threads_.emplace_back([this, agency = agency, names = names] { Agency(agency, names); });
    }
    threads_.emplace_back([this] { Reviewer(); });
    threads_.emplace_back([this] { Register(); });
    threads_.emplace_back([this] { Mandate(); });
  }

  void Stop() {
    {
      absl::MutexLock lock(&mutex_);
      stop_ = true;
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // Lets every agency report once more and returns when `more` further pieces were acknowledged, at
  // least one of `kind` among them unless it is empty; false after a minute without.
  bool Await(int more, const std::string& kind = "") {
    absl::MutexLock lock(&mutex_);
    AllowOneMore();
    const int goal = acknowledged_ + more, kind_goal = done_[kind] + (kind.empty() ? 0 : 1);
    auto there = [this, goal, &kind, kind_goal]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return acknowledged_ >= goal && done_[kind] >= kind_goal;
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&there), absl::Minutes(1));
  }

  // Lets every agency report once more and returns when a call of `kind` was begun; false after a
  // minute without.
  bool AwaitCall(const std::string& kind) {
    absl::MutexLock lock(&mutex_);
    AllowOneMore();
    const int goal = begun_[kind] + 1;
    auto there = [this, goal, &kind]()
                     ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return begun_[kind] >= goal; };
    return mutex_.AwaitWithTimeout(absl::Condition(&there), absl::Minutes(1));
  }

  // After Stop: what was acknowledged. Reports per "assignment/reports/period@1"; reviews by the
  // same, with the state that they make.
  const std::set<std::string>& reports() const { return reports_; }
  const std::map<std::string, reporting::v1::ReportState>& reviews() const { return reviews_; }
  const std::string& english_name() const { return english_name_; }
  const std::string& theme() const { return theme_; }
  int acknowledged() {
    absl::MutexLock lock(&mutex_);
    return acknowledged_;
  }
  // Calls whose outcome the caller did not learn, and which were made again.
  int tried_again() const { return tried_again_; }

 private:
  void AllowOneMore() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const auto& [agency, names] : assignments_) allowed_[agency] = done_[agency] + 1;
  }

  void Done(const std::string& kind) {
    absl::MutexLock lock(&mutex_);
    ++acknowledged_;
    ++done_[kind];
  }

  bool stopped() {
    absl::MutexLock lock(&mutex_);
    return stop_;
  }

  // Tries until it is acknowledged, or the work stops. `expected(status, unsure)`: OK for an error
  // that says that an earlier try, whose answer was lost, succeeded (`unsure`: there was one);
  // UNAVAILABLE for one after which to try again.
  using Expected = std::function<absl::Status(const absl::Status&, bool)>;
  template <typename Response, typename F>
  bool Keep(const std::string& kind, F call, const Expected& expected = {}) {
    bool unsure = false;
    while (!stopped()) {
      {
        absl::MutexLock lock(&mutex_);
        ++begun_[kind];
      }
      absl::Status status = Call<Response>(call, absl::Seconds(3)).status();
      const bool lost = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
      if (expected && !status.ok() && !lost) status = expected(status, unsure);
      if (status.ok()) {
        Done(kind);
        return true;
      }
      unsure = unsure || lost;
      tried_again_ += lost ? 1 : 0;
      if (!lost && !absl::IsUnavailable(status) && !absl::IsPermissionDenied(status)) {
        ADD_FAILURE() << kind << ": " << status;
        return false;
      }
      if (!lost) poll(nullptr, 0, kAskEveryMs);
    }
    return false;
  }

  // Waits until the agency may report; false when the work stops.
  bool MayReport(const std::string& agency) {
    absl::MutexLock lock(&mutex_);
    auto may = [this, &agency]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return stop_ || done_[agency] < allowed_[agency];
    };
    mutex_.Await(absl::Condition(&may));
    return !stop_;
  }

  void Agency(const std::string& agency, const std::vector<std::string>& assignments) {
    auto stub = node::v1::NodeService::NewStub(cluster_.Node(agency));
    const int count = static_cast<int>(assignments.size());
    for (int n = 0; MayReport(agency); ++n) {
      node::v1::SubmitReportRequest request;
      request.mutable_content()->set_assignment(assignments[n % count]);
      request.mutable_content()->set_period(Period(n / count));
      request.mutable_content()->set_progress_bp(n % 10'001);
      request.set_request_id(absl::StrCat("r-", n));
      if (!Keep<node::v1::Submission>(
              agency, [&](auto* c, auto* r) { return stub->SubmitReport(c, request, r); })) {
        continue;
      }
      const std::string report = absl::StrCat(request.content().assignment(), "/reports/",
                                              request.content().period(), "@1");
      absl::MutexLock lock(&mutex_);
      reports_.insert(report);
      to_review_.push_back(report);
    }
  }

  // A report that waits for review; empty when the work stops.
  std::string NextToReview() {
    absl::MutexLock lock(&mutex_);
    auto any = [this]()
                   ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stop_ || !to_review_.empty(); };
    mutex_.Await(absl::Condition(&any));
    if (stop_) return "";
    std::string report = std::move(to_review_.front());
    to_review_.pop_front();
    return report;
  }

  // Accepts and returns by turns.
  void Reviewer() {
    auto stub = reporting::v1::ReportingService::NewStub(cluster_.Gateway("reviewer"));
    const Expected expected = [](const absl::Status& status, bool unsure) {
      const std::string reason = ErrorReason(status);
      if (reason == "REPORT_NOT_FOUND") return absl::UnavailableError("on its way to the hub");
      return unsure && reason == "ILLEGAL_TRANSITION" ? absl::OkStatus() : status;
    };
    for (int n = 0;; ++n) {
      const std::string report = NextToReview();
      if (report.empty()) return;
      const bool accept = n % 2 == 0;
      reporting::v1::AcceptReportRequest accepting;
      accepting.set_name(report);
      reporting::v1::ReturnReportRequest returning;
      returning.set_name(report);
      returning.set_reason(reporting::v1::RETURN_REASON_INCOMPLETE);
      returning.set_text("say more");
      const auto call = [&](auto* c, auto* r) {
        return accept ? stub->AcceptReport(c, accepting, r) : stub->ReturnReport(c, returning, r);
      };
      if (Keep<reporting::v1::Report>("review", call, expected)) {
        reviews_[report] =
            accept ? reporting::v1::REPORT_STATE_ACCEPTED : reporting::v1::REPORT_STATE_RETURNED;
      }
    }
  }

  void Register() {
    auto stub = agency::v1::AgencyService::NewStub(cluster_.Gateway("admin"));
    for (int n = 0; !stopped(); ++n) {
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
              "register", [&](auto* c, auto* r) { return stub->UpdateAgency(c, request, r); })) {
        english_name_ = request.agency().english_name();
      }
    }
  }

  void Mandate() {
    auto stub = task::v1::TaskService::NewStub(cluster_.Gateway());
    for (int n = 0; !stopped(); ++n) {
      task::v1::UpdateBreakdownRequest request;
      request.set_name(task_);
      request.set_theme(absl::StrCat("theme ", n));
      request.set_reason("the kill test");
      if (Keep<task::v1::Task>(
              "mandate", [&](auto* c, auto* r) { return stub->UpdateBreakdown(c, request, r); })) {
        theme_ = request.theme();
      }
    }
  }

  Cluster& cluster_;
  const std::map<std::string, std::vector<std::string>> assignments_;  // of each agency
  const std::string task_;
  std::vector<std::thread> threads_;
  std::atomic<int> tried_again_ = 0;
  std::map<std::string, reporting::v1::ReportState> reviews_;  // the reviewer's
  std::string english_name_, theme_;
  absl::Mutex mutex_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  int acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int> begun_ ABSL_GUARDED_BY(mutex_), done_ ABSL_GUARDED_BY(mutex_),
      allowed_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> reports_;
  std::deque<std::string> to_review_ ABSL_GUARDED_BY(mutex_);
};

// The kind of work that cannot go on without the part.
std::string KindAt(const std::string& part) {
  if (part == "agency") return "register";
  if (part == "task") return "mandate";
  if (part == "reporting" || part == "gateway") return "review";
  return std::string(absl::StripPrefix(part, "node-"));
}

// Kills the part while a call that needs it is under way, lets the others work without it, and
// starts it again.
void KillInTheMiddle(Cluster& cluster, Work& work, const std::string& name) {
  const std::string kind = KindAt(name);
  ASSERT_TRUE(work.Await(kBetweenKills, kind)) << "before " << name << " was killed";
  ASSERT_TRUE(work.AwaitCall(kind)) << name;
  cluster.part(name).Kill();
  ASSERT_FALSE(cluster.part(name).running());
  ASSERT_TRUE(work.Await(kBetweenKills)) << "without " << name;
  const absl::Status started = cluster.part(name).Start();
  ASSERT_TRUE(started.ok()) << name << ": " << started;
  ASSERT_TRUE(work.Await(kBetweenKills, kind)) << "after the restart of " << name;
}

struct Count {
  int killed = 0, acknowledged = 0, tried_again = 0, reports = 0, reviews = 0, at_hub = 0, lost = 0,
      doubled = 0;
};

// Number at the end of "theme 17".
int Counter(const std::string& text) {
  return std::stoi(std::vector<std::string>(absl::StrSplit(text, ' ')).back());
}

void KillEach(Count& count) {
  Cluster cluster(Mode::kProcesses);
  Office office(cluster);
  office.LoadRegister();
  auto imported = office.Import("xuhui", ProjectFile("deploy/plan/xuhui.txt"));
  office.Issue("xuhui");
  std::map<std::string, std::vector<std::string>> assignments;
  for (const auto& assignment : imported.assignments()) {
    assignments[assignment.name().substr(assignment.name().rfind('/') + 1)].push_back(
        assignment.name());
  }
  ASSERT_EQ(imported.assignments_size(), 42);
  for (const auto& [agency, names] : assignments) cluster.AddNode(agency);
  for (const auto& [agency, names] : assignments) {
    AgencyDesk desk(cluster, agency);
    for (const auto& assignment : desk.AssignmentsWhen(static_cast<int>(names.size()))) {
      desk.Acknowledge(assignment.name());
    }
  }
  ASSERT_EQ(cluster.part_names().size(), 22u);

  Work work(cluster, assignments, imported.tasks(0).name());
  work.Start();
  for (const std::string& name : cluster.part_names()) {
    KillInTheMiddle(cluster, work, name);
    if (::testing::Test::HasFailure()) break;
    ++count.killed;
  }
  work.Stop();
  if (::testing::Test::HasFailure()) return;

  for (const auto& [agency, names] : assignments) {
    AgencyDesk(cluster, agency).WhenDelivered();
    for (const auto& submission : AgencyDesk(cluster, agency).Submissions()) {
      EXPECT_EQ(submission.state(), node::v1::SUBMISSION_STATE_ACCEPTED)
          << submission.ShortDebugString();
    }
  }
  std::map<std::string, int> at_hub;  // versions per assignment and period
  std::map<std::string, reporting::v1::ReportState> states;
  for (const auto& report : office.Reports("xuhui")) {
    EXPECT_EQ(report.version(), 1) << report.name();
    ++at_hub[absl::StrCat(report.content().assignment(), "/reports/", report.content().period(),
                          "@1")];
    states[report.name()] = report.state();
  }
  for (const std::string& report : work.reports()) count.lost += at_hub[report] == 0;
  for (const auto& [report, state] : work.reviews()) {
    EXPECT_EQ(states[report], state) << report;
    count.lost += states[report] != state;
  }
  for (const auto& [report, versions] : at_hub) count.doubled += versions > 1;
  count.acknowledged += work.acknowledged();
  count.tried_again += work.tried_again();
  count.reports += static_cast<int>(work.reports().size());
  count.reviews += static_cast<int>(work.reviews().size());
  count.at_hub += static_cast<int>(states.size());

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
  auto task =
      Call<task::v1::Task>([&](auto* c, auto* r) { return tasks->GetTask(c, get_task, r); });
  ASSERT_TRUE(task.ok()) << task.status();
  EXPECT_GE(Counter(task->theme()), Counter(work.theme()));
  auto board = office.Board("xuhui");
  EXPECT_EQ(board.assignment_count(), 42);
  EXPECT_EQ(board.progress().reported().with_data(), board.progress().reported().total());
}

TEST(KillTest, EachOfThe22ProcessesDiesInTheMiddleOfTheWorkAndNothingIsLostOrDoubled) {
  const int rounds = getenv("DUBAN_FULL") != nullptr ? kFullRounds : 1;
  Count count;
  for (int round = 0; round < rounds && !HasFailure(); ++round) KillEach(count);
  printf(
      "killed %d, acknowledged %d (reports %d, reviews %d), tried again %d, reports at the hub %d, "
      "lost %d, doubled %d\n",
      count.killed, count.acknowledged, count.reports, count.reviews, count.tried_again,
      count.at_hub, count.lost, count.doubled);
  EXPECT_EQ(count.killed, 22 * rounds);
  EXPECT_GE(count.tried_again, count.killed);
  EXPECT_GE(count.reports, count.killed);
  EXPECT_GE(count.reviews, rounds);
  EXPECT_EQ(count.lost, 0);
  EXPECT_EQ(count.doubled, 0);
}

}  // namespace
}  // namespace duban::tests
