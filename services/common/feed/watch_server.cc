#include "services/common/feed/watch_server.h"

#include <grpcpp/alarm.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/common/base/log.h"
#include "services/common/base/status.h"
#include "services/common/feed/change_log.h"
#include "services/common/feed/messages.h"
#include "services/common/rpc/handler.h"

namespace duban::feed {
namespace {

using common::v1::ListStateRequest;
using common::v1::ListStateResponse;
using common::v1::WatchRequest;
using common::v1::WatchResponse;
using Response = std::shared_ptr<const WatchResponse>;

absl::Status StoreChanged(absl::string_view store_id) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "STORE_CHANGED",
                   "the store is not the one that the revision belongs to; start from a snapshot",
                   {{"store_id", std::string(store_id)}});
}

absl::Status ShuttingDown() {
  return MakeError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                   "the service is shutting down; try again");
}

common::v1::Row RowToProto(const Row& row, bool deleted) {
  common::v1::Row out;
  out.set_key(row.key);
  out.set_plan(row.plan);
  out.set_agency(row.agency);
  out.set_revision(row.revision);
  if (!deleted) {
    out.mutable_image()->set_type_url(absl::StrCat("type.googleapis.com/", row.type));
    out.mutable_image()->set_value(row.image);
  }
  return out;
}

// Rows as of a revision that fit one message, and whether more follow.
struct Part {
  std::vector<Row> rows;
  bool more = false;
};

absl::StatusOr<Part> ReadPart(const Store& store, int64_t revision, absl::string_view plan,
                              absl::string_view after, int limit) {
  Part part;
  DUBAN_ASSIGN_OR_RETURN(part.rows, store.RowsAsOf(revision, plan, after, limit + 1));
  size_t bytes = 0, fit = 0;
  while (fit < part.rows.size() && fit < static_cast<size_t>(limit)) {
    bytes += part.rows[fit].image.size();
    if (fit > 0 && bytes > kBytesPerMessage) break;
    ++fit;
  }
  part.more = fit < part.rows.size();
  part.rows.resize(fit);
  return part;
}

// One stream. Three parties touch it: gRPC (writes done, cancelled, over), the pool (makes
// messages), and wake-ups (a commit, the timer, draining). `mutex_` guards what they share; a
// message is made by one pool task at a time, and written when it is made.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(rpc::Runtime& runtime, Feed& feed, WatchRequest request, absl::Time certificate_end,
         ServeOptions options)
      : runtime_(runtime),
        feed_(feed),
        request_(std::move(request)),
        certificate_end_(certificate_end),
        options_(std::move(options)) {}

  // What gRPC sees; lives until OnDone, and keeps the stream until then.
  class Reactor : public grpc::ServerWriteReactor<WatchResponse> {
   public:
    explicit Reactor(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
    void OnWriteDone(bool ok) override { stream_->Written(ok); }
    void OnCancel() override { stream_->End(absl::CancelledError()); }
    void OnDone() override {
      stream_->Over();
      delete this;
    }

   private:
    std::shared_ptr<Stream> stream_;
  };

  grpc::ServerWriteReactor<WatchResponse>* Start() {
    auto* reactor = new Reactor(shared_from_this());
    reactor_ = reactor;
    std::weak_ptr<Stream> weak = shared_from_this();
    auto locked = [weak](void (Stream::*what)()) {
      if (auto stream = weak.lock()) ((*stream).*what)();
    };
    drain_token_ = runtime_.OnDrain([locked] { locked(&Stream::Drain); });
    subscription_ = feed_.Subscribe([locked] { locked(&Stream::Pump); });
    SetTimer();
    if (options_.on_start) options_.on_start([locked] { locked(&Stream::Recheck); });
    Pump();
    return reactor;
  }

 private:
  void Pump() {
    {
      absl::MutexLock lock(&mutex_);
      if (ending_ || writing_) return;
      if (making_) {
        again_ = true;
        return;
      }
      making_ = true;
    }
    Make();
  }

  void Make() {
    if (!runtime_.RunInAnyCase([self = shared_from_this()] { self->MakeOnPool(); })) {
      {
        absl::MutexLock lock(&mutex_);
        making_ = false;
      }
      End(ShuttingDown());
    }
  }

  void MakeOnPool() {
    absl::Status allowed = StillAllowed();
    absl::Status made = allowed.ok() ? FillReady() : allowed;
    bool again = false;
    {
      absl::MutexLock lock(&mutex_);
      making_ = false;
      again = std::exchange(again_, false);
    }
    if (!made.ok()) return End(made);
    if (!WriteNext() && again) Pump();
  }

  // Fills `ready_` with the next messages, if there are any. Only one task runs it at a time.
  absl::Status FillReady() {
    if (!started_) DUBAN_RETURN_IF_ERROR(CheckStart());
    if (snapshotting_) return NextSnapshotPart();
    int added = 0;
    for (bool more = true; added == 0 && more;) {
      DUBAN_ASSIGN_OR_RETURN(const auto commits, feed_.After(cursor_, kCommitsPerRead));
      more = !commits.empty();
      for (const auto& commit : commits) {
        cursor_ = commit->revision;
        added += AddChanges(*commit);
      }
    }
    absl::MutexLock lock(&mutex_);
    if (ready_.empty() && bookmark_due_) {
      auto message = std::make_shared<WatchResponse>();
      message->mutable_bookmark()->set_revision(cursor_);
      ready_.push_back(std::move(message));
    }
    if (!ready_.empty()) bookmark_due_ = false;
    return absl::OkStatus();
  }

  absl::Status CheckStart() {
    started_ = true;
    const Store& store = feed_.store();
    const int64_t newest = store.revision();
    cursor_ = request_.from_revision();
    if (cursor_ == 0) {
      snapshotting_ = true;
      snapshot_revision_ = newest;
      return absl::OkStatus();
    }
    if (request_.store_id() != store.store_id()) return StoreChanged(store.store_id());
    if (cursor_ < 0 || cursor_ > newest) return FutureRevision(cursor_, newest);
    return absl::OkStatus();
  }

  absl::Status NextSnapshotPart() {
    // As of one revision, so that the parts are one consistent copy however long the reader takes.
    auto message = std::make_shared<WatchResponse>();
    common::v1::Snapshot& snapshot = *message->mutable_snapshot();
    snapshot.set_revision(snapshot_revision_);
    snapshot.set_store_id(feed_.store().store_id());
    while (snapshotting_ && snapshot.rows().empty()) {  // parts without a row for this reader
      DUBAN_ASSIGN_OR_RETURN(const Part part, ReadPart(feed_.store(), snapshot_revision_, "",
                                                       snapshot_after_, kRowsPerMessage));
      for (const Row& row : part.rows) {
        if (Wanted(row)) *snapshot.add_rows() = RowToProto(row, false);
      }
      snapshotting_ = part.more;
      if (part.more) snapshot_after_ = part.rows.back().key;
    }
    if (!snapshotting_) {
      snapshot.set_complete(true);
      cursor_ = snapshot_revision_;
    }
    absl::MutexLock lock(&mutex_);
    ready_.push_back(std::move(message));
    return absl::OkStatus();
  }

  // 1 when the commit has rows for this reader, else 0.
  int AddChanges(const Commit& commit) {
    auto message = std::make_shared<WatchResponse>();
    common::v1::Changes& changes = *message->mutable_changes();
    changes.set_revision(commit.revision);
    *changes.mutable_commit_time() = ToTimestamp(commit.time);
    for (const Change& change : commit.changes) {
      if (Wanted(change.row)) *changes.add_rows() = ToProto(change);
    }
    if (changes.rows().empty()) return 0;
    absl::MutexLock lock(&mutex_);
    ready_.push_back(std::move(message));
    return 1;
  }

  bool Wanted(const Row& row) const { return !options_.agency || row.agency == *options_.agency; }

  // Writes the next ready message; false when there is none.
  bool WriteNext() {
    absl::MutexLock lock(&mutex_);
    if (ending_ || writing_ || ready_.empty()) return writing_;
    writing_ = true;
    current_ = std::move(ready_.front());
    ready_.pop_front();
    reactor_->StartWrite(current_.get());
    return true;
  }

  void Written(bool ok) {
    bool finish = false;
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      if (!ok) {
        ending_ = true;
        if (status_.ok()) status_ = absl::CancelledError();
      }
      finish = ending_ && !std::exchange(finished_, true);
    }
    if (finish) return FinishNow();
    if (!WriteNext()) Pump();
  }

  void Drain() { End(ShuttingDown()); }

  void Recheck() {
    if (absl::Status status = StillAllowed(); !status.ok()) End(status);
  }

  absl::Status StillAllowed() const {
    DUBAN_RETURN_IF_ERROR(rpc::CheckCertificate(certificate_end_, runtime_.clock().Now()));
    return options_.still_allowed ? options_.still_allowed() : absl::OkStatus();
  }

  void SetTimer() {
    absl::MutexLock lock(&mutex_);
    if (over_) return;
    // A new one each time: an alarm must not be set again from its own callback. It keeps the
    // callback for as long as it lives, so that must not own the stream.
    timer_ = std::make_unique<grpc::Alarm>();
    const absl::Time now = absl::Now();
    absl::Time next = now + options_.bookmark_every;
    // A certificate counts to the end of its last second; right after it the stream ends.
    const absl::Time ended = certificate_end_ + absl::Milliseconds(1);
    if (ended > now) next = std::min(next, ended);
    timer_->Set(absl::ToChronoTime(next),
                [weak = weak_from_this()](bool ok) {
                  if (auto self = ok ? weak.lock() : nullptr) self->Tick();
                });
  }

  void Tick() {
    Recheck();
    {
      absl::MutexLock lock(&mutex_);
      if (over_) return;
      bookmark_due_ = true;
    }
    SetTimer();
    Pump();
  }

  // Ends the stream with `status` once; a write under way is let finish first.
  void End(const absl::Status& status) {
    {
      absl::MutexLock lock(&mutex_);
      if (ending_) return;
      ending_ = true;
      status_ = status;
      if (writing_ || std::exchange(finished_, true)) return;
    }
    FinishNow();
  }

  void FinishNow() {
    absl::Status status;
    {
      absl::MutexLock lock(&mutex_);
      status = status_;
    }
    reactor_->Finish(rpc::ToGrpc(status));
  }

  void Over() {
    {
      absl::MutexLock lock(&mutex_);
      over_ = ending_ = true;
      if (timer_) timer_->Cancel();
    }
    subscription_.reset();
    runtime_.Forget(drain_token_);
    if (options_.on_end) options_.on_end();
  }

  rpc::Runtime& runtime_;
  Feed& feed_;
  const WatchRequest request_;
  const absl::Time certificate_end_;
  const ServeOptions options_;
  Reactor* reactor_ = nullptr;
  std::unique_ptr<Feed::Subscription> subscription_;
  int64_t drain_token_ = 0;

  // Touched only by the one task that makes messages.
  bool started_ = false, snapshotting_ = false;
  int64_t cursor_ = 0, snapshot_revision_ = 0;
  std::string snapshot_after_;

  absl::Mutex mutex_;
  std::unique_ptr<grpc::Alarm> timer_;
  std::deque<Response> ready_;
  Response current_;
  absl::Status status_;
  bool making_ = false, again_ = false, writing_ = false, bookmark_due_ = false;
  bool ending_ = false, finished_ = false, over_ = false;
};

class RefusedStream : public grpc::ServerWriteReactor<WatchResponse> {
 public:
  explicit RefusedStream(const absl::Status& status) { Finish(rpc::ToGrpc(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

common::v1::Row ToProto(const Change& change) { return RowToProto(change.row, change.deleted); }

grpc::ServerWriteReactor<WatchResponse>* ServeFeed(
    rpc::Runtime& runtime, grpc::CallbackServerContext* context, absl::string_view method,
    const WatchRequest* request, Feed& feed,
    std::function<absl::StatusOr<ServeOptions>(const rpc::Call&)> admit) {
  auto call = rpc::internal::Admit(runtime, *context, method, request->ByteSizeLong(), true);
  absl::StatusOr<ServeOptions> options = call.ok() ? admit(*call) : call.status();
  if (!options.ok()) {
    rpc::internal::LogRefusal(*context, method, options.status());
    return new RefusedStream(options.status());
  }
  return std::make_shared<Stream>(runtime, feed, *request, call->certificate_end,
                                  *std::move(options))
      ->Start();
}

absl::Status ListState(const Store& store, const ListStateRequest& request,
                       ListStateResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(Page page, Page::Parse(request.page_size(), request.page_token(), ""));
  int64_t revision = request.revision() == 0 ? store.revision() : request.revision();
  if (revision < 0) return FutureRevision(revision, store.revision());
  DUBAN_ASSIGN_OR_RETURN(const Part part,
                         ReadPart(store, revision, request.plan(), page.after, page.size));
  for (const Row& row : part.rows) *response.add_rows() = RowToProto(row, false);
  response.set_revision(revision);
  if (part.more) response.set_next_page_token(part.rows.back().key);
  return absl::OkStatus();
}

}  // namespace duban::feed
