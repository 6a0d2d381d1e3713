#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "duban_feed_schema.h"
#include "services/common/base/status.h"
#include "services/common/feed/change_log.h"
#include "services/common/feed/sqlite_rows.h"
#include "services/common/feed/store.h"
#include "services/common/sql/commit_queue.h"
#include "services/common/sql/connection.h"
#include "services/common/sql/migrations.h"

namespace duban::feed {
namespace {

constexpr int kStoreIdLength = 16;
constexpr int kMaxReaders = 8;  // read connections; more readers wait

// A connection with what runs on it. Made on the heap: the statements belong to the connection.
struct Session {
  sql::Connection connection;
  SqliteReader reader;

  static absl::StatusOr<std::unique_ptr<Session>> Open(const SqliteOptions& options) {
    DUBAN_ASSIGN_OR_RETURN(
        sql::Connection connection,
        sql::Connection::Open(options.path, sql::Mode::kReader, options.busy_timeout));
    DUBAN_ASSIGN_OR_RETURN(SqliteReader reader, SqliteReader::Prepare(connection));
    return std::make_unique<Session>(Session{std::move(connection), std::move(reader)});
  }
};

// Read connections, opened when needed and kept.
class SessionPool {
 public:
  explicit SessionPool(SqliteOptions options) : options_(std::move(options)) {}

  // Runs `read` in a read transaction.
  absl::Status Run(absl::FunctionRef<absl::Status(SqliteReader&)> read) {
    DUBAN_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Take());
    absl::Status status = session->connection.Execute("BEGIN");
    if (status.ok()) status = read(session->reader);
    if (session->connection.in_transaction()) session->connection.Execute("COMMIT").IgnoreError();
    Give(std::move(session));
    return status;
  }

 private:
  absl::StatusOr<std::unique_ptr<Session>> Take() {
    std::unique_lock lock(mutex_);
    given_back_.wait(lock, [this] { return !idle_.empty() || open_ < kMaxReaders; });
    if (!idle_.empty()) {
      auto session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
    ++open_;
    lock.unlock();
    auto session = Session::Open(options_);
    if (!session.ok()) {
      lock.lock();
      --open_;
      given_back_.notify_one();
    }
    return session;
  }

  void Give(std::unique_ptr<Session> session) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(session));
    given_back_.notify_one();
  }

  const SqliteOptions options_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::vector<std::unique_ptr<Session>> idle_;
  int open_ = 0;
};

class SqliteView : public View {
 public:
  SqliteView(SqliteReader& reader, int64_t revision) : reader_(reader), revision_(revision) {}
  int64_t revision() const override { return revision_; }
  absl::StatusOr<std::optional<Row>> Get(absl::string_view key) override {
    return reader_.Get(key);
  }
  absl::Status Scan(const ScanOptions& options,
                    absl::FunctionRef<bool(const Row&)> visit) override {
    return reader_.Scan(options, visit);
  }

 private:
  SqliteReader& reader_;
  const int64_t revision_;
};

class SqliteTx : public Tx {
 public:
  SqliteTx(SqliteReader& reader, SqliteWriter& writer, const Head& head, absl::Time now)
      : reader_(reader),
        writer_(writer),
        revision_(head.revision),
        now_(std::max(absl::FromUnixMicros(absl::ToUnixMicros(now)), head.time)) {}

  int64_t revision() const override { return revision_; }
  int64_t next_revision() const override { return revision_ + 1; }
  absl::Time now() const override { return now_; }

  absl::StatusOr<std::optional<Row>> Get(absl::string_view key) override {
    auto row = reader_.Get(key);
    if (!row.ok()) Note(row.status()).IgnoreError();
    return row;
  }
  absl::Status Scan(const ScanOptions& options,
                    absl::FunctionRef<bool(const Row&)> visit) override {
    return Note(reader_.Scan(options, visit));
  }

  absl::Status Put(Row row) override { return Note(DoPut(std::move(row))); }
  absl::Status Delete(absl::string_view key) override {
    DUBAN_ASSIGN_OR_RETURN(std::optional<Row> old, Get(key));
    if (!old) return RowNotFound(key);
    return Note(DoDelete(*std::move(old)));
  }

  const absl::Status& failed() const { return failed_; }
  ChangeLog& log() { return log_; }

 private:
  absl::Status DoPut(Row row) {
    DUBAN_ASSIGN_OR_RETURN(const std::optional<Row> old, reader_.Get(row.key));
    if (old && old->logged != row.logged) return RowKindChanged(row.key);
    row.revision = row.logged ? next_revision() : revision();
    DUBAN_RETURN_IF_ERROR(writer_.Put(row));
    return row.logged ? log_.Add({.row = std::move(row)}) : absl::OkStatus();
  }

  absl::Status DoDelete(Row old) {
    DUBAN_RETURN_IF_ERROR(writer_.Delete(old.key));
    if (!old.logged) return absl::OkStatus();
    old.image.clear();
    old.revision = next_revision();
    return log_.Add({.row = std::move(old), .deleted = true});
  }

  // A failed statement fails the transaction, even when the work goes on.
  absl::Status Note(absl::Status status) {
    if (!status.ok() && failed_.ok()) failed_ = status;
    return status;
  }

  SqliteReader& reader_;
  SqliteWriter& writer_;
  const int64_t revision_;
  const absl::Time now_;
  ChangeLog log_;
  absl::Status failed_;
};

// The writing side, opened in full before the queue's thread starts.
struct WriterSession {
  sql::FileLock lock;
  sql::Connection connection;
  SqliteReader reader;
  SqliteWriter writer;
  Head head;  // as it was at the start
};

class SqliteStore : public Store {
 public:
  SqliteStore(const SqliteOptions& options, const Clock& clock, WriterSession writer)
      : clock_(clock),
        writer_(std::move(writer)),
        store_id_(writer_.head.store_id),
        durable_(writer_.head.revision),
        readers_(options),
        queue_(writer_.connection, [this] {
          if (on_failed_) on_failed_();
        }) {}

  void Write(Work work, Done done) override {
    // Shared by the work and what comes after its commit.
    struct Outcome {
      int64_t revision = 0;
      std::shared_ptr<const Commit> commit;
    };
    auto outcome = std::make_shared<Outcome>();
    queue_.Submit(
        [this, outcome, work = std::move(work)]() -> absl::Status {
          DUBAN_ASSIGN_OR_RETURN(const std::optional<Head> head, writer_.reader.GetHead());
          SqliteTx tx(writer_.reader, writer_.writer, *head, clock_.Now());
          absl::Status status = work(tx);
          // The store's own trouble goes before what the work made of it.
          if (!tx.failed().ok()) return tx.failed();
          DUBAN_RETURN_IF_ERROR(status);
          outcome->revision = tx.revision();
          if (tx.log().empty()) return absl::OkStatus();
          outcome->revision = tx.next_revision();
          outcome->commit = std::make_shared<Commit>(Commit{.revision = tx.next_revision(),
                                                            .time = tx.now(),
                                                            .changes = std::move(tx.log()).Take()});
          return writer_.writer.Append(*outcome->commit);
        },
        [this, outcome, done = std::move(done)](absl::Status status) {
          if (!status.ok()) {
            done(status);
            return;
          }
          durable_.store(outcome->revision);
          if (outcome->commit != nullptr && listener_) listener_(outcome->commit);
          done(outcome->revision);
        });
  }

  absl::Status Read(absl::FunctionRef<absl::Status(View&)> read) const override {
    return readers_.Run([&](SqliteReader& reader) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(const std::optional<Head> head, reader.GetHead());
      SqliteView view(reader, head->revision);
      return read(view);
    });
  }

  absl::StatusOr<std::vector<std::shared_ptr<const Commit>>> CommitsAfter(
      int64_t after, int limit) const override {
    std::vector<std::shared_ptr<const Commit>> commits;
    DUBAN_RETURN_IF_ERROR(readers_.Run([&](SqliteReader& reader) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(commits, reader.CommitsAfter(after, limit));
      return absl::OkStatus();
    }));
    return commits;
  }

  absl::StatusOr<std::vector<Row>> RowsAsOf(int64_t revision, absl::string_view plan,
                                            absl::string_view after, int limit) const override {
    std::vector<Row> rows;
    DUBAN_RETURN_IF_ERROR(readers_.Run([&](SqliteReader& reader) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(rows, reader.RowsAsOf(revision, plan, after, limit));
      return absl::OkStatus();
    }));
    return rows;
  }

  int64_t revision() const override { return durable_.load(); }
  const std::string& store_id() const override { return store_id_; }
  void OnFailed(std::function<void()> tell) override { on_failed_ = std::move(tell); }
  void SetListener(Listener listener) override { listener_ = std::move(listener); }

 private:
  const Clock& clock_;
  WriterSession writer_;
  const std::string store_id_;
  std::atomic<int64_t> durable_;
  Listener listener_;
  std::function<void()> on_failed_;
  mutable SessionPool readers_;
  sql::CommitQueue queue_;  // last: stops before all that it uses goes away
};

absl::StatusOr<WriterSession> OpenWriter(const SqliteOptions& options, const Clock& clock,
                                         Ids& ids) {
  DUBAN_ASSIGN_OR_RETURN(sql::FileLock lock, sql::FileLock::Take(options.path));
  DUBAN_ASSIGN_OR_RETURN(
      sql::Connection connection,
      sql::Connection::Open(options.path, sql::Mode::kWriter, options.busy_timeout));
  DUBAN_RETURN_IF_ERROR(connection.QuickCheck());
  DUBAN_RETURN_IF_ERROR(sql::Migrate(connection, {{"0001_rows", data::k0001RowsSql}}, clock));
  DUBAN_ASSIGN_OR_RETURN(SqliteReader reader, SqliteReader::Prepare(connection));
  DUBAN_ASSIGN_OR_RETURN(SqliteWriter writer, SqliteWriter::Prepare(connection));
  DUBAN_ASSIGN_OR_RETURN(std::optional<Head> head, reader.GetHead());
  if (!head) {
    head = Head{.store_id = ids.Base32(kStoreIdLength), .revision = 0, .time = absl::UnixEpoch()};
    DUBAN_RETURN_IF_ERROR(writer.MakeHead(*head));
  }
  return WriterSession{std::move(lock), std::move(connection), std::move(reader), std::move(writer),
                       *std::move(head)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options,
                                                       const Clock& clock, Ids& ids) {
  DUBAN_ASSIGN_OR_RETURN(WriterSession writer, OpenWriter(options, clock, ids));
  return std::make_unique<SqliteStore>(options, clock, std::move(writer));
}

}  // namespace duban::feed
