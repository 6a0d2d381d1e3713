// The tail of a store's change log, shared by all watchers of a process.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "services/common/feed/store.h"

namespace duban::feed {

// Keeps the newest commits in memory (1,000 or 4 MiB of them) and wakes watchers. A watcher that is further behind reads from the
// store: nothing is ever skipped. Thread-safe.
class Feed {
 public:
  // Becomes the store's listener; the store must outlive the feed.
  explicit Feed(Store& store);
  ~Feed();

  // Commits after `after`, oldest first, at most `limit`; empty when there are none yet. From memory where possible.
  absl::StatusOr<std::vector<std::shared_ptr<const Commit>>> After(int64_t after, int limit) const;

  // Calls `wake` after each commit until the handle is destroyed; the destructor waits for a running call. `wake` must be quick.
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };
  std::unique_ptr<Subscription> Subscribe(std::function<void()> wake);

  Store& store() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace duban::feed
