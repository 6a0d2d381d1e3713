// NodeService does what its comments say: every documented error, and the right call beside it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "duban/node/v1/node_service.pb.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

constexpr char kForeign[] = "plans/small/tasks/t-nothere/assignments/health";

std::string Named(const std::string& name, const std::string& more = "") {
  return absl::Substitute("name: \"$0\" $1", name, more);
}

std::string Content(const std::string& assignment, const std::string& period, int progress_bp,
                    const std::string& more = "") {
  return absl::Substitute("content {assignment: \"$0\" period: \"$1\" progress_bp: $2} $3",
                          assignment, period, progress_bp, more);
}

class NodeTest : public ::testing::TestWithParam<Mode> {
 protected:
  // Issues a plan of its own; the two assignments of sci-tech, when its node knows them.
  std::vector<std::string> Issue(const std::string& plan) {
    Office office(hub_);
    std::vector<std::string> own;
    const auto import = office.Import(plan, SmallPlanText());
    office.Issue(plan);
    for (const auto& assignment : import.assignments()) {
      if (!absl::EndsWith(assignment.name(), "/sci-tech")) continue;
      own.push_back(assignment.name());
      door_.WhenAccepts("GetAssignment", Named(own.back()), [](const std::string& bytes) {
        node::v1::NodeAssignment known;
        return known.ParseFromString(bytes) && known.has_mandate() && known.has_status();
      });
    }
    return own;
  }

  Cluster& hub_ = SharedHub(GetParam());
  Door door_{GetParam(), "duban.node.v1.NodeService", hub_.Node("sci-tech")};
};

TEST_P(NodeTest, SaysWhatTheStateOfTheAssignmentAllows) {
  const auto own = Issue("says");
  ASSERT_EQ(own.size(), 2u);
  const std::string why = "reason: \"not ours\"", statement = "statement: \"all done\"";
  const auto& done = own[0];
  const auto& disputed = own[1];
  for (const auto& [method, more] :
       std::vector<std::pair<std::string, std::string>>{{"GetAssignment", ""},
                                                        {"AcknowledgeAssignment", ""},
                                                        {"DisputeAssignment", why},
                                                        {"ClaimDone", statement}}) {
    door_.Refuses(method, Named("no name", more), "INVALID_ARGUMENT / INVALID_NAME");
    door_.Refuses(method, Named(kForeign, more), "PERMISSION_DENIED / NOT_ALLOWED");
    if (method == "GetAssignment") continue;
    door_.Refuses(method, Named(done, more + " request_id: \"no id!\""),
                  "INVALID_ARGUMENT / INVALID_REQUEST_ID");
  }
  door_.Refuses("DisputeAssignment", Named(disputed), "INVALID_ARGUMENT / REASON_REQUIRED");
  door_.Refuses("ClaimDone", Named(done), "INVALID_ARGUMENT / REASON_REQUIRED");
  door_.Refuses("ClaimDone", Named(done, statement), "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  const std::string again = "request_id: \"says-1\"";
  const auto said = door_.Answer<node::v1::Submission>("AcknowledgeAssignment", Named(done, again));
  EXPECT_EQ(door_.Answer<node::v1::Submission>("AcknowledgeAssignment", Named(done, again)).name(),
            said.name());
  door_.Refuses("AcknowledgeAssignment", Named(done), "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  door_.Refuses("DisputeAssignment", Named(done, why), "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  door_.Accepts("DisputeAssignment", Named(disputed, why));
  door_.Accepts("SubmitReport", Content(done, LastMonth(), 10000));
  door_.Accepts("ClaimDone", Named(done, statement));
}

TEST_P(NodeTest, TakesDraftsAndReportsOfItsOwnPeriods) {
  const std::string own = Issue("drafts").at(0);
  for (const char* method : {"SaveDraft", "SubmitReport"}) {
    if (method == std::string("SubmitReport")) {
      door_.Refuses(method, Content(own, LastMonth(), 5000),
                    "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
      door_.Accepts("AcknowledgeAssignment", Named(own));
    }
    door_.Refuses(method, Content("no name", LastMonth(), 5000), "INVALID_ARGUMENT / INVALID_NAME");
    door_.Refuses(method, Content(kForeign, LastMonth(), 5000), "PERMISSION_DENIED / NOT_ALLOWED");
    door_.Refuses(method, Content(own, "2026-W01", 5000), "INVALID_ARGUMENT / INVALID_PERIOD");
    door_.Refuses(method, Content(own, LastMonth(), 10001), "INVALID_ARGUMENT / INVALID_REPORT");
  }
  door_.Accepts("SaveDraft", Content(own, LastMonth(), 5000));
  door_.Refuses("SubmitReport", Content(own, NextMonth(), 5000),
                "FAILED_PRECONDITION / FUTURE_PERIOD");
  door_.Refuses("SubmitReport", Content(own, LastMonth(), 5000, "request_id: \"no id!\""),
                "INVALID_ARGUMENT / INVALID_REQUEST_ID");
  const std::string id = "request_id: \"drafts-1\"";
  door_.Accepts("SubmitReport", Content(own, LastMonth(), 5000, id));
  door_.Accepts("SubmitReport", Content(own, LastMonth(), 5000, id));
  door_.Refuses("SubmitReport", Content(own, LastMonth(), 6000, id),
                "ALREADY_EXISTS / REQUEST_ID_REUSED");
}

TEST_P(NodeTest, ListsByPages) {
  for (const char* method : {"ListAssignments", "ListDrafts", "ListSubmissions", "ListInbox"}) {
    door_.Accepts(method);
    door_.Refuses(method, "page_size: -1", "INVALID_ARGUMENT / INVALID_PAGE");
    door_.Refuses(method, "page_token: \"no token\"", "INVALID_ARGUMENT / INVALID_PAGE");
  }
  door_.Accepts("GetNodeStatus");
}

INSTANTIATE_TEST_SUITE_P(Everywhere, NodeTest,
                         ::testing::Values(Mode::kInProcess, Mode::kProcesses),
                         [](const auto& mode) { return ModeName(mode.param); });

}  // namespace
}  // namespace duban::tests
