#include "services/common/rpc/runtime.h"

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace duban::rpc {

namespace {

// Functions to call once something has come about. One may be forgotten at any time; forgetting
// waits while it runs, unless it comes from inside it.
class Hooks {
 public:
  bool fired() const {
    absl::MutexLock lock(&mutex_);
    return fired_;
  }

  // Calls all; the first time only.
  void Fire() {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(fired_, true)) return;
    runner_ = std::this_thread::get_id();
    while (!waiting_.empty()) {
      auto next = waiting_.extract(waiting_.begin());
      running_ = next.key();
      mutex_.Unlock();
      next.mapped()();
      mutex_.Lock();
      running_ = 0;
    }
  }

  // Keeps `hook` under `token`; calls it at once when it has come about.
  void Add(int64_t token, std::function<void()> hook) {
    {
      absl::MutexLock lock(&mutex_);
      if (!fired_) {
        waiting_[token] = std::move(hook);
        return;
      }
    }
    hook();
  }

  void Forget(int64_t token) {
    absl::MutexLock lock(&mutex_);
    waiting_.erase(token);
    if (runner_ == std::this_thread::get_id()) return;
    const auto over = [&] { return running_ != token; };
    mutex_.Await(absl::Condition(&over));
  }

 private:
  mutable absl::Mutex mutex_;
  bool fired_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<int64_t, std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  int64_t running_ ABSL_GUARDED_BY(mutex_) = 0;  // the token whose function runs
  std::thread::id runner_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

struct Runtime::State {
  State(auth::Authenticate a, const Clock& c) : authenticate(std::move(a)), clock(c) {}

  const auth::Authenticate authenticate;
  const Clock& clock;

  absl::Mutex mutex;
  std::deque<std::function<void()>> queue ABSL_GUARDED_BY(mutex);
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  std::vector<std::thread> workers;

  const std::shared_ptr<Hooks> not_serving = std::make_shared<Hooks>();
  Hooks drain;
  std::atomic<int64_t> next_token = 1;

  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return stopping || !queue.empty(); }

  void Work() {
    for (;;) {
      std::function<void()> work;
      {
        absl::MutexLock lock(&mutex);
        mutex.Await(absl::Condition(this, &State::HasWork));
        if (queue.empty()) return;
        work = std::move(queue.front());
        queue.pop_front();
      }
      work();
    }
  }
};

Runtime::Runtime(auth::Authenticate authenticate, const Clock& clock)
    : state_(std::make_unique<State>(std::move(authenticate), clock)) {
  for (int i = 0; i < kWorkers; ++i) state_->workers.emplace_back([this] { state_->Work(); });
}

Runtime::~Runtime() {
  {
    absl::MutexLock lock(&state_->mutex);
    state_->stopping = true;
  }
  for (std::thread& worker : state_->workers) worker.join();
}

const Clock& Runtime::clock() const { return state_->clock; }
const auth::Authenticate& Runtime::authenticate() const { return state_->authenticate; }

bool Runtime::Run(std::function<void()> work) {
  absl::MutexLock lock(&state_->mutex);
  if (state_->stopping || state_->queue.size() >= kMaxQueued) return false;
  state_->queue.push_back(std::move(work));
  return true;
}

bool Runtime::RunInAnyCase(std::function<void()> work) {
  absl::MutexLock lock(&state_->mutex);
  if (state_->stopping) return false;
  state_->queue.push_back(std::move(work));
  return true;
}

void Runtime::StopServing() { state_->not_serving->Fire(); }
std::function<void()> Runtime::Stopper() const {
  return [hooks = state_->not_serving] { hooks->Fire(); };
}
bool Runtime::serving() const { return !state_->not_serving->fired(); }

int64_t Runtime::OnNotServing(std::function<void()> tell) {
  const int64_t token = state_->next_token++;
  state_->not_serving->Add(token, std::move(tell));
  return token;
}

void Runtime::StartDraining() {
  state_->not_serving->Fire();
  state_->drain.Fire();
}

bool Runtime::draining() const { return state_->drain.fired(); }

int64_t Runtime::OnDrain(std::function<void()> end) {
  const int64_t token = state_->next_token++;
  state_->drain.Add(token, std::move(end));
  return token;
}

void Runtime::Forget(int64_t token) {
  state_->not_serving->Forget(token);
  state_->drain.Forget(token);
}

}  // namespace duban::rpc
