// The one store of every service: rows with a change log.
//
// A row is the whole serialised resource under its name. Every transaction that changes a logged row makes one revision, gap-free
// from 1; its changes are kept for ever, so that any past state can be shown (decisions.md 8). Memory and SQLite implement it; one
// contract suite (store_contract.h) holds for both.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/base/clock.h"
#include "services/common/base/ids.h"

namespace duban::feed {

// Images of one transaction together, so that its changes fit one message; more: RESOURCE_EXHAUSTED / TRANSACTION_TOO_LARGE.
inline constexpr int64_t kMaxTransactionBytes = 6 << 20;

struct Row {
  std::string key;         // resource name
  std::string plan;        // plan id, or empty
  std::string agency;      // agency id, or empty
  std::string type;        // full name of the message in `image`; empty for private rows that hold no message
  std::string image;       // serialised message
  int64_t revision = 0;    // of the last change (of a private row: the newest one then); set by the store
  bool logged = true;      // false: private to the service, never in the feed
};

struct Change {
  Row row;                 // as it is after the change; `image` empty when deleted
  bool deleted = false;
};

// All logged changes of one transaction.
struct Commit {
  int64_t revision = 0;
  absl::Time time;
  std::vector<Change> changes;
};

struct ScanOptions {
  std::string prefix;               // keys that start with it; empty: all
  std::string after;                // keys greater than it; empty: from the first
  std::optional<std::string> plan;  // rows of this plan alone
  std::optional<std::string> agency;
  bool logged_only = false;
};

// A consistent view of the rows. Valid only inside the call that got it.
class View {
 public:
  virtual ~View() = default;

  // The newest revision in the view.
  virtual int64_t revision() const = 0;

  // The row, or nullopt when there is none.
  virtual absl::StatusOr<std::optional<Row>> Get(absl::string_view key) = 0;

  // Visits rows in key order until `visit` returns false.
  virtual absl::Status Scan(const ScanOptions& options,
                            absl::FunctionRef<bool(const Row&)> visit) = 0;
};

// A view that can be changed; reads see its own writes.
class Tx : public View {
 public:
  // The revision that this transaction makes if it changes a logged row.
  virtual int64_t next_revision() const = 0;

  // The time of the transaction.
  virtual absl::Time now() const = 0;

  // Inserts or replaces. INTERNAL / ROW_KIND_CHANGED when a logged row would become private or the other way.
  virtual absl::Status Put(Row row) = 0;

  // NOT_FOUND / ROW_NOT_FOUND when there is none.
  virtual absl::Status Delete(absl::string_view key) = 0;
};

inline constexpr size_t kMaxCommitBytesPerRead = 8 << 20;

class Store {
 public:
  // Runs inside the transaction, on the writer's thread; must not block on anything else. Not OK: nothing of it is kept.
  using Work = std::function<absl::Status(Tx&)>;
  // Called once, after the transaction is durable, with its revision (the newest one, when it changed no logged row), or with the
  // error of the work, or of the store: RESOURCE_EXHAUSTED / STORE_FULL, UNAVAILABLE / STORE_FAILED, UNAVAILABLE / SHUTTING_DOWN.
  using Done = std::function<void(absl::StatusOr<int64_t>)>;
  // Called in order of revision after each durable transaction with logged changes; must be quick.
  using Listener = std::function<void(std::shared_ptr<const Commit>)>;

  virtual ~Store() = default;

  // Queues `work`; transactions run one after the other, many of them to one sync of the disk.
  virtual void Write(Work work, Done done) = 0;

  // Runs `read` on a consistent view of what is durable.
  virtual absl::Status Read(absl::FunctionRef<absl::Status(View&)> read) const = 0;

  // Transactions after revision `after`, oldest first: at most `limit`, and one at least, but no more once their images reach
  // kMaxCommitBytesPerRead.
  virtual absl::StatusOr<std::vector<std::shared_ptr<const Commit>>> CommitsAfter(
      int64_t after, int limit) const = 0;

  // Logged rows as they were at `revision`, in key order from after `after`, at most `limit`. `plan` empty: all.
  // INVALID_ARGUMENT / FUTURE_REVISION beyond the newest.
  virtual absl::StatusOr<std::vector<Row>> RowsAsOf(int64_t revision, absl::string_view plan,
                                                    absl::string_view after, int limit) const = 0;

  // The newest durable revision.
  virtual int64_t revision() const = 0;

  // Random, made with the store.
  virtual const std::string& store_id() const = 0;

  // Sets the one listener; call before the first Write.
  virtual void SetListener(Listener listener) = 0;

  // Sets what is called once, on the writer's thread, when the store can no longer be written (STORE_FAILED); call before the
  // first Write. A store in memory never fails.
  virtual void OnFailed(std::function<void()> tell) = 0;

  // Waits for `work` to be durable.
  absl::StatusOr<int64_t> WriteAndWait(Work work);
};

struct SqliteOptions {
  std::string path;                              // file; its folder must exist
  absl::Duration busy_timeout = absl::Seconds(5);
};

// Rows kept in memory: for tests and for the node's hub copy in simulations.
std::unique_ptr<Store> NewMemoryStore(const Clock& clock, Ids& ids);

// Rows kept in one SQLite file, WAL, synced before a transaction is acknowledged.
// FAILED_PRECONDITION / STORE_IN_USE when another process has it open, UNAVAILABLE / STORE_FAILED when it cannot be read or is
// damaged, FAILED_PRECONDITION / STORE_TOO_NEW when a newer program wrote it.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options,
                                                       const Clock& clock, Ids& ids);

}  // namespace duban::feed
