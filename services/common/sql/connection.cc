#include "services/common/sql/connection.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"

namespace duban::sql {
namespace {

constexpr char kWriterPragmas[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; "
    "PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864; PRAGMA mmap_size = 0;";
constexpr char kReaderPragmas[] =
    "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 0; "
    "PRAGMA mmap_size = 0;";

absl::Status ErrorOf(sqlite3* db, int code) {
  const int primary = code & 0xFF;
  // A sync or an extension of the WAL index that finds no space is an I/O error to SQLite.
  if (primary == SQLITE_FULL || (primary == SQLITE_IOERR && sqlite3_system_errno(db) == ENOSPC)) {
    return StoreFull();
  }
  return StoreFailed(sqlite3_errmsg(db));
}

}  // namespace

absl::Status StoreFull() {
  return MakeError(absl::StatusCode::kResourceExhausted, "STORE_FULL",
                   "the disk of the store is full; nothing of this was kept");
}

absl::Status StoreFailed(absl::string_view why) {
  return MakeError(absl::StatusCode::kUnavailable, "STORE_FAILED",
                   absl::StrCat("the store failed: ", why), {{"why", std::string(why)}});
}

bool IsStoreFailed(const absl::Status& status) { return ErrorReason(status) == "STORE_FAILED"; }

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::Text(int index, absl::string_view value) {
  sqlite3_bind_text64(statement_.get(), index, value.data() == nullptr ? "" : value.data(),
                      value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::Blob(int index, absl::string_view value) {
  sqlite3_bind_blob64(statement_.get(), index, value.data() == nullptr ? "" : value.data(),
                      value.size(), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::Int(int index, int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return ErrorOf(sqlite3_db_handle(statement_.get()), code);
}

absl::Status Statement::Run() {
  ResetAtEnd reset(*this);
  while (true) {
    DUBAN_ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) return absl::OkStatus();
  }
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::string Statement::TextAt(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return size == 0 ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

int64_t Statement::IntAt(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

void Connection::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

absl::StatusOr<Connection> Connection::Open(const std::string& path, Mode mode,
                                            absl::Duration busy_timeout) {
  const int access =
      mode == Mode::kWriter ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db,
                                   access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Connection connection;
  connection.db_.reset(db);
  if (code != SQLITE_OK) return ErrorOf(db, code);
  sqlite3_busy_timeout(db, static_cast<int>(absl::ToInt64Milliseconds(busy_timeout)));
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  DUBAN_RETURN_IF_ERROR(
      connection.Execute(mode == Mode::kWriter ? kWriterPragmas : kReaderPragmas));
  return connection;
}

absl::Status Connection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : ErrorOf(db_.get(), code);
}

absl::StatusOr<Statement> Connection::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return ErrorOf(db_.get(), code);
  Statement prepared;
  prepared.statement_.reset(statement);
  return prepared;
}

absl::Status Connection::QuickCheck() {
  DUBAN_ASSIGN_OR_RETURN(Statement check, Prepare("PRAGMA quick_check(1)"));
  DUBAN_ASSIGN_OR_RETURN(const bool row, check.Step());
  if (!row || check.TextAt(0) != "ok") return StoreFailed(row ? check.TextAt(0) : "no answer");
  return absl::OkStatus();
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }

absl::StatusOr<FileLock> FileLock::Take(const std::string& path) {
  const std::string file = absl::StrCat(path, ".lock");
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return StoreFailed(absl::StrCat(file, ": ", strerror(errno)));
  FileLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return StoreFailed(absl::StrCat(file, ": ", strerror(errno)));
    return MakeError(absl::StatusCode::kFailedPrecondition, "STORE_IN_USE",
                     absl::StrCat("another process has ", path, " open"), {{"path", path}});
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace duban::sql
