#include "services/domain/uplink/node.h"

#include <gtest/gtest.h>

namespace duban::uplink {
namespace {

using K = Resumption::Kind;

std::string Own(int64_t seq) { return "body " + std::to_string(seq); }

TEST(ResumeTest, FollowsTheTable) {
  struct Row {
    const char* when;
    NodePosition node;
    HubPosition hub;
    K kind;
    int64_t next_seq;
  };
  const Row rows[] = {
      {"nothing was ever written", {1, 0, 0}, {1, 0, "", ""}, K::kSend, 1},
      {"the first waits", {1, 3, 0}, {1, 0, "", ""}, K::kSend, 1},
      {"both at the same place", {1, 9, 7}, {1, 7, Own(7), Own(7)}, K::kSend, 8},
      {"all is delivered", {1, 7, 7}, {1, 7, Own(7), Own(7)}, K::kSend, 8},
      {"a reply was lost", {1, 9, 5}, {1, 7, Own(7), Own(5)}, K::kFastForward, 6},
      {"the first reply was lost", {1, 9, 0}, {1, 9, Own(9), ""}, K::kFastForward, 1},
      {"the hub has more than was written", {1, 7, 7}, {1, 9, "x", Own(7)}, K::kForked, 0},
      {"an older copy of the store", {1, 5, 5}, {1, 9, Own(9), Own(5)}, K::kForked, 0},
      {"the hub lost some", {1, 9, 7}, {1, 4, Own(4), ""}, K::kRewind, 5},
      {"the hub lost all", {1, 9, 7}, {1, 0, "", ""}, K::kRewind, 1},
      {"the hub lost some and has others", {1, 9, 7}, {1, 4, "x", ""}, K::kFrozen, 0},
      {"other bytes at the same place", {1, 9, 7}, {1, 7, "x", "x"}, K::kFrozen, 0},
      {"other bytes ahead", {1, 9, 5}, {1, 7, "x", Own(5)}, K::kFrozen, 0},
      {"other bytes behind", {1, 9, 5}, {1, 7, Own(7), "x"}, K::kFrozen, 0},
      {"a newer epoch", {1, 9, 5}, {2, 0, "", ""}, K::kWrongEpoch, 0},
      {"an epoch that the hub has not heard of", {2, 0, 0}, {1, 7, "x", ""}, K::kWrongEpoch, 0},
  };
  for (const Row& row : rows) {
    const Resumption got = Resume(row.node, row.hub, Own);
    EXPECT_EQ(got.kind, row.kind) << row.when << ": " << ToString(got.kind);
    EXPECT_EQ(got.next_seq, row.next_seq) << row.when;
  }
}

TEST(BatchTest, KeepsToCountBytesAndCredits) {
  EXPECT_EQ(BatchLength({}, {}, {}), 0);
  EXPECT_EQ(BatchLength({10, 10, 10}, {}, {}), 3);
  EXPECT_EQ(BatchLength(std::vector<int64_t>(1000, 1), {}, {}), kMaxBatchEnvelopes);
  EXPECT_EQ(BatchLength({kMaxBatchBytes - 10, 10, 1}, {}, {}), 2);
  EXPECT_EQ(BatchLength({10, 10, 10}, 2, {}), 2);
  EXPECT_EQ(BatchLength({10, 10, 10}, {}, 25), 2);
  EXPECT_EQ(BatchLength({10, 10}, 0, 0), 1);
  EXPECT_EQ(BatchLength({kMaxBatchBytes * 2, 1}, {}, {}), 1);
}

TEST(BackoffTest, IsQuickAtFirstAndCappedForEver) {
  const double all = 0.999999;
  EXPECT_EQ(Backoff(1, 0, kSlowMost), absl::ZeroDuration());
  EXPECT_LE(Backoff(1, all), absl::Milliseconds(100));
  EXPECT_LE(Backoff(kQuickAttempts, all), absl::Seconds(2));
  EXPECT_GT(Backoff(kQuickAttempts, all), absl::Seconds(1.9));
  EXPECT_GT(Backoff(kQuickAttempts + 3, all), absl::Seconds(10));
  EXPECT_LE(Backoff(1000000, all), absl::Minutes(5));
  EXPECT_LE(Backoff(1000000, all, absl::Seconds(3)), absl::Seconds(3));
  for (int i = 1; i < 40; ++i) EXPECT_LE(Backoff(i, 0.5), Backoff(i + 1, 0.5));
}

TEST(LinkTest, ComparesPositionsBeforeItSendsAndAfterEachLoss) {
  Link link;
  EXPECT_EQ(link.Next(5).kind, Link::Step::Kind::kHello);
  link.Greeted({K::kSend, 4});
  EXPECT_EQ(link.Next(3).kind, Link::Step::Kind::kIdle);
  EXPECT_EQ(link.Next(5).kind, Link::Step::Kind::kPush);
  EXPECT_EQ(link.Next(5).first_seq, 4);
  link.Delivered(5);
  EXPECT_EQ(link.Next(5).kind, Link::Step::Kind::kIdle);
  EXPECT_EQ(link.Next(6).first_seq, 6);
  link.Lost();
  EXPECT_EQ(link.Next(6).kind, Link::Step::Kind::kHello);
}

TEST(LinkTest, SendsNothingWhileTheTwoDisagree) {
  Link link;
  link.Greeted({K::kSend, 1});
  for (K kind : {K::kForked, K::kFrozen, K::kWrongEpoch}) {
    link.Greeted({kind, 0});
    EXPECT_EQ(link.Next(9).kind, Link::Step::Kind::kHello);
  }
}

}  // namespace
}  // namespace duban::uplink
