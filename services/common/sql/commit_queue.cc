#include "services/common/sql/commit_queue.h"

#include <algorithm>
#include <utility>

#include "services/common/base/log.h"
#include "services/common/base/status.h"

namespace duban::sql {
namespace {

absl::Status Overloaded() {
  return MakeError(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                   "too many changes wait for the disk; try again later");
}

absl::Status ShuttingDown() {
  return MakeError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the service is stopping");
}

}  // namespace

CommitQueue::CommitQueue(Connection& connection, std::function<void()> on_failed)
    : connection_(connection), on_failed_(std::move(on_failed)), thread_([this] { Loop(); }) {}

CommitQueue::~CommitQueue() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void CommitQueue::Submit(Work work, Done done) {
  absl::Status refused;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) {
      refused = ShuttingDown();
    } else if (queue_.size() >= kMaxQueuedWrites) {
      refused = Overloaded();
    } else {
      queue_.push_back({std::move(work), std::move(done), absl::OkStatus()});
    }
  }
  if (refused.ok()) {
    wake_.notify_one();
  } else {
    done(refused);
  }
}

std::vector<CommitQueue::Item> CommitQueue::TakeBatch() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  std::vector<Item> batch;
  while (!queue_.empty() && batch.size() < kMaxBatch) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void CommitQueue::Loop() {
  while (true) {
    std::vector<Item> batch = TakeBatch();
    if (batch.empty()) return;
    RunBatch(batch);
    for (Item& item : batch) item.done(item.status);
  }
}

void CommitQueue::FailAll(std::vector<Item>& batch, size_t count, const absl::Status& status) {
  if (connection_.in_transaction()) connection_.Execute("ROLLBACK").IgnoreError();
  if (IsStoreFailed(status) && broken_.ok()) {
    broken_ = status;
    Log(LogLevel::kError, "store_failed", {{"why", std::string(status.message())}});
    on_failed_();
  }
  for (size_t i = 0; i < count; ++i) batch[i].status = status;
}

void CommitQueue::RunBatch(std::vector<Item>& batch) {
  size_t next = 0;
  while (next < batch.size()) {
    const size_t first = next;
    absl::Status status = broken_.ok() ? connection_.Execute("BEGIN IMMEDIATE") : broken_;
    if (!status.ok()) {
      FailAll(batch, batch.size(), status);
      return;
    }
    while (status.ok() && next < batch.size()) status = RunItem(batch[next++]);
    if (status.ok()) status = connection_.Execute("COMMIT");
    if (status.ok()) return;
    // What ran so far is undone together; the rest gets a transaction of its own.
    std::vector<Item> failed(std::make_move_iterator(batch.begin() + first),
                             std::make_move_iterator(batch.begin() + next));
    FailAll(failed, failed.size(), status);
    std::move(failed.begin(), failed.end(), batch.begin() + first);
  }
}

// Runs one closure in a savepoint. Not OK when the transaction as a whole is lost; the closure's
// own failure is its status.
absl::Status CommitQueue::RunItem(Item& item) {
  DUBAN_RETURN_IF_ERROR(connection_.Execute("SAVEPOINT item"));
  item.status = item.work();
  if (!connection_.in_transaction()) {
    return item.status.ok() ? StoreFailed("the transaction was lost") : item.status;
  }
  if (IsStoreFailed(item.status)) return item.status;
  if (!item.status.ok()) DUBAN_RETURN_IF_ERROR(connection_.Execute("ROLLBACK TO item"));
  return connection_.Execute("RELEASE item");
}

}  // namespace duban::sql
