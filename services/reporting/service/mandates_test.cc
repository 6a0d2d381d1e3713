#include "services/reporting/service/mandates.h"

#include <gtest/gtest.h>

#include "services/common/testing/status_matchers.h"
#include "services/reporting/service/nodes.h"
#include "services/reporting/service/testing/test_hub.h"

namespace duban::reporting {
namespace {

namespace pb = duban::reporting::v1;
using ::duban::testing::IsOk;

const std::string kMandate = std::string("mandates/") + TestHub::kAssignment;

TEST(MandatesTest, AnIssuedTaskMakesMandatesStatesAndOneLeaf) {
  TestHub hub;
  hub.IssueToBoth();
  EXPECT_EQ(hub.Keys("mandates/").size(), 2u);
  const auto status = hub.Get<pb::AssignmentStatus>(TestHub::kAssignment);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->state(), pb::ASSIGNMENT_STATE_ISSUED);
  EXPECT_EQ(status->issue_time().seconds(), 1);
  EXPECT_EQ(hub.Get<pb::Mandate>(kMandate)->plan_title(), "A plan");
  EXPECT_EQ(hub.Keys("hub-leaves/").size(), 2u);  // the issue and the node
}

TEST(MandatesTest, ARecordedTaskStaysUnknownToItsAgencies) {
  TestHub hub;
  duban::task::v1::Plan plan;
  plan.set_name("plans/p");
  duban::task::v1::Assignment own;
  own.set_name(TestHub::kAssignment);
  const auto task = hub.MakeTask(duban::task::v1::TASK_STATE_RECORDED);
  ASSERT_THAT(hub.FollowTask(TestHub::Rows({&plan, &task, &own}, true)), IsOk());
  EXPECT_TRUE(hub.Keys("mandates/").empty());
  const auto issued = hub.MakeTask(duban::task::v1::TASK_STATE_ISSUED);
  ASSERT_THAT(hub.FollowTask(TestHub::Rows({&issued})), IsOk());
  EXPECT_EQ(hub.Keys("mandates/").size(), 1u);
}

TEST(MandatesTest, TheSameFeedMessageAgainChangesNothing) {
  TestHub hub;
  hub.IssueToBoth();
  const int64_t revision = hub.store().revision();
  const auto leaves = hub.Keys("ledger/");
  hub.IssueToBoth();
  EXPECT_EQ(hub.store().revision(), revision);
  EXPECT_EQ(hub.Keys("ledger/"), leaves);
}

TEST(MandatesTest, RemovingAnAgencyEndsItsAssignmentWithTheReason) {
  TestHub hub;
  hub.IssueToBoth();
  duban::task::v1::Assignment own;
  own.set_name(TestHub::kAssignment);
  own.set_removed(true);
  own.set_remove_reason("the dispute was upheld");
  ASSERT_THAT(hub.FollowTask(TestHub::Rows({&own})), IsOk());
  auto status = *hub.Get<pb::AssignmentStatus>(TestHub::kAssignment);
  EXPECT_EQ(status.state(), pb::ASSIGNMENT_STATE_REMOVED);
  EXPECT_EQ(status.reason(), "the dispute was upheld");
  EXPECT_TRUE(hub.Get<pb::Mandate>(kMandate)->assignment().removed());
  own.clear_removed();
  own.clear_remove_reason();
  ASSERT_THAT(hub.FollowTask(TestHub::Rows({&own})), IsOk());
  status = *hub.Get<pb::AssignmentStatus>(TestHub::kAssignment);
  EXPECT_EQ(status.state(), pb::ASSIGNMENT_STATE_ISSUED);
}

TEST(MandatesTest, AnAgencyThatGetsItsPartLaterIsAskedFromThenOnByWhoGaveIt) {
  TestHub hub;
  hub.IssueToBoth();
  EXPECT_EQ(hub.Get<pb::AssignmentStatus>(TestHub::kAssignment)->actor(), TestHub::kIssuer);
  duban::task::v1::Assignment late;
  late.set_name("plans/p/tasks/t1/assignments/late");
  late.mutable_assign_time()->set_seconds(500);
  late.set_actor("spiffe://duban.test/operator/li");
  ASSERT_THAT(hub.FollowTask(TestHub::Rows({&late})), IsOk());
  const auto status = *hub.Get<pb::AssignmentStatus>(late.name());
  EXPECT_EQ(status.issue_time().seconds(), 500);
  EXPECT_EQ(status.actor(), late.actor());
}

TEST(MandatesTest, AnAssignmentThatIsIssuedAgainStartsAfresh) {
  TestHub hub;
  hub.IssueToBoth();
  ASSERT_THAT(hub.Change<pb::AssignmentStatus>(TestHub::kAssignment,
                                               [](pb::AssignmentStatus& status) {
                                                 status.set_state(pb::ASSIGNMENT_STATE_DONE_CLAIMED);
                                                 status.mutable_acknowledge_time()->set_seconds(2);
                                                 status.mutable_claim_time()->set_seconds(3);
                                                 status.set_claim_statement("done");
                                               }),
              IsOk());
  duban::task::v1::Assignment own;
  own.set_name(TestHub::kAssignment);
  own.set_removed(true);
  own.set_actor("spiffe://duban.test/operator/wang");
  ASSERT_THAT(hub.FollowTask(TestHub::Rows({&own})), IsOk());
  auto status = *hub.Get<pb::AssignmentStatus>(TestHub::kAssignment);
  EXPECT_EQ(status.claim_statement(), "done");  // what was, while it is removed
  EXPECT_EQ(status.actor(), own.actor());
  own.set_removed(false);
  ASSERT_THAT(hub.FollowTask(TestHub::Rows({&own})), IsOk());
  status = *hub.Get<pb::AssignmentStatus>(TestHub::kAssignment);
  EXPECT_EQ(status.state(), pb::ASSIGNMENT_STATE_ISSUED);
  EXPECT_FALSE(status.has_acknowledge_time());
  EXPECT_FALSE(status.has_claim_time());
  EXPECT_EQ(status.claim_statement(), "");
}

TEST(MandatesTest, WhatASnapshotDoesNotHaveIsGone) {
  TestHub hub;
  hub.IssueToBoth();
  duban::task::v1::Plan plan;
  plan.set_name("plans/p");
  ASSERT_THAT(hub.FollowTask(TestHub::Rows({&plan}, true)), IsOk());
  EXPECT_TRUE(hub.Keys("mandates/").empty());
  EXPECT_EQ(hub.Get<pb::AssignmentStatus>(TestHub::kAssignment)->state(),
            pb::ASSIGNMENT_STATE_REMOVED);
}

TEST(MandatesTest, MoreMandatesThanFitATransactionAreCaughtUpWith) {
  TestHub hub;
  hub.IssueToBoth();
  auto task = hub.MakeTask(duban::task::v1::TASK_STATE_ISSUED);
  task.set_body(std::string(1'500'000, 'x'));
  std::vector<duban::task::v1::Assignment> assignments(8);
  std::vector<const google::protobuf::Message*> rows = {&task};
  for (size_t i = 0; i < assignments.size(); ++i) {
    assignments[i].set_name("plans/p/tasks/t1/assignments/a" + std::to_string(i));
    rows.push_back(&assignments[i]);
  }
  ASSERT_THAT(hub.FollowTask(TestHub::Rows(rows)), IsOk());
  EXPECT_FALSE(hub.Keys("mandates-due/").empty());
  while (hub.CatchUpOnce()) {
  }
  EXPECT_TRUE(hub.Keys("mandates-due/").empty());
  EXPECT_EQ(hub.Keys("mandates/").size(), 10u);
}

TEST(NodesTest, ANodeHasTwoStreamsAtMostAndTheOldestEnds) {
  Nodes nodes;
  const NodeName node{"sheitc", "n1"}, other{"stcsm", "n1"};
  std::vector<int> rechecked;
  const auto open = [&](const NodeName& name, int number) {
    return nodes.Opened(name, absl::Now(), [&rechecked, number] { rechecked.push_back(number); });
  };
  const int64_t first = open(node, 1), second = open(node, 2);
  open(other, 3);
  EXPECT_TRUE(nodes.Current(first));
  const int64_t third = open(node, 4);
  EXPECT_EQ(rechecked, std::vector<int>{1});
  EXPECT_FALSE(nodes.Current(first));
  EXPECT_TRUE(nodes.Current(second));
  nodes.Closed(third, absl::Now());
  EXPECT_TRUE(nodes.Current(second));
}

}  // namespace
}  // namespace duban::reporting
