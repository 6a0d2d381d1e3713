#include "services/common/feed/follower.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/common/base/log.h"
#include "services/common/base/status.h"
#include "services/common/rpc/handler.h"

namespace duban::feed {
namespace {

using common::v1::WatchRequest;
using common::v1::WatchResponse;

constexpr absl::Duration kMinBackoff = absl::Milliseconds(50);
constexpr absl::Duration kMaxBackoff = absl::Seconds(2);

class FollowerImpl final : public Follower {
 public:
  explicit FollowerImpl(FollowOptions options)
      : options_(std::move(options)), cursor_(options_.start), thread_([this] { Loop(); }) {}

  ~FollowerImpl() override {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      if (context_ != nullptr) context_->TryCancel();
    }
    thread_.join();
  }

 private:
  void Loop() {
    absl::Duration backoff = kMinBackoff;
    while (true) {
      received_ = false;
      const absl::Status status = FollowOnce();
      if (Stopping()) return;
      if (ErrorReason(status) == "STORE_CHANGED" || ErrorReason(status) == "FUTURE_REVISION") {
        // Another store, or an older copy of the same: what is known here cannot be continued.
        cursor_ = {};
      }
      if (up_ || !reported_down_) {
        Log(LogLevel::kWarning, "feed_lost",
            {{"feed", options_.name},
             {"reason", ErrorReason(status)},
             {"message", std::string(status.message())}});
        reported_down_ = true;
      }
      up_ = false;
      if (options_.on_link) options_.on_link(status);
      backoff = received_ ? kMinBackoff : std::min(backoff * 2, kMaxBackoff);
      if (!WaitFor(Jittered(backoff))) return;
    }
  }

  absl::Status FollowOnce() {
    grpc::ClientContext context;
    WatchRequest request;
    request.set_from_revision(cursor_.revision);
    if (cursor_.revision > 0) request.set_store_id(cursor_.store_id);
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return absl::CancelledError();
      context_ = &context;
    }
    auto reader = options_.open(&context, request);
    snapshot_.Clear();
    WatchResponse response;
    absl::Status taken;
    while (taken.ok() && reader->Read(&response)) taken = Take(response);
    if (!taken.ok()) context.TryCancel();
    const grpc::Status status = reader->Finish();
    absl::MutexLock lock(&mutex_);
    context_ = nullptr;
    if (!taken.ok()) return taken;
    if (status.ok()) return absl::UnavailableError("the stream ended");
    return rpc::FromGrpc(status);
  }

  absl::Status Take(const WatchResponse& response) {
    received_ = true;
    if (!up_) {
      up_ = true;
      reported_down_ = false;
      Log(LogLevel::kInfo, "feed_up", {{"feed", options_.name}});
      if (options_.on_link) options_.on_link(absl::OkStatus());
    }
    switch (response.kind_case()) {
      case WatchResponse::kSnapshot:
        return TakePart(response.snapshot());
      case WatchResponse::kChanges:
        if (response.changes().revision() <= cursor_.revision) break;
        DUBAN_RETURN_IF_ERROR(options_.on_changes(response.changes()));
        cursor_.revision = response.changes().revision();
        break;
      case WatchResponse::kBookmark:
        // Everything up to it was sent, though nothing of it may have been for this follower.
        cursor_.revision = std::max(cursor_.revision, response.bookmark().revision());
        if (options_.on_bookmark) options_.on_bookmark(response.bookmark().revision());
        break;
      case WatchResponse::KIND_NOT_SET:
        break;
    }
    return absl::OkStatus();
  }

  // Parts are joined until the last is here: the next connection may start over with a newer
  // snapshot.
  absl::Status TakePart(const common::v1::Snapshot& part) {
    snapshot_.MergeFrom(part);
    if (!part.complete()) return absl::OkStatus();
    const common::v1::Snapshot whole = std::exchange(snapshot_, {});
    DUBAN_RETURN_IF_ERROR(options_.on_snapshot(whole));
    cursor_ = {whole.store_id(), whole.revision()};
    return absl::OkStatus();
  }

  bool Stopping() {
    absl::MutexLock lock(&mutex_);
    return stopping_;
  }

  // Full jitter, but never a busy loop.
  absl::Duration Jittered(absl::Duration most) {
    std::uniform_real_distribution<double> part(0.1, 1.0);
    return most * part(random_);
  }

  // False when it is time to stop.
  bool WaitFor(absl::Duration time) {
    absl::MutexLock lock(&mutex_);
    return !mutex_.AwaitWithTimeout(absl::Condition(&stopping_), time);
  }

  const FollowOptions options_;
  FeedCursor cursor_;
  common::v1::Snapshot snapshot_;  // as far as it has come
  bool received_ = false, up_ = false, reported_down_ = false;
  std::mt19937_64 random_{std::random_device{}()};
  absl::Mutex mutex_;
  bool stopping_ = false;
  grpc::ClientContext* context_ = nullptr;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Follower> Follow(FollowOptions options) {
  return std::make_unique<FollowerImpl>(std::move(options));
}

}  // namespace duban::feed
