// ReportingService does what its comments say: every documented error, and the right call beside
// it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "duban/common/v1/feed.pb.h"
#include "duban/node/v1/node.pb.h"
#include "duban/reporting/v1/reporting_service.pb.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

constexpr char kService[] = "duban.reporting.v1.ReportingService";
constexpr char kNowhere[] = "plans/nothere/tasks/t-nothere/assignments/finance";

std::string Named(const std::string& name, const std::string& more = "") {
  return absl::Substitute("name: \"$0\" $1", name, more);
}

class ReportingTest : public ::testing::TestWithParam<Mode> {
 protected:
  // Issues a plan of its own and answers the agency's assignments, when its node knows them.
  std::vector<std::string> Issue(const std::string& plan, const std::string& agency) {
    Office office(hub_);
    std::vector<std::string> own;
    const auto import = office.Import(plan, SmallPlanText());
    office.Issue(plan);
    Door node(GetParam(), "duban.node.v1.NodeService", hub_.Node(agency));
    for (const auto& assignment : import.assignments()) {
      if (!absl::EndsWith(assignment.name(), "/" + agency)) continue;
      own.push_back(assignment.name());
      node.WhenAccepts("GetAssignment", Named(own.back()), [](const std::string& bytes) {
        node::v1::NodeAssignment known;
        return known.ParseFromString(bytes) && known.has_mandate() && known.has_status();
      });
    }
    return own;
  }

  Cluster& hub_ = SharedHub(GetParam());
  Door supervisor_{GetParam(), kService, hub_.Gateway()};
  Door reviewer_{GetParam(), kService, hub_.Gateway("reviewer")};
  Door inside_{GetParam(), kService, hub_.Connect("reporting", hub_.pki().IssueHub("gateway"))};
  AgencyDesk desk_{hub_, "finance"};
};

TEST_P(ReportingTest, ReviewsWhatWasSubmittedAndNothingElse) {
  const std::string assignment = Issue("reviews", "finance").at(0);
  const std::string report = absl::StrCat(assignment, "/reports/", LastMonth(), "@1");
  const std::string why = "reason: \"new figures\"";
  const std::string back = "reason: RETURN_REASON_INCOMPLETE text: \"explain the figure\"";
  desk_.Acknowledge(assignment);
  desk_.Report(assignment, LastMonth(), 4000);
  desk_.WhenDelivered();
  struct Review {
    const Door& door;
    std::string method, arguments;
  };
  for (const Review& review : std::vector<Review>{{reviewer_, "AcceptReport", ""},
                                                  {reviewer_, "ReturnReport", back},
                                                  {supervisor_, "ReopenReport", why},
                                                  {supervisor_, "GetReport", ""}}) {
    review.door.Refuses(review.method, Named("no name", review.arguments),
                        "INVALID_ARGUMENT / INVALID_NAME");
    review.door.Refuses(review.method, Named(assignment + "/reports/2020-01@1", review.arguments),
                        "NOT_FOUND / REPORT_NOT_FOUND");
  }
  supervisor_.Accepts("GetReport", Named(report));
  reviewer_.Refuses("ReturnReport", Named(report), "INVALID_ARGUMENT / REASON_REQUIRED");
  supervisor_.Refuses("ReopenReport", Named(report), "INVALID_ARGUMENT / REASON_REQUIRED");
  supervisor_.Refuses("ReopenReport", Named(report, why),
                      "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  reviewer_.Accepts("AcceptReport", Named(report));
  reviewer_.Refuses("AcceptReport", Named(report), "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  reviewer_.Refuses("ReturnReport", Named(report, back),
                    "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  supervisor_.Accepts("ReopenReport", Named(report, why));
}

TEST_P(ReportingTest, ReturnsAReportThatWasSubmitted) {
  const std::string assignment = Issue("returns", "finance").at(0);
  desk_.Acknowledge(assignment);
  desk_.Report(assignment, LastMonth(), 4000);
  desk_.WhenDelivered();
  const auto report = reviewer_.Answer<reporting::v1::Report>(
      "ReturnReport", Named(absl::StrCat(assignment, "/reports/", LastMonth(), "@1"),
                            "reason: RETURN_REASON_INCOMPLETE text: \"explain the figure\""));
  EXPECT_EQ(report.state(), reporting::v1::REPORT_STATE_RETURNED);
}

TEST_P(ReportingTest, MovesAnAssignmentThroughItsStatesOnly) {
  const std::string assignment = Issue("verifies", "finance").at(0);
  const std::string why = "reason: \"not there yet\"";
  reviewer_.Refuses("VerifyAssignment", Named("no name"), "INVALID_ARGUMENT / INVALID_NAME");
  reviewer_.Refuses("VerifyAssignment", Named(kNowhere), "NOT_FOUND / ASSIGNMENT_NOT_FOUND");
  supervisor_.Refuses("GetAssignmentStatus", Named("no name"), "INVALID_ARGUMENT / INVALID_NAME");
  supervisor_.Refuses("GetAssignmentStatus", Named(kNowhere), "NOT_FOUND / ASSIGNMENT_NOT_FOUND");
  supervisor_.Accepts("GetAssignmentStatus", Named(assignment));
  for (const char* method : {"ReopenAssignment", "RefuseDispute"}) {
    supervisor_.Refuses(method, Named("no name", why), "INVALID_ARGUMENT / INVALID_NAME");
    supervisor_.Refuses(method, Named(kNowhere, why), "NOT_FOUND / ASSIGNMENT_NOT_FOUND");
    supervisor_.Refuses(method, Named(assignment), "INVALID_ARGUMENT / REASON_REQUIRED");
    supervisor_.Refuses(method, Named(assignment, why), "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  }
  Door node(GetParam(), "duban.node.v1.NodeService", hub_.Node("finance"));
  node.Accepts("DisputeAssignment", Named(assignment, "reason: \"not ours\""));
  desk_.WhenDelivered();
  supervisor_.Accepts("RefuseDispute", Named(assignment, why));
  node.WhenAccepts("AcknowledgeAssignment", Named(assignment));
  desk_.Report(assignment, LastMonth(), 10000);
  node.Accepts("ClaimDone", Named(assignment, "statement: \"all done\""));
  desk_.WhenDelivered();
  reviewer_.Accepts("VerifyAssignment", Named(assignment));
  reviewer_.Refuses("VerifyAssignment", Named(assignment),
                    "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  const auto again = supervisor_.Answer<reporting::v1::AssignmentStatus>("ReopenAssignment",
                                                                         Named(assignment, why));
  EXPECT_EQ(again.state(), reporting::v1::ASSIGNMENT_STATE_ACTIVE);
}

TEST_P(ReportingTest, ListsByPages) {
  const std::string all = "parent: \"plans/small/tasks/-/assignments/-\"";
  supervisor_.Accepts("ListReports", all);
  supervisor_.Refuses("ListReports", "parent: \"no name\"", "INVALID_ARGUMENT / INVALID_NAME");
  supervisor_.Refuses("ListReports", all + " page_size: -1", "INVALID_ARGUMENT / INVALID_PAGE");
  supervisor_.Accepts("ListPresence");
}

TEST_P(ReportingTest, FeedStartsFromASnapshotAndRefusesWhatItNeverSent) {
  const auto first = inside_.Answer<common::v1::WatchResponse>("WatchPerformance", "");
  const std::string store = absl::Substitute("store_id: \"$0\"", first.snapshot().store_id());
  inside_.Refuses("WatchPerformance", "from_revision: 1000000000 " + store,
                  "INVALID_ARGUMENT / FUTURE_REVISION");
  inside_.Refuses("WatchPerformance", "from_revision: 1 store_id: \"another\"",
                  "FAILED_PRECONDITION / STORE_CHANGED");
  inside_.Accepts("ListState");
  inside_.Refuses("ListState", "page_size: -1", "INVALID_ARGUMENT / INVALID_PAGE");
  inside_.Refuses("ListState", "revision: 1000000000", "INVALID_ARGUMENT / FUTURE_REVISION");
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ReportingTest,
                         ::testing::Values(Mode::kInProcess, Mode::kProcesses),
                         [](const auto& mode) { return ModeName(mode.param); });

}  // namespace
}  // namespace duban::tests
