#include "services/common/feed/store_contract.h"

#include <future>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"
#include "services/common/testing/status_matchers.h"

namespace duban::feed {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;
using testing::StatusIs;

absl::StatusOr<int64_t> StoreContract::Put(const std::string& key, const std::string& image,
                                           const std::string& plan, const std::string& agency) {
  return store_->WriteAndWait([&](Tx& tx) {
    return tx.Put({.key = key, .plan = plan, .agency = agency, .type = "t", .image = image});
  });
}

absl::StatusOr<int64_t> StoreContract::Delete(const std::string& key) {
  return store_->WriteAndWait([&](Tx& tx) { return tx.Delete(key); });
}

std::vector<std::string> StoreContract::Keys(const ScanOptions& options) {
  std::vector<std::string> keys;
  EXPECT_THAT(store_->Read([&](View& view) {
    return view.Scan(options, [&](const Row& row) {
      keys.push_back(row.key);
      return true;
    });
  }),
              IsOk());
  return keys;
}

std::string StoreContract::ImageOf(const std::string& key) {
  std::string image;
  EXPECT_THAT(store_->Read([&](View& view) -> absl::Status {
    DUBAN_ASSIGN_OR_RETURN(auto row, view.Get(key));
    image = row ? row->image : "-";
    return absl::OkStatus();
  }),
              IsOk());
  return image;
}

TEST_P(StoreContract, StartsEmptyAtRevisionZero) {
  EXPECT_EQ(store_->revision(), 0);
  EXPECT_THAT(Keys({}), IsEmpty());
  EXPECT_THAT(store_->store_id(), SizeIs(16));
  ASSERT_OK_AND_ASSIGN(auto rows, store_->RowsAsOf(0, "", "", 10));
  EXPECT_THAT(rows, IsEmpty());
}

TEST_P(StoreContract, GivesBackWhatWasPut) {
  const std::string image("\0binary\xFF", 8);
  ASSERT_THAT(store_->WriteAndWait([&](Tx& tx) {
    return tx.Put({.key = "k", .plan = "p", .agency = "a", .type = "t", .image = image});
  }),
              IsOk());
  ASSERT_THAT(store_->Read([&](View& view) -> absl::Status {
    DUBAN_ASSIGN_OR_RETURN(auto row, view.Get("k"));
    EXPECT_TRUE(row.has_value());
    EXPECT_EQ(row->key, "k");
    EXPECT_EQ(row->plan, "p");
    EXPECT_EQ(row->agency, "a");
    EXPECT_EQ(row->type, "t");
    EXPECT_EQ(row->image, image);
    EXPECT_EQ(row->revision, 1);
    EXPECT_TRUE(row->logged);
    EXPECT_EQ(view.revision(), 1);
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_P(StoreContract, RevisionsHaveNoGaps) {
  for (int64_t i = 1; i <= 20; ++i) {
    ASSERT_OK_AND_ASSIGN(const int64_t revision, Put(absl::StrCat("k", i % 3), "x"));
    EXPECT_EQ(revision, i);
    EXPECT_EQ(store_->revision(), i);
  }
}

TEST_P(StoreContract, FailedTransactionLeavesNothingAndTakesNoRevision) {
  ASSERT_THAT(Put("a", "1"), IsOk());
  auto failed = store_->WriteAndWait([](Tx& tx) -> absl::Status {
    DUBAN_RETURN_IF_ERROR(tx.Put({.key = "a", .type = "t", .image = "2"}));
    DUBAN_RETURN_IF_ERROR(tx.Put({.key = "b", .type = "t", .image = "2"}));
    return MakeError(absl::StatusCode::kAborted, "CHANGED_SINCE", "no");
  });
  EXPECT_THAT(failed, StatusIs(absl::StatusCode::kAborted, "CHANGED_SINCE"));
  EXPECT_EQ(ImageOf("a"), "1");
  EXPECT_EQ(ImageOf("b"), "-");
  ASSERT_OK_AND_ASSIGN(const int64_t revision, Put("c", "3"));
  EXPECT_EQ(revision, 2);
}

TEST_P(StoreContract, TransactionSeesItsOwnWrites) {
  ASSERT_THAT(Put("b", "old"), IsOk());
  ASSERT_THAT(store_->WriteAndWait([](Tx& tx) -> absl::Status {
    EXPECT_EQ(tx.revision(), 1);
    EXPECT_EQ(tx.next_revision(), 2);
    DUBAN_RETURN_IF_ERROR(tx.Put({.key = "a", .type = "t", .image = "new"}));
    DUBAN_RETURN_IF_ERROR(tx.Delete("b"));
    DUBAN_ASSIGN_OR_RETURN(auto a, tx.Get("a"));
    DUBAN_ASSIGN_OR_RETURN(auto b, tx.Get("b"));
    EXPECT_TRUE(a.has_value());
    EXPECT_FALSE(b.has_value());
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(Keys({}), ElementsAre("a"));
}

TEST_P(StoreContract, RowsMayBeChangedWhileTheyAreScanned) {
  for (int i = 0; i < 40; ++i) ASSERT_THAT(Put(absl::StrCat("k", 100 + i), "x"), IsOk());
  ASSERT_THAT(store_->WriteAndWait([](Tx& tx) {
    absl::Status changed;
    DUBAN_RETURN_IF_ERROR(tx.Scan({.prefix = "k"}, [&](const Row& row) {
      if (row.key == "k105") {
        changed = tx.Delete(row.key);
      } else {
        changed = tx.Put({.key = row.key, .type = "t", .image = "y"});
      }
      return changed.ok();
    }));
    return changed;
  }),
              IsOk());
  EXPECT_EQ(Keys({}).size(), 39u);
  EXPECT_EQ(ImageOf("k139"), "y");
}

TEST_P(StoreContract, DeleteOfNothingIsNotFound) {
  EXPECT_THAT(Delete("none"), StatusIs(absl::StatusCode::kNotFound, "ROW_NOT_FOUND"));
  EXPECT_EQ(store_->revision(), 0);
}

TEST_P(StoreContract, ScansByPrefixPlanAndAgencyInKeyOrder) {
  ASSERT_THAT(Put("plans/b/tasks/2", "x", "b", "u"), IsOk());
  ASSERT_THAT(Put("plans/b/tasks/1", "x", "b", "v"), IsOk());
  ASSERT_THAT(Put("plans/a/tasks/1", "x", "a", "u"), IsOk());
  ASSERT_THAT(Put("plans/a", "x", "a"), IsOk());
  EXPECT_THAT(Keys({}),
              ElementsAre("plans/a", "plans/a/tasks/1", "plans/b/tasks/1", "plans/b/tasks/2"));
  EXPECT_THAT(Keys({.prefix = "plans/b/"}), ElementsAre("plans/b/tasks/1", "plans/b/tasks/2"));
  EXPECT_THAT(Keys({.prefix = "plans/b/", .after = "plans/b/tasks/1"}),
              ElementsAre("plans/b/tasks/2"));
  EXPECT_THAT(Keys({.plan = "a"}), ElementsAre("plans/a", "plans/a/tasks/1"));
  EXPECT_THAT(Keys({.agency = "u"}), ElementsAre("plans/a/tasks/1", "plans/b/tasks/2"));
  EXPECT_THAT(Keys({.plan = "b", .agency = "u"}), ElementsAre("plans/b/tasks/2"));
  EXPECT_THAT(Keys({.prefix = "plans/c"}), IsEmpty());
}

TEST_P(StoreContract, ScanEndsWhenTheVisitorSaysSo) {
  for (int i = 0; i < 300; ++i) ASSERT_THAT(Put(absl::StrCat("k", 1000 + i), "x"), IsOk());
  int seen = 0;
  ASSERT_THAT(store_->Read([&](View& view) {
    return view.Scan({}, [&](const Row&) { return ++seen < 20; });
  }),
              IsOk());
  EXPECT_EQ(seen, 20);
  EXPECT_EQ(Keys({}).size(), 300u);
}

TEST_P(StoreContract, PrivateRowsMakeNoRevisionAndNoEvent) {
  ASSERT_THAT(Put("a", "1"), IsOk());
  auto revision = store_->WriteAndWait(
      [](Tx& tx) { return tx.Put({.key = "private/x", .image = "s", .logged = false}); });
  ASSERT_THAT(revision, IsOk());
  EXPECT_EQ(*revision, 1);
  EXPECT_THAT(Keys({.logged_only = true}), ElementsAre("a"));
  EXPECT_THAT(Keys({}), ElementsAre("a", "private/x"));
  ASSERT_OK_AND_ASSIGN(auto commits, store_->CommitsAfter(0, 10));
  EXPECT_THAT(commits, SizeIs(1));
}

TEST_P(StoreContract, RowStaysLoggedOrPrivate) {
  ASSERT_THAT(Put("a", "1"), IsOk());
  EXPECT_THAT(store_->WriteAndWait(
                  [](Tx& tx) { return tx.Put({.key = "a", .image = "s", .logged = false}); }),
              StatusIs(absl::StatusCode::kInternal, "ROW_KIND_CHANGED"));
  EXPECT_EQ(ImageOf("a"), "1");
}

TEST_P(StoreContract, FailedPutFailsTheTransactionEvenWhenIgnored) {
  ASSERT_THAT(Put("a", "1"), IsOk());
  EXPECT_THAT(store_->WriteAndWait([](Tx& tx) {
    tx.Put({.key = "b", .type = "t", .image = "2"}).IgnoreError();
    tx.Put({.key = "a", .image = "s", .logged = false}).IgnoreError();
    return absl::OkStatus();
  }),
              StatusIs(absl::StatusCode::kInternal, "ROW_KIND_CHANGED"));
  EXPECT_EQ(ImageOf("b"), "-");
}

TEST_P(StoreContract, TooLargeTransactionIsRefused) {
  EXPECT_THAT(Put("a", std::string(kMaxTransactionBytes + 1, 'x')),
              StatusIs(absl::StatusCode::kResourceExhausted, "TRANSACTION_TOO_LARGE"));
  EXPECT_EQ(ImageOf("a"), "-");
  EXPECT_THAT(Put("a", std::string(kMaxTransactionBytes, 'x')), IsOk());
}

TEST_P(StoreContract, CommitHoldsTheLastStateOfEachChangedRow) {
  ASSERT_THAT(Put("gone", "0", "p"), IsOk());
  clock_.Advance(absl::Seconds(7));
  ASSERT_THAT(store_->WriteAndWait([](Tx& tx) -> absl::Status {
    DUBAN_RETURN_IF_ERROR(tx.Put({.key = "z", .type = "t", .image = "1"}));
    DUBAN_RETURN_IF_ERROR(tx.Put({.key = "a", .type = "t", .image = "2"}));
    DUBAN_RETURN_IF_ERROR(tx.Put({.key = "z", .type = "t", .image = "3"}));
    return tx.Delete("gone");
  }),
              IsOk());
  ASSERT_OK_AND_ASSIGN(auto commits, store_->CommitsAfter(1, 10));
  ASSERT_THAT(commits, SizeIs(1));
  EXPECT_EQ(commits[0]->revision, 2);
  EXPECT_EQ(commits[0]->time, clock_.Now());
  const std::vector<Change>& changes = commits[0]->changes;
  ASSERT_THAT(changes, SizeIs(3));
  EXPECT_EQ(changes[0].row.key, "z");
  EXPECT_EQ(changes[0].row.image, "3");
  EXPECT_EQ(changes[0].row.revision, 2);
  EXPECT_EQ(changes[1].row.key, "a");
  EXPECT_EQ(changes[2].row.key, "gone");
  EXPECT_EQ(changes[2].row.plan, "p");
  EXPECT_EQ(changes[2].row.image, "");
  EXPECT_TRUE(changes[2].deleted);
}

TEST_P(StoreContract, CommitsComeOldestFirstAndLimited) {
  for (int i = 0; i < 5; ++i) ASSERT_THAT(Put("k", absl::StrCat(i)), IsOk());
  ASSERT_OK_AND_ASSIGN(auto commits, store_->CommitsAfter(1, 2));
  ASSERT_THAT(commits, SizeIs(2));
  EXPECT_EQ(commits[0]->revision, 2);
  EXPECT_EQ(commits[1]->revision, 3);
  ASSERT_OK_AND_ASSIGN(auto none, store_->CommitsAfter(5, 2));
  EXPECT_THAT(none, IsEmpty());
}

TEST_P(StoreContract, CommitsComeInPortions) {
  const std::string large(kMaxCommitBytesPerRead / 2, 'x');
  for (const char* key : {"a", "b", "c"}) ASSERT_THAT(Put(key, large), IsOk());
  ASSERT_OK_AND_ASSIGN(auto first, store_->CommitsAfter(0, 10));
  ASSERT_THAT(first, SizeIs(2));
  ASSERT_OK_AND_ASSIGN(auto rest, store_->CommitsAfter(2, 10));
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_EQ(rest[0]->revision, 3);
}

TEST_P(StoreContract, TimeOfCommitsNeverGoesBack) {
  ASSERT_THAT(Put("a", "1"), IsOk());
  clock_.Advance(-absl::Hours(1));
  ASSERT_THAT(Put("a", "2"), IsOk());
  ASSERT_OK_AND_ASSIGN(auto commits, store_->CommitsAfter(0, 2));
  EXPECT_EQ(commits[0]->time, commits[1]->time);
}

TEST_P(StoreContract, ShowsEveryPastState) {
  ASSERT_THAT(Put("plans/p/a", "1", "p"), IsOk());  // 1
  ASSERT_THAT(Put("plans/q/b", "1", "q"), IsOk());  // 2
  ASSERT_THAT(Put("plans/p/a", "2", "p"), IsOk());  // 3
  ASSERT_THAT(Delete("plans/q/b"), IsOk());         // 4
  ASSERT_THAT(Put("plans/p/c", "1", "p"), IsOk());  // 5
  const auto state = [&](int64_t revision, absl::string_view plan) {
    std::string text;
    auto rows = store_->RowsAsOf(revision, plan, "", 10);
    EXPECT_THAT(rows, IsOk());
    for (const Row& row : *rows)
      absl::StrAppend(&text, row.key, "=", row.image, "@", row.revision, " ");
    return text;
  };
  EXPECT_EQ(state(0, ""), "");
  EXPECT_EQ(state(1, ""), "plans/p/a=1@1 ");
  EXPECT_EQ(state(2, ""), "plans/p/a=1@1 plans/q/b=1@2 ");
  EXPECT_EQ(state(3, ""), "plans/p/a=2@3 plans/q/b=1@2 ");
  EXPECT_EQ(state(3, "q"), "plans/q/b=1@2 ");
  EXPECT_EQ(state(4, ""), "plans/p/a=2@3 ");
  EXPECT_EQ(state(4, "q"), "");
  EXPECT_EQ(state(5, "p"), "plans/p/a=2@3 plans/p/c=1@5 ");
  ASSERT_OK_AND_ASSIGN(auto page, store_->RowsAsOf(5, "", "plans/p/a", 1));
  ASSERT_THAT(page, SizeIs(1));
  EXPECT_EQ(page[0].key, "plans/p/c");
  EXPECT_THAT(store_->RowsAsOf(6, "", "", 1),
              StatusIs(absl::StatusCode::kInvalidArgument, "FUTURE_REVISION"));
}

TEST_P(StoreContract, ListenerHearsCommitsInOrderBeforeTheCaller) {
  std::vector<int64_t> heard;
  store_->SetListener(
      [&](std::shared_ptr<const Commit> commit) { heard.push_back(commit->revision); });
  ASSERT_THAT(Put("a", "1"), IsOk());
  EXPECT_THAT(heard, ElementsAre(1));
  EXPECT_FALSE(Delete("none").ok());
  ASSERT_THAT(Put("a", "2"), IsOk());
  EXPECT_THAT(heard, ElementsAre(1, 2));
}

TEST_P(StoreContract, ManyWritersGetOneRevisionEach) {
  constexpr int kThreads = 8, kEach = 50;
  std::vector<std::future<void>> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.push_back(std::async(std::launch::async, [&, t] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_THAT(store_->WriteAndWait([&](Tx& tx) -> absl::Status {
          DUBAN_ASSIGN_OR_RETURN(auto counter, tx.Get("counter"));
          const int value = counter ? std::stoi(counter->image) : 0;
          DUBAN_RETURN_IF_ERROR(
              tx.Put({.key = "counter", .type = "t", .image = absl::StrCat(value + 1)}));
          if (i % 5 == 4) return MakeError(absl::StatusCode::kAborted, "NO", "undone");
          return tx.Put({.key = absl::StrCat("k", t, "-", i), .type = "t", .image = "x"});
        }),
                    ::testing::AnyOf(IsOk(), StatusIs(absl::StatusCode::kAborted, "NO")));
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  EXPECT_EQ(ImageOf("counter"), absl::StrCat(kThreads * kEach * 4 / 5));
  EXPECT_EQ(store_->revision(), kThreads * kEach * 4 / 5);
}

}  // namespace duban::feed
