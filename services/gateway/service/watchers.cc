#include "services/gateway/service/watchers.h"

#include <utility>

#include "services/gateway/domain/limits.h"
#include "services/gateway/service/errors.h"

namespace duban::gateway {
namespace {

void Release(void* body) { delete static_cast<std::shared_ptr<const std::string>*>(body); }

}  // namespace

grpc::ByteBuffer ToByteBuffer(const PlanAnswer& answer) {
  auto* body = new std::shared_ptr<const std::string>(answer.body);  // freed by Release
  const grpc::Slice slices[] = {
      grpc::Slice(const_cast<char*>((*body)->data()), (*body)->size(), Release, body),
      grpc::Slice(answer.tail)};
  return grpc::ByteBuffer(slices, 2);
}

// One stream. Holds the newest board that was not sent yet; older ones are dropped.
class Watchers::Watcher : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  Watcher(Watchers& owner, const absl::StatusOr<rpc::Call>& call, std::string plan)
      : owner_(owner),
        caller_(call.ok() ? call->caller : auth::Caller()),
        certificate_end_(call.ok() ? call->certificate_end : absl::InfiniteFuture()),
        plan_(std::move(plan)) {}

  const auth::Caller& caller() const { return caller_; }
  absl::Time certificate_end() const { return certificate_end_; }
  const std::string& plan() const { return plan_; }

  void Keep(std::shared_ptr<Watcher> self) { self_ = std::move(self); }

  void Offer(const grpc::ByteBuffer& board) {
    absl::MutexLock lock(&mutex_);
    if (ended_) return;
    if (writing_) {
      next_ = board;
      waiting_ = true;
      return;
    }
    writing_ = true;
    current_ = board;
    StartWrite(&current_);
  }

  void End(const absl::Status& status) {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(ended_, true)) return;
    Finish(rpc::ToGrpc(status));
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::CancelledError("the watcher left"));
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (ended_ || !std::exchange(waiting_, false)) return;
    writing_ = true;
    current_ = std::exchange(next_, {});
    StartWrite(&current_);
  }

  void OnCancel() override { End(absl::CancelledError("the watcher left")); }

  void OnDone() override {
    const std::shared_ptr<Watcher> self = std::move(self_);
    owner_.Remove(self);
  }

 private:
  Watchers& owner_;
  const auth::Caller caller_;
  const absl::Time certificate_end_;
  const std::string plan_;
  std::shared_ptr<Watcher> self_;  // until OnDone

  absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ByteBuffer current_ ABSL_GUARDED_BY(mutex_);
  grpc::ByteBuffer next_ ABSL_GUARDED_BY(mutex_);
};

Watchers::Watchers(Board& board, rpc::Runtime& runtime)
    : board_(board), runtime_(runtime), thread_([this] { Run(); }) {
  drain_token_ = runtime_.OnDrain([this] { EndAll(ShuttingDown()); });
}

Watchers::~Watchers() {
  runtime_.Forget(drain_token_);
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    woken_.Signal();
  }
  thread_.join();
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* Watchers::Watch(absl::StatusOr<rpc::Call> call,
                                                            const std::string& plan) {
  auto watcher = std::make_shared<Watcher>(*this, call, plan);
  watcher->Keep(watcher);
  const absl::Status status = call.ok() ? MayWatch(call->caller, plan) : call.status();
  const absl::StatusOr<PlanAnswer> first = status.ok() ? board_.Plan(plan) : status;
  if (!first.ok()) {
    watcher->End(first.status());
    return watcher.get();
  }
  const absl::Status added = Add(watcher);
  if (added.ok()) {
    // Asked again, now that no change can be missed.
    if (const auto answer = board_.Plan(plan); answer.ok()) watcher->Offer(ToByteBuffer(*answer));
  } else {
    watcher->End(added);
  }
  return watcher.get();
}

void Watchers::Changed(const std::set<std::string>& plans) {
  absl::MutexLock lock(&mutex_);
  if (watched_.empty()) return;
  changed_.insert(plans.begin(), plans.end());
  if (!changed_.empty()) woken_.Signal();
}

void Watchers::Recheck() {
  absl::MutexLock lock(&mutex_);
  recheck_ = true;
  woken_.Signal();
}

absl::Status Watchers::MayWatch(const auth::Caller& caller, const std::string& plan) const {
  return caller.may_see_plan(plan) ? absl::OkStatus() : auth::NotAllowed();
}

absl::Status Watchers::Add(const std::shared_ptr<Watcher>& watcher) {
  absl::MutexLock lock(&mutex_);
  if (draining_) return ShuttingDown();
  if (count_ >= kMaxWatchers) return TooManyWait();
  if (watched_[watcher->plan()].insert(watcher).second) ++count_;
  return absl::OkStatus();
}

void Watchers::Remove(const std::shared_ptr<Watcher>& watcher) {
  absl::MutexLock lock(&mutex_);
  const auto it = watched_.find(watcher->plan());
  if (it == watched_.end() || it->second.erase(watcher) == 0) return;
  --count_;
  if (it->second.empty()) watched_.erase(it);
}

void Watchers::EndAll(const absl::Status& status) {
  Watched all;
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    all = watched_;
  }
  for (const auto& [plan, watchers] : all) {
    for (const auto& watcher : watchers) watcher->End(status);
  }
}

void Watchers::Run() {
  absl::Time check = absl::Now() + kRecheckEvery;
  while (true) {
    std::set<std::string> changed;
    Watched watched;
    bool recheck = false;
    {
      absl::MutexLock lock(&mutex_);
      while (!stopping_ && !recheck_ && changed_.empty() && absl::Now() < check) {
        woken_.WaitWithDeadline(&mutex_, check);
      }
      // Let a tick pass so that changes that follow at once go out with this one.
      const absl::Time tick = absl::Now() + kTick;
      while (!stopping_ && !recheck_ && absl::Now() < tick) woken_.WaitWithDeadline(&mutex_, tick);
      if (stopping_) return;
      recheck = std::exchange(recheck_, false) || absl::Now() >= check;
      changed.swap(changed_);
      if (recheck) watched = watched_;
      for (const std::string& plan : changed) {
        if (const auto it = watched_.find(plan); it != watched_.end()) watched[plan] = it->second;
      }
    }
    if (recheck) {
      CheckAll(watched);
      check = absl::Now() + kRecheckEvery;
    }
    for (const std::string& plan : changed) {
      if (const auto it = watched.find(plan); it != watched.end()) Send(plan, it->second);
    }
  }
}

void Watchers::Send(const std::string& plan, const std::set<std::shared_ptr<Watcher>>& watchers) {
  const absl::StatusOr<PlanAnswer> answer = board_.Plan(plan);
  const grpc::ByteBuffer bytes = answer.ok() ? ToByteBuffer(*answer) : grpc::ByteBuffer();
  for (const auto& watcher : watchers) {
    answer.ok() ? watcher->Offer(bytes) : watcher->End(answer.status());
  }
}

// What a caller may do is asked anew of its credentials; its own Caller is as old as its stream.
void Watchers::CheckAll(const Watched& watched) {
  for (const auto& [plan, watchers] : watched) {
    for (const auto& watcher : watchers) {
      const absl::StatusOr<auth::Caller> caller =
          runtime_.authenticate()({.spiffe_id = watcher->caller().identity.ToString()});
      const absl::Status certificate =
          rpc::CheckCertificate(watcher->certificate_end(), runtime_.clock().Now());
      if (!certificate.ok()) {
        watcher->End(certificate);
      } else if (!caller.ok()) {
        watcher->End(caller.status());
      } else if (caller->roles != watcher->caller().roles || !caller->may_see_plan(plan)) {
        watcher->End(auth::NotAllowed());
      }
    }
  }
}

}  // namespace duban::gateway
