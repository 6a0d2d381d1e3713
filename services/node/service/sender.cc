#include "services/node/service/sender.h"

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "services/common/base/log.h"
#include "services/common/base/status.h"
#include "services/domain/uplink/node.h"
#include "services/node/service/outbox.h"

namespace duban::node {
namespace {

namespace pb = duban::reporting::v1;
using uplink::Resumption;

// The hub and the node disagree about the past: only a person can help. The node goes on asking,
// seldom.
bool IsDisagreement(absl::string_view reason) {
  return reason == "NODE_FROZEN" || reason == "EQUIVOCATION" || reason == "BROKEN_CHAIN" ||
         reason == "STORE_CHANGED" || reason == "FORKED" || reason == "FROZEN";
}

absl::Status Disagreement(Resumption::Kind kind) {
  return MakeError(absl::StatusCode::kFailedPrecondition, uplink::ToString(kind),
                   "the positions of the hub and of this node do not fit together");
}

class Running final : public Sender {
 public:
  Running(SenderOptions options, feed::Store& store, Hub& hub, LinkState& state, const Clock& clock,
          Ids& ids)
      : options_(std::move(options)),
        store_(store),
        hub_(hub),
        state_(state),
        clock_(clock),
        ids_(ids),
        thread_([this] { Run(); }) {}

  ~Running() override {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void Wake() override {
    {
      std::lock_guard lock(mutex_);
      work_ = true;
    }
    changed_.notify_all();
  }

  void HubIsBack() override {
    {
      std::lock_guard lock(mutex_);
      back_ = true;
    }
    changed_.notify_all();
  }

 private:
  void Run() {
    while (Prepare()) {
      const absl::Status status = DoNext();
      if (!status.ok()) Note(status);
    }
  }

  // Waits while there is nothing to do; false when it is time to end.
  bool Prepare() {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return stop_ || back_ || (work_ && failures_ == 0); };
    if (failures_ > 0) {
      const absl::Duration wait = uplink::Backoff(failures_, Uniform(), options_.max_backoff);
      changed_.wait_for(lock, absl::ToChronoNanoseconds(wait), [this] { return stop_ || back_; });
    } else {
      changed_.wait(lock, ready);
    }
    if (back_) {
      link_.Lost();
      failures_ = 0;
    }
    back_ = work_ = false;
    return !stop_;
  }

  // One step of the protocol. After a step that went well there may be another.
  absl::Status DoNext() {
    DUBAN_ASSIGN_OR_RETURN(const uplink::NodePosition position, Position());
    const uplink::Link::Step step = link_.Next(position.last_seq);
    if (step.kind == uplink::Link::Step::Kind::kIdle) return absl::OkStatus();
    DUBAN_RETURN_IF_ERROR(step.kind == uplink::Link::Step::Kind::kHello ? Greet(position)
                                                                        : Push(step.first_seq));
    failures_ = 0;
    last_error_.clear();
    state_.Uplink("", false);
    state_.Heard(clock_.Now());
    Wake();
    return absl::OkStatus();
  }

  absl::StatusOr<uplink::NodePosition> Position() const {
    uplink::NodePosition position;
    DUBAN_RETURN_IF_ERROR(store_.Read([&](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(position, ReadPosition(view));
      return absl::OkStatus();
    }));
    return position;
  }

  absl::Status Greet(const uplink::NodePosition& position) {
    pb::HelloRequest request;
    request.set_store_id(store_.store_id());
    request.set_epoch(position.epoch);
    request.set_last_seq(position.last_seq);
    request.set_acked_through(position.acked_through);
    DUBAN_ASSIGN_OR_RETURN(*request.mutable_acked_hash(),
                           Hash(position.epoch, position.acked_through));
    request.set_version(options_.version);
    DUBAN_ASSIGN_OR_RETURN(const pb::HelloResponse welcome, hub_.Hello(request));
    receipt_key_ = welcome.receipt_key();
    credit_envelopes_.reset();
    credit_bytes_.reset();
    return Resume(position, welcome);
  }

  absl::Status Resume(const uplink::NodePosition& position, const pb::HelloResponse& welcome) {
    absl::Status failed;
    const Resumption resumption = uplink::Resume(
        position,
        {welcome.epoch(), welcome.accepted_through(), welcome.head_hash(), welcome.hash_at_acked()},
        [&](int64_t seq) {
          auto hash = Hash(position.epoch, seq);
          failed.Update(hash.status());
          return hash.value_or("");
        });
    DUBAN_RETURN_IF_ERROR(failed);
    if (resumption.next_seq == 0) return Disagreement(resumption.kind);
    if (resumption.kind != Resumption::Kind::kSend) {
      Log(LogLevel::kWarning, "positions differ",
          {{"resumption", std::string(uplink::ToString(resumption.kind))},
           {"acked_through", std::to_string(position.acked_through)},
           {"accepted_through", std::to_string(welcome.accepted_through())}});
    }
    link_.Greeted(resumption);
    return absl::OkStatus();
  }

  absl::Status Push(int64_t first_seq) {
    pb::PushBatchRequest batch;
    DUBAN_RETURN_IF_ERROR(store_.Read([&](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(batch, ReadBatch(view, first_seq, credit_envelopes_, credit_bytes_));
      return absl::OkStatus();
    }));
    DUBAN_ASSIGN_OR_RETURN(const pb::PushBatchResponse reply, hub_.Push(batch));
    int64_t through = 0;
    DUBAN_RETURN_IF_ERROR(store_
                              .WriteAndWait([&](feed::Tx& tx) -> absl::Status {
                                DUBAN_ASSIGN_OR_RETURN(through,
                                                       TakeReceipts(tx, options_.node, receipt_key_,
                                                                    first_seq, reply.receipts()));
                                return absl::OkStatus();
                              })
                              .status());
    link_.Delivered(through);
    credit_envelopes_ = reply.credit_envelopes();
    credit_bytes_ = reply.credit_bytes();
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Hash(int64_t epoch, int64_t seq) const {
    std::string hash;
    DUBAN_RETURN_IF_ERROR(store_.Read([&](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(hash, BodyHash(view, epoch, seq));
      return absl::OkStatus();
    }));
    return hash;
  }

  void Note(const absl::Status& status) {
    link_.Lost();
    ++failures_;
    const std::string reason = ErrorReason(status);
    const bool disagreement = IsDisagreement(reason);
    if (disagreement && failures_ <= uplink::kQuickAttempts) failures_ = uplink::kQuickAttempts + 1;
    if (reason != last_error_) {
      Log(disagreement ? LogLevel::kError : LogLevel::kWarning, "uplink",
          {{"reason", reason}, {"message", std::string(status.message())}});
    }
    last_error_ = reason;
    state_.Uplink(reason, disagreement);
  }

  // In [0, 1).
  double Uniform() {
    const std::string bytes = ids_.Bytes(4);
    uint32_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof(number));
    return number / 4294967296.0;
  }

  const SenderOptions options_;
  feed::Store& store_;
  Hub& hub_;
  LinkState& state_;
  const Clock& clock_;
  Ids& ids_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  bool work_ = true;
  bool back_ = false;

  // Of the thread alone.
  uplink::Link link_;
  int failures_ = 0;
  std::string receipt_key_, last_error_;
  std::optional<int> credit_envelopes_;
  std::optional<int64_t> credit_bytes_;

  std::thread thread_;
};

}  // namespace

std::unique_ptr<Sender> Sender::Start(const SenderOptions& options, feed::Store& store, Hub& hub,
                                      LinkState& state, const Clock& clock, Ids& ids) {
  return std::make_unique<Running>(options, store, hub, state, clock, ids);
}

}  // namespace duban::node
