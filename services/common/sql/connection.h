// SQLite by RAII: a connection, a prepared statement, and errors as the suite names them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace duban::sql {

absl::Status StoreFull();                         // RESOURCE_EXHAUSTED / STORE_FULL
absl::Status StoreFailed(absl::string_view why);  // UNAVAILABLE / STORE_FAILED
bool IsStoreFailed(const absl::Status& status);

// One compiled statement. Bind, Step until false, Reset; then again.
class Statement {
 public:
  Statement() = default;

  // Parameters count from 1. `Text` and `Blob` are copied.
  Statement& Text(int index, absl::string_view value);
  Statement& Blob(int index, absl::string_view value);
  Statement& Int(int index, int64_t value);

  // True when there is a row.
  absl::StatusOr<bool> Step();

  // Steps to the end, and resets.
  absl::Status Run();

  void Reset();

  // Columns count from 0 and are copies.
  std::string TextAt(int column) const;
  int64_t IntAt(int column) const;

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Resets a statement at the end of a block, so that it holds no read transaction open.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(Statement& statement) : statement_(statement) {}
  ~ResetAtEnd() { statement_.Reset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  Statement& statement_;
};

enum class Mode { kWriter, kReader };

// One connection, used by one thread at a time. A writer creates the file, keeps a WAL and syncs
// each commit; a reader can change nothing.
class Connection {
 public:
  // UNAVAILABLE / STORE_FAILED.
  static absl::StatusOr<Connection> Open(const std::string& path, Mode mode,
                                         absl::Duration busy_timeout);

  // Runs one or more statements that give no rows.
  absl::Status Execute(const std::string& sql);

  absl::StatusOr<Statement> Prepare(absl::string_view sql);

  // UNAVAILABLE / STORE_FAILED when the file is damaged.
  absl::Status QuickCheck();

  // False after an error that made SQLite roll back on its own.
  bool in_transaction() const;

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::unique_ptr<sqlite3, Close> db_;
};

// Holds `<path>.lock` for the life of the object, so that one process alone writes.
class FileLock {
 public:
  // FAILED_PRECONDITION / STORE_IN_USE when another holds it; UNAVAILABLE / STORE_FAILED when it
  // cannot be made.
  static absl::StatusOr<FileLock> Take(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace duban::sql
