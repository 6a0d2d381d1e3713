#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "absl/strings/match.h"
#include "services/common/base/status.h"
#include "services/common/feed/change_log.h"
#include "services/common/feed/store.h"

namespace duban::feed {
namespace {

constexpr int kStoreIdLength = 16;

using Rows = std::map<std::string, Row, std::less<>>;

std::string ToKey(absl::string_view key) { return std::string(key); }

bool Matches(const Row& row, const ScanOptions& options) {
  return (!options.plan || row.plan == *options.plan) &&
         (!options.agency || row.agency == *options.agency) && (!options.logged_only || row.logged);
}

// Goes on by key and not by iterator, so that `visit` may change rows.
absl::Status ScanRows(const Rows& rows, const ScanOptions& options,
                      absl::FunctionRef<bool(const Row&)> visit) {
  auto it = options.after < options.prefix ? rows.lower_bound(options.prefix)
                                           : rows.upper_bound(options.after);
  while (it != rows.end() && absl::StartsWith(it->first, options.prefix)) {
    const Row row = it->second;
    if (Matches(row, options) && !visit(row)) break;
    it = rows.upper_bound(row.key);
  }
  return absl::OkStatus();
}

std::optional<Row> FindRow(const Rows& rows, absl::string_view key) {
  auto it = rows.find(ToKey(key));
  if (it == rows.end()) return std::nullopt;
  return it->second;
}

class MemoryView : public View {
 public:
  MemoryView(const Rows& rows, int64_t revision) : rows_(rows), revision_(revision) {}
  int64_t revision() const override { return revision_; }
  absl::StatusOr<std::optional<Row>> Get(absl::string_view key) override {
    return FindRow(rows_, key);
  }
  absl::Status Scan(const ScanOptions& options,
                    absl::FunctionRef<bool(const Row&)> visit) override {
    return ScanRows(rows_, options, visit);
  }

 private:
  const Rows& rows_;
  const int64_t revision_;
};

// Changes the rows at once and remembers how to undo it.
class MemoryTx : public Tx {
 public:
  MemoryTx(Rows& rows, int64_t revision, absl::Time now)
      : rows_(rows), revision_(revision), now_(now) {}

  int64_t revision() const override { return revision_; }
  int64_t next_revision() const override { return revision_ + 1; }
  absl::Time now() const override { return now_; }

  absl::StatusOr<std::optional<Row>> Get(absl::string_view key) override {
    return FindRow(rows_, key);
  }
  absl::Status Scan(const ScanOptions& options,
                    absl::FunctionRef<bool(const Row&)> visit) override {
    return ScanRows(rows_, options, visit);
  }

  absl::Status Put(Row row) override { return Note(DoPut(std::move(row))); }
  absl::Status Delete(absl::string_view key) override {
    std::optional<Row> old = FindRow(rows_, key);
    if (!old) return RowNotFound(key);
    return Note(DoDelete(*std::move(old)));
  }

  void Undo() {
    for (auto it = undo_.rbegin(); it != undo_.rend(); ++it) {
      if (it->second) {
        rows_[it->first] = *std::move(it->second);
      } else {
        rows_.erase(it->first);
      }
    }
  }

  const absl::Status& failed() const { return failed_; }
  ChangeLog& log() { return log_; }

 private:
  absl::Status DoPut(Row row) {
    std::optional<Row> old = FindRow(rows_, row.key);
    if (old && old->logged != row.logged) return RowKindChanged(row.key);
    row.revision = row.logged ? next_revision() : revision();
    undo_.emplace_back(row.key, std::move(old));
    rows_[row.key] = row;
    return row.logged ? log_.Add({.row = std::move(row)}) : absl::OkStatus();
  }

  absl::Status DoDelete(Row old) {
    rows_.erase(old.key);
    undo_.emplace_back(old.key, old);
    if (!old.logged) return absl::OkStatus();
    old.image.clear();
    old.revision = next_revision();
    return log_.Add({.row = std::move(old), .deleted = true});
  }

  // A failed change fails the transaction, even when the work goes on.
  absl::Status Note(absl::Status status) {
    if (!status.ok() && failed_.ok()) failed_ = status;
    return status;
  }

  Rows& rows_;
  const int64_t revision_;
  const absl::Time now_;
  ChangeLog log_;
  std::vector<std::pair<std::string, std::optional<Row>>> undo_;
  absl::Status failed_;
};

// Runs work in the thread that brings it, one after the other: a thread that finds another at work
// leaves its own to that one.
class MemoryStore : public Store {
 public:
  MemoryStore(const Clock& clock, Ids& ids)
      : clock_(clock), store_id_(ids.Base32(kStoreIdLength)) {}

  void Write(Work work, Done done) override {
    {
      std::lock_guard lock(queue_mutex_);
      queue_.emplace_back(std::move(work), std::move(done));
      if (busy_) return;
      busy_ = true;
    }
    while (true) {
      std::pair<Work, Done> next;
      {
        std::lock_guard lock(queue_mutex_);
        if (queue_.empty()) {
          busy_ = false;
          return;
        }
        next = std::move(queue_.front());
        queue_.pop_front();
      }
      absl::StatusOr<int64_t> revision = Run(next.first);
      next.second(std::move(revision));
    }
  }

  absl::Status Read(absl::FunctionRef<absl::Status(View&)> read) const override {
    std::shared_lock lock(mutex_);
    MemoryView view(rows_, Newest());
    return read(view);
  }

  absl::StatusOr<std::vector<std::shared_ptr<const Commit>>> CommitsAfter(
      int64_t after, int limit) const override {
    std::shared_lock lock(mutex_);
    std::vector<std::shared_ptr<const Commit>> commits;
    size_t bytes = 0;
    for (int64_t i = std::max<int64_t>(after, 0); i < Newest() && limit > 0; ++i, --limit) {
      if (bytes >= kMaxCommitBytesPerRead) break;
      commits.push_back(commits_[i]);
      for (const Change& change : commits_[i]->changes) bytes += change.row.image.size();
    }
    return commits;
  }

  absl::StatusOr<std::vector<Row>> RowsAsOf(int64_t revision, absl::string_view plan,
                                            absl::string_view after, int limit) const override {
    std::shared_lock lock(mutex_);
    if (revision > Newest()) return FutureRevision(revision, Newest());
    Rows then;
    for (int64_t i = 0; i < revision; ++i) {
      for (const Change& change : commits_[i]->changes) {
        if (change.deleted) {
          then.erase(change.row.key);
        } else {
          then[change.row.key] = change.row;
        }
      }
    }
    std::vector<Row> rows;
    for (auto it = then.upper_bound(ToKey(after)); it != then.end() && limit > 0; ++it) {
      if (!plan.empty() && it->second.plan != plan) continue;
      rows.push_back(std::move(it->second));
      --limit;
    }
    return rows;
  }

  int64_t revision() const override {
    std::shared_lock lock(mutex_);
    return Newest();
  }
  const std::string& store_id() const override { return store_id_; }
  void OnFailed(std::function<void()>) override {}
  void SetListener(Listener listener) override { listener_ = std::move(listener); }

 private:
  int64_t Newest() const { return static_cast<int64_t>(commits_.size()); }

  absl::StatusOr<int64_t> Run(const Work& work) {
    std::shared_ptr<const Commit> commit;
    {
      std::unique_lock lock(mutex_);
      const absl::Time last = commits_.empty() ? absl::InfinitePast() : commits_.back()->time;
      MemoryTx tx(rows_, Newest(), std::max(clock_.Now(), last));
      absl::Status status = work(tx);
      if (status.ok()) status = tx.failed();
      if (!status.ok()) {
        tx.Undo();
        return status;
      }
      if (tx.log().empty()) return Newest();
      commit = std::make_shared<Commit>(Commit{
          .revision = tx.next_revision(), .time = tx.now(), .changes = std::move(tx.log()).Take()});
      commits_.push_back(commit);
    }
    if (listener_) listener_(commit);
    return commit->revision;
  }

  const Clock& clock_;
  const std::string store_id_;
  Listener listener_;
  std::mutex queue_mutex_;
  std::deque<std::pair<Work, Done>> queue_;
  bool busy_ = false;
  mutable std::shared_mutex mutex_;
  Rows rows_;
  std::vector<std::shared_ptr<const Commit>> commits_;  // commits_[i] made revision i + 1
};

}  // namespace

std::unique_ptr<Store> NewMemoryStore(const Clock& clock, Ids& ids) {
  return std::make_unique<MemoryStore>(clock, ids);
}

}  // namespace duban::feed
