// Calls that wait for the board to reach a position.
#pragma once

#include <functional>
#include <list>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/gateway/service/revisions.h"

namespace duban::gateway {

// The fold resolves waiters; a thread of its own ends those whose time is up. Thread-safe.
class Waiters {
 public:
  using Done = std::function<void(absl::Status)>;

  Waiters();
  ~Waiters();  // as End

  // Calls `done` once: OK as soon as `needed` is reached (at once when it is), DEADLINE_EXCEEDED /
  // NOT_YET_THERE at `deadline`, RESOURCE_EXHAUSTED / OVERLOADED when too many wait, UNAVAILABLE /
  // SHUTTING_DOWN after End.
  void Wait(const Revisions& needed, absl::Time deadline, Done done);

  // The board has come this far.
  void Reached(const Revisions& revisions);

  // Ends all waiters, those to come too.
  void End();

 private:
  struct Waiter {
    Revisions needed;
    absl::Time deadline;
    Done done;
  };

  std::list<Waiter> TakeIf(const std::function<bool(const Waiter&)>& condition)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run();

  absl::Mutex mutex_;
  absl::CondVar changed_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  Revisions reached_ ABSL_GUARDED_BY(mutex_);
  std::list<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace duban::gateway
