#include "services/common/feed/feed.h"

#include <atomic>

#include "absl/strings/str_cat.h"
#include "services/common/feed/messages.h"
#include "services/common/testing/fake_clock.h"
#include "services/common/testing/fake_ids.h"
#include "services/common/testing/status_matchers.h"

namespace duban::feed {
namespace {

using testing::IsOk;
using testing::StatusIs;

class FeedTest : public ::testing::Test {
 protected:
  void Put(const std::string& key, const std::string& image = "x") {
    ASSERT_THAT(store_->WriteAndWait(
                    [&](Tx& tx) { return tx.Put({.key = key, .type = "t", .image = image}); }),
                IsOk());
  }
  // The revisions after `after`, as text.
  std::string After(const Feed& feed, int64_t after, int limit = 10) {
    auto commits = feed.After(after, limit);
    EXPECT_THAT(commits, IsOk());
    std::string text;
    for (const auto& commit : *commits) absl::StrAppend(&text, commit->revision, " ");
    return text;
  }

  testing::FakeClock clock_;
  testing::FakeIds ids_;
  std::unique_ptr<Store> store_ = NewMemoryStore(clock_, ids_);
};

TEST_F(FeedTest, GivesCommitsFromMemoryAndFromTheStore) {
  Put("a");
  Put("b");
  Feed feed(*store_);
  EXPECT_EQ(After(feed, 0), "1 2 ");
  Put("c");
  EXPECT_EQ(After(feed, 0), "1 2 3 ");
  EXPECT_EQ(After(feed, 2), "3 ");
  EXPECT_EQ(After(feed, 3), "");
  EXPECT_EQ(After(feed, 9), "");
}

TEST_F(FeedTest, SkipsNothingWhenFarBehind) {
  Feed feed(*store_);
  for (int i = 0; i < 1500; ++i) Put("k");
  int64_t at = 0;
  while (true) {
    ASSERT_OK_AND_ASSIGN(auto commits, feed.After(at, 256));
    if (commits.empty()) break;
    for (const auto& commit : commits) ASSERT_EQ(commit->revision, ++at);
  }
  EXPECT_EQ(at, 1500);
}

TEST_F(FeedTest, KeepsTheTailWithinItsBytes) {
  Feed feed(*store_);
  for (int i = 0; i < 10; ++i) Put("k", std::string(1 << 20, 'x'));
  EXPECT_EQ(After(feed, 0, 3), "1 2 3 ");
  EXPECT_EQ(After(feed, 8), "9 10 ");
}

TEST_F(FeedTest, WakesUntilTheSubscriptionEnds) {
  Feed feed(*store_);
  int woken = 0;
  auto subscription = feed.Subscribe([&] { ++woken; });
  Put("a");
  EXPECT_EQ(woken, 1);
  subscription.reset();
  Put("b");
  EXPECT_EQ(woken, 1);
}

TEST_F(FeedTest, NamesTheRowThatCannotBeRead) {
  using google::protobuf::Timestamp;
  Put("good", "");
  Put("torn", "\xff\xff");
  const absl::Status status = store_->Read([](View& view) {
    EXPECT_THAT(GetMessage<Timestamp>(view, "good"), IsOk());
    return GetMessage<Timestamp>(view, "torn").status();
  });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss, "ROW_DAMAGED"));
  EXPECT_EQ(ErrorMetadata(status).at("key"), "torn");
}

TEST(PageTest, TakesSizesUpToTheMost) {
  ASSERT_OK_AND_ASSIGN(Page page, Page::Parse(0, "", "plans/"));
  EXPECT_EQ(page.size, 500);
  ASSERT_OK_AND_ASSIGN(page, Page::Parse(7, "plans/a", "plans/"));
  EXPECT_EQ(page.size, 7);
  EXPECT_EQ(page.after, "plans/a");
  ASSERT_OK_AND_ASSIGN(page, Page::Parse(100000, "", ""));
  EXPECT_EQ(page.size, 500);
}

TEST(PageTest, RefusesNegativeSizesAndForeignTokens) {
  EXPECT_THAT(Page::Parse(-1, "", ""),
              StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_PAGE"));
  EXPECT_THAT(Page::Parse(1, "agencies/a", "plans/"),
              StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_PAGE"));
}

}  // namespace
}  // namespace duban::feed
