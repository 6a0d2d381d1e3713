// What every call of a server shares: who may call, the worker pool, the clock, draining.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/common/auth/caller.h"
#include "services/common/base/clock.h"

namespace duban::rpc {

inline constexpr int kWorkers = 4;                       // threads that run handlers
inline constexpr int kMaxQueued = 256;                   // handlers waiting; more: RESOURCE_EXHAUSTED / OVERLOADED
inline constexpr int kDefaultMaxRequestBytes = 64 << 10;
inline constexpr absl::Duration kMaxDeadline = absl::Seconds(60);  // unary calls

// What a handler knows of its call.
struct Call {
  auth::Caller caller;
  std::string method;      // "/duban.task.v1.TaskService/ImportPlan"
  absl::Time deadline;     // of the call; absl::InfiniteFuture() for streams
  absl::Time certificate_end = absl::InfiniteFuture();  // of the caller's certificate
  std::string certificate_serial;  // in lower-case hex
  std::string request_id;  // the caller's, or made here
  std::string locale;      // "zh" or "en", from `accept-language`; "zh" by default
  // Set by a body that committed a change: the revision, which the answer carries as trailing metadata.
  mutable int64_t committed_revision = 0;
};

class Runtime {
 public:
  Runtime(auth::Authenticate authenticate, const Clock& clock);
  ~Runtime();  // drains the pool

  const Clock& clock() const;
  const auth::Authenticate& authenticate() const;

  // Runs `work` on the pool; false when the queue is full.
  bool Run(std::function<void()> work);

  // The same for work that is bounded by something else, such as one piece for each open stream; false only when the pool ends.
  bool RunInAnyCase(std::function<void()> work);

  // The service can no longer do its work, as when its store failed: its health is NOT_SERVING until it is started anew. Calls
  // are answered as far as they can be.
  void StopServing();
  bool serving() const;  // false also while draining
  // A function that does the same at any time, also when this is gone.
  std::function<void()> Stopper() const;

  // Calls `tell` when the service stops serving (at once when it has); returns a token for Forget.
  int64_t OnNotServing(std::function<void()> tell);

  // From now on new calls get UNAVAILABLE / SHUTTING_DOWN, and open streams end with it.
  void StartDraining();
  bool draining() const;

  // Calls `end` when draining starts (at once when it has); returns a token for Forget, which waits for a running call of `end`
  // unless it comes from inside it.
  int64_t OnDrain(std::function<void()> end);
  void Forget(int64_t token);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace duban::rpc
