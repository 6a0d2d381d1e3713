// The uplink over real connections: what a node says arrives once, what it may not say is refused,
// what it says twice stops it.
#include "tests/support/uplink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

class UplinkTest : public ::testing::Test {
 protected:
  UplinkTest() : office_(cluster_), desk_(cluster_, "sci-tech") {
    office_.LoadRegister();
    office_.Import("small", SmallPlanText());
    office_.Issue("small");
    cluster_.AddNodes({"sci-tech", "finance"});
    for (const auto& assignment : desk_.AssignmentsWhen(2)) own_.push_back(assignment.name());
  }

  Cluster cluster_{Mode::kInProcess};
  Office office_;
  AgencyDesk desk_;
  std::vector<std::string> own_;
};

TEST_F(UplinkTest, AReturnReachesTheInboxAndTheNextVersionTheHub) {
  desk_.Acknowledge(own_[0]);
  desk_.Report(own_[0], LastMonth(), 4000);
  desk_.WhenDelivered();
  const std::string first = own_[0] + "/reports/" + LastMonth() + "@1";
  office_.Return(first, "explain the figure");
  const auto item = InboxWhen(
      desk_, [&](const node::v1::InboxItem& one) { return one.review().name() == first; });
  EXPECT_EQ(item.review().state(), reporting::v1::REPORT_STATE_RETURNED);
  EXPECT_EQ(item.review().review().text(), "explain the figure");
  desk_.Report(own_[0], LastMonth(), 5000);
  desk_.WhenDelivered();
  EXPECT_EQ(office_.Reports("small").size(), 2u);
}

// The one who rules is never the one who reported.
TEST_F(UplinkTest, AReviewerOfTheAgencyItselfMayNotReviewIt) {
  const std::string operator_path = "/operator/seconded";
  Door(Mode::kInProcess, "duban.agency.v1.AgencyService", cluster_.Gateway("admin"))
      .Accepts("CreateCredential",
               absl::StrCat("credential {name: \"credentials/seconded\" identity: \"spiffe://",
                            Cluster::kTrustDomain, operator_path,
                            "\" roles: ROLE_REVIEWER agency: \"agencies/sci-tech\"}"));
  AgencyDesk finance(cluster_, "finance");
  const std::string theirs = finance.AssignmentsWhen(1)[0].name();
  const auto report = [](AgencyDesk& desk, const std::string& assignment) {
    desk.Acknowledge(assignment);
    desk.Report(assignment, LastMonth(), 4000);
    desk.WhenDelivered();
    return absl::StrCat("name: \"", assignment, "/reports/", LastMonth(), "@1\"");
  };
  Door seconded(Mode::kInProcess, "duban.reporting.v1.ReportingService",
                cluster_.Connect("gateway", cluster_.pki().Issue(operator_path)));
  seconded.Refuses("AcceptReport", report(desk_, own_[0]), "PERMISSION_DENIED / NOT_ALLOWED");
  seconded.Accepts("AcceptReport", report(finance, theirs));
  for (const auto& one : office_.Reports("small")) {
    EXPECT_THAT(one.author(), ::testing::HasSubstr("/system/"));
  }
}

TEST_F(UplinkTest, WhatIsSaidWhileTheHubIsAwayArrivesInOrderOnce) {
  cluster_.part("reporting").Kill();
  for (const std::string& assignment : own_) {
    desk_.Acknowledge(assignment);
    desk_.Report(assignment, LastMonth(), 5000);
  }
  cluster_.part("node-sci-tech").Kill();
  ASSERT_TRUE(cluster_.part("node-sci-tech").Start().ok());
  EXPECT_EQ(desk_.Status().backlog(), 4);
  ASSERT_TRUE(cluster_.part("reporting").Start().ok());
  desk_.WhenDelivered();
  for (const auto& submission : desk_.Submissions()) {
    EXPECT_EQ(submission.state(), node::v1::SUBMISSION_STATE_ACCEPTED)
        << submission.ShortDebugString();
  }
  // The gateway finds the hub again at its own pace.
  office_.BoardWhen("small", [](const gateway::v1::PlanProgress& board) {
    return std::find(board.unreachable().begin(), board.unreachable().end(),
                     "services/reporting") == board.unreachable().end();
  });
  EXPECT_EQ(office_.Reports("small").size(), 2u);
}

TEST_F(UplinkTest, ADuplicateGetsTheSameReceiptAndForeignAssignmentsAreRefused) {
  const std::string foreign = AgencyDesk(cluster_, "finance").AssignmentsWhen(1)[0].name();
  cluster_.part("node-sci-tech").Stop();
  HandNode node(cluster_, "sci-tech");
  const auto own = node.Acknowledge(own_[0]);
  const auto theirs = node.Acknowledge(foreign);
  const auto first = node.Push({own, theirs});
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->receipts_size(), 2);
  EXPECT_EQ(HandNode::RefusalIn(first->receipts(0)), "");
  EXPECT_EQ(HandNode::RefusalIn(first->receipts(1)), "NOT_ALLOWED");
  const auto again = node.Push({own, theirs});
  ASSERT_TRUE(again.ok()) << again.status();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(first->receipts(i).SerializeAsString(), again->receipts(i).SerializeAsString());
  }
}

TEST_F(UplinkTest, TwoThingsUnderOneNumberFreezeTheNodeAcrossARestartOfTheHub) {
  cluster_.part("node-sci-tech").Stop();
  HandNode node(cluster_, "sci-tech");
  ASSERT_TRUE(node.Push({node.Acknowledge(own_[0])}).ok());
  node.Again();
  EXPECT_EQ(ReasonOf(node.Push({node.Acknowledge(own_[1])})), "EQUIVOCATION");
  cluster_.part("reporting").Kill();
  ASSERT_TRUE(cluster_.part("reporting").Start().ok());
  EXPECT_EQ(ReasonOf(node.Push({node.Acknowledge(own_[1])})), "NODE_FROZEN");
}

TEST_F(UplinkTest, AGapAndAnAlteredEnvelopeAreNotTaken) {
  cluster_.part("node-sci-tech").Stop();
  HandNode node(cluster_, "sci-tech");
  const auto first = node.Acknowledge(own_[0]);
  const auto second = node.Acknowledge(own_[1]);
  EXPECT_EQ(ReasonOf(node.Push({second})), "SEQ_GAP");
  auto altered = first;
  altered.mutable_body()->back() ^= 1;
  EXPECT_EQ(ReasonOf(node.Push({altered})), "BAD_SIGNATURE");
  EXPECT_EQ(ReasonOf(node.Push({})), "BATCH_TOO_LARGE");
  EXPECT_TRUE(node.Push({first, second}).ok());
}

TEST_F(UplinkTest, RevocationEndsTheNodesStreamAtOnce) {
  cluster_.part("node-sci-tech").Stop();
  HandNode node(cluster_, "sci-tech");
  const absl::Status end = node.Watch([&] { EXPECT_TRUE(RevokeNode(cluster_, "sci-tech").ok()); });
  EXPECT_EQ(ReasonOf(end), "NODE_UNKNOWN");
  EXPECT_EQ(ReasonOf(node.Push({node.Acknowledge(own_[0])})), "NODE_UNKNOWN");
}

TEST_F(UplinkTest, NothingIsTakenForAPeriodThatHasNotBegun) {
  desk_.Acknowledge(own_[0]);
  EXPECT_EQ(ReasonOf(TryReport(cluster_, "sci-tech", own_[0], NextMonth(), 5000)), "FUTURE_PERIOD");
  EXPECT_EQ(ReasonOf(TryReport(cluster_, "sci-tech", own_[0], LastMonth(), 10001)),
            "INVALID_REPORT");
  EXPECT_EQ(ReasonOf(TryReport(cluster_, "sci-tech", own_[1], LastMonth(), 5000)),
            "ILLEGAL_TRANSITION");
}

}  // namespace
}  // namespace duban::tests
