#include "services/common/rpc/runtime.h"

#include <deque>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace duban::rpc {

struct Runtime::State {
  State(auth::Authenticate a, const Clock& c) : authenticate(std::move(a)), clock(c) {}

  const auth::Authenticate authenticate;
  const Clock& clock;

  absl::Mutex mutex;
  std::deque<std::function<void()>> queue ABSL_GUARDED_BY(mutex);
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  bool draining ABSL_GUARDED_BY(mutex) = false;
  int64_t next_token ABSL_GUARDED_BY(mutex) = 1;
  std::map<int64_t, std::function<void()>> on_drain ABSL_GUARDED_BY(mutex);
  int64_t ending ABSL_GUARDED_BY(mutex) = 0;  // the token whose function runs
  std::thread::id drainer ABSL_GUARDED_BY(mutex);
  std::vector<std::thread> workers;

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

void Runtime::StartDraining() {
  State& s = *state_;
  absl::MutexLock lock(&s.mutex);
  if (std::exchange(s.draining, true)) return;
  s.drainer = std::this_thread::get_id();
  while (!s.on_drain.empty()) {
    auto next = s.on_drain.extract(s.on_drain.begin());
    s.ending = next.key();
    s.mutex.Unlock();
    next.mapped()();
    s.mutex.Lock();
    s.ending = 0;
  }
}

bool Runtime::draining() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->draining;
}

int64_t Runtime::OnDrain(std::function<void()> end) {
  {
    absl::MutexLock lock(&state_->mutex);
    if (!state_->draining) {
      state_->on_drain[state_->next_token] = std::move(end);
      return state_->next_token++;
    }
  }
  end();
  return 0;
}

void Runtime::Forget(int64_t token) {
  State& s = *state_;
  absl::MutexLock lock(&s.mutex);
  s.on_drain.erase(token);
  if (token == 0 || s.drainer == std::this_thread::get_id()) return;
  const auto ended = [&] { return s.ending != token; };
  s.mutex.Await(absl::Condition(&ended));
}

}  // namespace duban::rpc
