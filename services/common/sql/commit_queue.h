// The one writer of a database: many closures to one transaction and one sync.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "services/common/sql/connection.h"

namespace duban::sql {

inline constexpr size_t kMaxQueuedWrites = 4096;  // waiting; more: RESOURCE_EXHAUSTED / OVERLOADED
inline constexpr size_t kMaxBatch = 50;           // closures in one transaction

// Takes closures from any thread and runs them in order on a thread of its own, each in a
// savepoint, up to kMaxBatch in one transaction; a caller is answered after the commit is synced.
//
// A closure that fails is undone alone. When the disk is full, all closures of its transaction fail
// with STORE_FULL and later ones are tried anew. After any other error of the file, nothing is
// written any more: UNAVAILABLE / STORE_FAILED.
class CommitQueue {
 public:
  using Work = std::function<absl::Status()>;      // runs once, on the writer's thread
  using Done = std::function<void(absl::Status)>;  // called once, on the writer's thread

  // `connection` is used by the queue's thread alone from now on and must outlive the queue.
  // `on_failed` is called once, on the queue's thread, when nothing can be written any more.
  CommitQueue(Connection& connection, std::function<void()> on_failed);

  // Runs what is queued, then stops. What comes later gets UNAVAILABLE / SHUTTING_DOWN.
  ~CommitQueue();

  void Submit(Work work, Done done);

 private:
  struct Item {
    Work work;
    Done done;
    absl::Status status;
  };
  void Loop();
  std::vector<Item> TakeBatch();
  void RunBatch(std::vector<Item>& batch);
  absl::Status RunItem(Item& item);
  void FailAll(std::vector<Item>& batch, size_t count, const absl::Status& status);

  Connection& connection_;
  const std::function<void()> on_failed_;
  absl::Status broken_;  // the writer's thread alone
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace duban::sql
