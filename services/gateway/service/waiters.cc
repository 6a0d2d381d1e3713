#include "services/gateway/service/waiters.h"

#include <algorithm>
#include <utility>

#include "services/gateway/domain/limits.h"
#include "services/gateway/service/errors.h"

namespace duban::gateway {

Waiters::Waiters() : thread_([this] { Run(); }) {}

Waiters::~Waiters() {
  End();
  thread_.join();
}

void Waiters::Wait(const Revisions& needed, absl::Time deadline, Done done) {
  absl::Status now;
  {
    absl::MutexLock lock(&mutex_);
    if (ended_) {
      now = ShuttingDown();
    } else if (!reached_.reached(needed)) {
      if (waiters_.size() < kMaxWaiters) {
        waiters_.push_back({needed, deadline, std::move(done)});
        changed_.Signal();
        return;
      }
      now = TooManyWait();
    }
  }
  done(now);
}

void Waiters::Reached(const Revisions& revisions) {
  std::list<Waiter> ready;
  {
    absl::MutexLock lock(&mutex_);
    // A store that was replaced starts anew, so a revision may fall.
    reached_ = revisions;
    ready = TakeIf([this](const Waiter& w) { return reached_.reached(w.needed); });
  }
  for (const Waiter& waiter : ready) waiter.done(absl::OkStatus());
}

void Waiters::End() {
  std::list<Waiter> all;
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
    all.swap(waiters_);
    changed_.Signal();
  }
  for (const Waiter& waiter : all) waiter.done(ShuttingDown());
}

std::list<Waiters::Waiter> Waiters::TakeIf(const std::function<bool(const Waiter&)>& condition) {
  std::list<Waiter> taken;
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    const auto next = std::next(it);
    if (condition(*it)) taken.splice(taken.end(), waiters_, it);
    it = next;
  }
  return taken;
}

void Waiters::Run() {
  while (true) {
    std::list<Waiter> late;
    {
      absl::MutexLock lock(&mutex_);
      if (ended_) return;
      absl::Time next = absl::InfiniteFuture();
      for (const Waiter& waiter : waiters_) next = std::min(next, waiter.deadline);
      changed_.WaitWithDeadline(&mutex_, next);
      const absl::Time now = absl::Now();
      late = TakeIf([now](const Waiter& w) { return w.deadline <= now; });
    }
    for (const Waiter& waiter : late) waiter.done(NotYetThere());
  }
}

}  // namespace duban::gateway
