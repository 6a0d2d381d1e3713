// The feed over a real connection: server, stream and follower together.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "services/common/feed/follower.h"
#include "services/common/feed/watch_server.h"
#include "services/common/rpc/handler.h"
#include "services/common/testing/echo_server.h"
#include "services/common/testing/echo_service.grpc.pb.h"
#include "services/common/testing/status_matchers.h"

namespace duban::feed {
namespace {

using common::v1::Changes;
using common::v1::ListStateRequest;
using common::v1::ListStateResponse;
using common::v1::Snapshot;
using common::v1::WatchRequest;
using common::v1::WatchResponse;
using testing::EchoServer;
using testing::IsOk;
using testing::StatusIs;
using testing::v1::EchoService;

// One open stream, read message by message.
class Watcher {
 public:
  Watcher(EchoServer& server, int64_t from, const std::string& store_id)
      : stub_(EchoService::NewStub(server.ConnectAs("gateway"))) {
    WatchRequest request;
    request.set_from_revision(from);
    request.set_store_id(store_id);
    reader_ = stub_->WatchEchoes(&context_, request);
  }
  ~Watcher() {
    context_.TryCancel();
    if (!finished_) reader_->Finish();
  }

  // The next message as text: "S1 a=1 b=2." for a snapshot's part (with a dot when complete), "C2
  // a=2 -b" for changes, "B3".
  std::string Next() {
    WatchResponse response;
    if (!reader_->Read(&response)) return "end";
    std::string text;
    if (response.has_snapshot()) {
      text = absl::StrCat("S", response.snapshot().revision());
      for (const auto& row : response.snapshot().rows()) Append(text, row);
      if (response.snapshot().complete()) text += ".";
    } else if (response.has_changes()) {
      text = absl::StrCat("C", response.changes().revision());
      for (const auto& row : response.changes().rows()) Append(text, row);
    } else {
      text = absl::StrCat("B", response.bookmark().revision());
    }
    return text;
  }

  absl::Status Finish() {
    finished_ = true;
    return rpc::FromGrpc(reader_->Finish());
  }

 private:
  static void Append(std::string& text, const common::v1::Row& row) {
    if (row.has_image()) {
      absl::StrAppend(&text, " ", row.key(), "=", row.image().value());
    } else {
      absl::StrAppend(&text, " -", row.key());
    }
  }

  std::unique_ptr<EchoService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<WatchResponse>> reader_;
  bool finished_ = false;
};

TEST(WatchTest, SendsASnapshotThenEachTransactionAsOneMessage) {
  EchoServer server;
  server.Put("a", "1");
  server.Put("b", "1");
  Watcher watcher(server, 0, "");
  EXPECT_EQ(watcher.Next(), "S2 a=1 b=1.");
  server.Put("a", "2");
  ASSERT_THAT(server.store().WriteAndWait([](Tx& tx) -> absl::Status {
    DUBAN_RETURN_IF_ERROR(tx.Put({.key = "c", .type = "t", .image = "1"}));
    DUBAN_RETURN_IF_ERROR(tx.Put({.key = "hidden", .image = "1", .logged = false}));
    return tx.Delete("b");
  }),
              IsOk());
  EXPECT_EQ(watcher.Next(), "C3 a=2");
  EXPECT_EQ(watcher.Next(), "C4 c=1 -b");
}

TEST(WatchTest, SendsAnEmptySnapshotOfAnEmptyStore) {
  EchoServer server;
  Watcher watcher(server, 0, "");
  EXPECT_EQ(watcher.Next(), "S0.");
  server.Put("a", "1");
  EXPECT_EQ(watcher.Next(), "C1 a=1");
}

TEST(WatchTest, ResumesFromARevision) {
  EchoServer server;
  for (int i = 1; i <= 5; ++i) server.Put("a", absl::StrCat(i));
  Watcher watcher(server, 3, server.store().store_id());
  EXPECT_EQ(watcher.Next(), "C4 a=4");
  EXPECT_EQ(watcher.Next(), "C5 a=5");
}

TEST(WatchTest, RefusesAFutureRevisionAndAnotherStore) {
  EchoServer server;
  server.Put("a", "1");
  Watcher future(server, 2, server.store().store_id());
  EXPECT_EQ(future.Next(), "end");
  EXPECT_THAT(future.Finish(), StatusIs(absl::StatusCode::kInvalidArgument, "FUTURE_REVISION"));
  Watcher other(server, 1, "another");
  EXPECT_EQ(other.Next(), "end");
  EXPECT_THAT(other.Finish(), StatusIs(absl::StatusCode::kFailedPrecondition, "STORE_CHANGED"));
}

TEST(WatchTest, SendsOneAgencyOnlyItsOwnRows) {
  EchoServer server({.agency = "u"});
  server.Put("a", "1", "u");
  server.Put("b", "1", "v");
  Watcher watcher(server, 0, "");
  EXPECT_EQ(watcher.Next(), "S2 a=1.");
  server.Put("b", "2", "v");
  server.Put("a", "2", "u");
  EXPECT_EQ(watcher.Next(), "C4 a=2");
}

TEST(WatchTest, SendsBookmarksWhenNothingHappens) {
  EchoServer server({.agency = "u", .bookmark_every = absl::Milliseconds(20)});
  Watcher watcher(server, 0, "");
  EXPECT_EQ(watcher.Next(), "S0.");
  server.Put("b", "1", "v");
  std::string message = watcher.Next();
  while (message == "B0") message = watcher.Next();
  EXPECT_EQ(message, "B1");
}

TEST(WatchTest, EndsWhenTheCallerIsNoLongerAllowed) {
  std::atomic<bool> allowed = true;
  EchoServer server(
      {.still_allowed = [&] { return allowed ? absl::OkStatus() : auth::NotAllowed(); }});
  Watcher watcher(server, 0, "");
  EXPECT_EQ(watcher.Next(), "S0.");
  allowed = false;
  server.Put("a", "1");
  EXPECT_EQ(watcher.Next(), "end");
  EXPECT_THAT(watcher.Finish(), StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"));
}

TEST(WatchTest, EndsWhenTheServerDrains) {
  EchoServer server;
  Watcher watcher(server, 0, "");
  EXPECT_EQ(watcher.Next(), "S0.");
  server.runtime().StartDraining();
  EXPECT_EQ(watcher.Next(), "end");
  EXPECT_THAT(watcher.Finish(), StatusIs(absl::StatusCode::kUnavailable, "SHUTTING_DOWN"));
}

TEST(WatchTest, SlowReaderGetsEverythingFromTheStore) {
  EchoServer server;
  Watcher watcher(server, 0, "");
  EXPECT_EQ(watcher.Next(), "S0.");
  const std::string image(20'000, 'x');
  for (int i = 0; i < 1500; ++i) server.Put("a", image);  // 30 MB: more than buffers and tail hold
  for (int i = 1; i <= 1500; ++i) ASSERT_EQ(watcher.Next(), absl::StrCat("C", i, " a=", image));
}

TEST(WatchTest, SendsALargeSnapshotInParts) {
  EchoServer server;
  for (int i = 0; i < 450; ++i) server.Put(absl::StrCat("k", 1000 + i), "x");
  for (int i = 0; i < 3; ++i) server.Put(absl::StrCat("large", i), std::string(5 << 20, 'x'));
  Watcher watcher(server, 0, "");
  int rows = 0;
  std::string part;
  do {
    part = watcher.Next();
    ASSERT_NE(part, "end");
    rows += static_cast<int>(std::count(part.begin(), part.end(), '='));
  } while (part.back() != '.');
  EXPECT_EQ(rows, 453);
}

TEST(ListStateTest, PagesThroughAnyRevision) {
  EchoServer server;
  for (const char* key : {"a", "b", "c", "d"}) server.Put(key, "1");
  server.Put("a", "2");
  auto stub = EchoService::NewStub(server.ConnectAs("gateway"));
  const auto list = [&](int64_t revision, const std::string& token) {
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Now() + absl::Seconds(20), "");
    ListStateRequest request;
    request.set_revision(revision);
    request.set_page_size(2);
    request.set_page_token(token);
    ListStateResponse response;
    EXPECT_THAT(rpc::FromGrpc(stub->ListState(&context, request, &response)), IsOk());
    std::string text = absl::StrCat("@", response.revision());
    for (const auto& row : response.rows())
      absl::StrAppend(&text, " ", row.key(), "=", row.image().value());
    return absl::StrCat(text, " ", response.next_page_token());
  };
  EXPECT_EQ(list(0, ""), "@5 a=2 b=1 b");
  EXPECT_EQ(list(5, "b"), "@5 c=1 d=1 ");
  EXPECT_EQ(list(4, ""), "@4 a=1 b=1 b");
}

// What a follower was told, as text; waits on it instead of sleeping.
class Told {
 public:
  FollowOptions Options(EchoServer& server, FeedCursor start = {}) {
    std::shared_ptr<EchoService::Stub> stub = EchoService::NewStub(server.ConnectAs("gateway"));
    return {
        .open = [stub](grpc::ClientContext* context,
                       const WatchRequest& request) { return stub->WatchEchoes(context, request); },
        .start = std::move(start),
        .on_snapshot =
            [this](const Snapshot& snapshot) {
              std::string text = absl::StrCat("S", snapshot.revision());
              for (const auto& row : snapshot.rows()) absl::StrAppend(&text, " ", row.key());
              return Add(text);
            },
        .on_changes =
            [this](const Changes& changes) { return Add(absl::StrCat("C", changes.revision())); },
        .on_link =
            [this](const absl::Status& status) {
              std::lock_guard lock(mutex_);
              up_ = status.ok();
              changed_.notify_all();
            },
        .name = "echo"};
  }

  std::string Next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(30), [this] { return !told_.empty(); }))
      return "nothing";
    std::string next = told_.front();
    told_.pop_front();
    return next;
  }

  bool WaitForLink(bool up) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return up_ == up; });
  }

  // The next thing told is refused once.
  void RefuseNext() {
    std::lock_guard lock(mutex_);
    refuse_ = true;
  }

 private:
  absl::Status Add(const std::string& text) {
    std::lock_guard lock(mutex_);
    if (std::exchange(refuse_, false)) return absl::UnavailableError("not now");
    told_.push_back(text);
    changed_.notify_all();
    return absl::OkStatus();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> told_;
  bool up_ = false, refuse_ = false;
};

TEST(FollowerTest, FollowsOverARestartWithoutRepeating) {
  EchoServer server;
  server.Put("a", "1");
  Told told;
  auto follower = Follow(told.Options(server));
  EXPECT_EQ(told.Next(), "S1 a");
  server.Put("a", "2");
  EXPECT_EQ(told.Next(), "C2");
  server.Stop();
  EXPECT_TRUE(told.WaitForLink(false));
  server.Put("a", "3");
  server.Start();
  EXPECT_EQ(told.Next(), "C3");
  server.Put("a", "4");
  EXPECT_EQ(told.Next(), "C4");
}

TEST(FollowerTest, StartsFromItsCursor) {
  EchoServer server;
  for (int i = 1; i <= 3; ++i) server.Put("a", "x");
  Told told;
  auto follower =
      Follow(told.Options(server, {.store_id = server.store().store_id(), .revision = 2}));
  EXPECT_EQ(told.Next(), "C3");
}

TEST(FollowerTest, StartsAnewWhenTheStoreWasReplaced) {
  EchoServer server;
  server.Put("a", "1");
  Told told;
  auto follower = Follow(told.Options(server));
  EXPECT_EQ(told.Next(), "S1 a");
  server.Stop();
  server.ReplaceStore();
  server.Put("z", "1");
  server.Put("z", "2");
  server.Start();
  EXPECT_EQ(told.Next(), "S2 z");
}

TEST(FollowerTest, AsksAgainForWhatWasRefused) {
  EchoServer server;
  Told told;
  auto follower = Follow(told.Options(server));
  EXPECT_EQ(told.Next(), "S0");
  server.Put("a", "1");
  EXPECT_EQ(told.Next(), "C1");
  told.RefuseNext();
  server.Put("a", "2");
  server.Put("a", "3");
  EXPECT_EQ(told.Next(), "C2");
  EXPECT_EQ(told.Next(), "C3");
}

TEST(FollowerTest, EndsWhileTheServerIsAway) {
  EchoServer server;
  Told told;
  auto options = told.Options(server);
  server.Stop();
  auto follower = Follow(std::move(options));
  EXPECT_TRUE(told.WaitForLink(false));
  follower.reset();
}

}  // namespace
}  // namespace duban::feed
