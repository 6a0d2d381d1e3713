#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"
#include "services/common/feed/store_contract.h"
#include "services/common/sql/connection.h"
#include "services/common/testing/status_matchers.h"

namespace duban::feed {
namespace {

using testing::FakeClock;
using testing::FakeIds;
using testing::IsOk;
using testing::StatusIs;
using testing::TempDir;

std::unique_ptr<Store> MakeSqlite(const std::string& dir, const Clock& clock, Ids& ids) {
  auto store = OpenSqliteStore({.path = dir + "/s.db"}, clock, ids);
  EXPECT_THAT(store, IsOk());
  return *std::move(store);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, ::testing::Values(&MakeSqlite));

// SQLite's own file layer with faults put into it: the table of functions of an open file is
// replaced by one that can fail.
class FaultyDisk {
 public:
  FaultyDisk() {
    real_ = sqlite3_vfs_find(nullptr);
    vfs_ = *real_;
    vfs_.zName = "faulty";
    vfs_.xOpen = &Open;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FaultyDisk() {
    write_error_ = sync_error_ = SQLITE_OK;
    sqlite3_vfs_register(real_, 1);
    sqlite3_vfs_unregister(&vfs_);
  }

  void FailWrites(int code) { write_error_ = code; }
  void FailSyncs(int code) { sync_error_ = code; }

 private:
  // A table of functions and the one whose place it took; SQLite has several, for files with and
  // without locks.
  struct Table : sqlite3_io_methods {
    const sqlite3_io_methods* original = nullptr;
  };

  static const sqlite3_io_methods* OriginalOf(sqlite3_file* file) {
    return static_cast<const Table*>(file->pMethods)->original;
  }

  static int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    const int code = real_->xOpen(real_, name, file, flags, out_flags);
    if (code != SQLITE_OK) return code;
    static std::mutex mutex;
    static std::map<const sqlite3_io_methods*, Table> tables;
    std::lock_guard lock(mutex);
    Table& table = tables[file->pMethods];
    if (table.original == nullptr) {
      static_cast<sqlite3_io_methods&>(table) = *file->pMethods;
      table.original = file->pMethods;
      table.xWrite = [](sqlite3_file* f, const void* bytes, int size, sqlite3_int64 at) {
        const int error = write_error_;
        return error != SQLITE_OK ? error : OriginalOf(f)->xWrite(f, bytes, size, at);
      };
      table.xSync = [](sqlite3_file* f, int how) {
        const int error = sync_error_;
        return error != SQLITE_OK ? error : OriginalOf(f)->xSync(f, how);
      };
    }
    file->pMethods = &table;
    return code;
  }

  static inline sqlite3_vfs* real_ = nullptr;
  static inline sqlite3_vfs vfs_;
  static inline std::atomic<int> write_error_ = SQLITE_OK;
  static inline std::atomic<int> sync_error_ = SQLITE_OK;
};

class SqliteStoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Store>> Open() {
    return OpenSqliteStore({.path = path_}, clock_, ids_);
  }

  static absl::StatusOr<int64_t> Put(Store& store, const std::string& key,
                                     const std::string& image = "x") {
    return store.WriteAndWait(
        [&](Tx& tx) { return tx.Put({.key = key, .type = "t", .image = image}); });
  }

  static int Count(const Store& store) {
    int count = 0;
    EXPECT_THAT(store.Read([&](View& view) {
      return view.Scan({}, [&](const Row&) {
        ++count;
        return true;
      });
    }),
                IsOk());
    return count;
  }

  TempDir dir_;
  const std::string path_ = dir_.File("s.db");
  FakeClock clock_;
  FakeIds ids_;
};

TEST_F(SqliteStoreTest, KeepsEverythingOverAReopen) {
  std::string id;
  {
    ASSERT_OK_AND_ASSIGN(auto store, Open());
    id = store->store_id();
    ASSERT_THAT(Put(*store, "a", "1"), IsOk());
    ASSERT_THAT(Put(*store, "a", "2"), IsOk());
  }
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  EXPECT_EQ(store->store_id(), id);
  EXPECT_EQ(store->revision(), 2);
  ASSERT_OK_AND_ASSIGN(auto commits, store->CommitsAfter(0, 10));
  EXPECT_EQ(commits.size(), 2u);
  ASSERT_OK_AND_ASSIGN(const int64_t next, Put(*store, "b"));
  EXPECT_EQ(next, 3);
}

TEST_F(SqliteStoreTest, RefusesASecondOpen) {
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, "STORE_IN_USE"));
  store.reset();
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(SqliteStoreTest, RefusesADamagedFile) {
  std::ofstream(path_) << std::string(8192, 'x');
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kUnavailable, "STORE_FAILED"));
}

TEST_F(SqliteStoreTest, RefusesAMissingFolder) {
  EXPECT_THAT(OpenSqliteStore({.path = dir_.File("none/s.db")}, clock_, ids_),
              StatusIs(absl::StatusCode::kUnavailable, "STORE_FAILED"));
}

TEST_F(SqliteStoreTest, RefusesANewerSchema) {
  ASSERT_THAT(Open(), IsOk());
  {
    ASSERT_OK_AND_ASSIGN(auto file,
                         sql::Connection::Open(path_, sql::Mode::kWriter, absl::Seconds(1)));
    ASSERT_THAT(file.Execute("INSERT INTO migrations VALUES (2, '0002_later', 'x', 0)"), IsOk());
  }
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, "STORE_TOO_NEW"));
}

TEST_F(SqliteStoreTest, RefusesAChangedSchema) {
  ASSERT_THAT(Open(), IsOk());
  {
    ASSERT_OK_AND_ASSIGN(auto file,
                         sql::Connection::Open(path_, sql::Mode::kWriter, absl::Seconds(1)));
    ASSERT_THAT(file.Execute("UPDATE migrations SET sha256 = 'other'"), IsOk());
  }
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kUnavailable, "STORE_FAILED"));
}

TEST_F(SqliteStoreTest, FullDiskKeepsNothingHalfAndWorksAgainWithSpace) {
  FaultyDisk disk;
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  ASSERT_THAT(Put(*store, "a"), IsOk());
  disk.FailWrites(SQLITE_FULL);
  EXPECT_THAT(Put(*store, "b"), StatusIs(absl::StatusCode::kResourceExhausted, "STORE_FULL"));
  EXPECT_THAT(Put(*store, "c"), StatusIs(absl::StatusCode::kResourceExhausted, "STORE_FULL"));
  EXPECT_EQ(Count(*store), 1);
  EXPECT_EQ(store->revision(), 1);
  disk.FailWrites(SQLITE_OK);
  ASSERT_OK_AND_ASSIGN(const int64_t revision, Put(*store, "d"));
  EXPECT_EQ(revision, 2);
  EXPECT_EQ(Count(*store), 2);
}

TEST_F(SqliteStoreTest, FailedSyncEndsWritingButNotReading) {
  FaultyDisk disk;
  {
    ASSERT_OK_AND_ASSIGN(auto store, Open());
    ASSERT_THAT(Put(*store, "a"), IsOk());
    int told = 0;
    store->OnFailed([&] { ++told; });
    disk.FailSyncs(SQLITE_IOERR_FSYNC);
    EXPECT_THAT(Put(*store, "b"), StatusIs(absl::StatusCode::kUnavailable, "STORE_FAILED"));
    disk.FailSyncs(SQLITE_OK);
    EXPECT_THAT(Put(*store, "c"), StatusIs(absl::StatusCode::kUnavailable, "STORE_FAILED"));
    EXPECT_EQ(store->revision(), 1);
    EXPECT_EQ(Count(*store), 1);
    EXPECT_EQ(told, 1);
  }
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  EXPECT_THAT(Put(*store, "c"), IsOk());
}

// A child writes and tells each acknowledged revision through a pipe until it is killed; all that
// it told must be there.
TEST_F(SqliteStoreTest, KilledProcessLosesNothingAcknowledged) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    close(pipe_ends[0]);
    auto store = Open();
    if (!store.ok()) _exit(1);
    for (int i = 0;; ++i) {
      (*store)->Write(
          [i](Tx& tx) {
            return tx.Put(
                {.key = absl::StrCat("k", i), .type = "t", .image = std::string(500, 'x')});
          },
          [&](absl::StatusOr<int64_t> revision) {
            // A refusal for a full queue is no acknowledgement.
            if (revision.ok() && write(pipe_ends[1], &*revision, sizeof *revision) < 0) _exit(1);
          });
    }
  }
  close(pipe_ends[1]);
  int64_t acknowledged = 0, revision = 0;
  while (read(pipe_ends[0], &revision, sizeof revision) == sizeof revision) {
    acknowledged = revision;
    if (acknowledged == 700) kill(child, SIGKILL);
  }
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_GE(acknowledged, 700);
  ASSERT_OK_AND_ASSIGN(auto store, Open());
  EXPECT_GE(store->revision(), acknowledged);
  EXPECT_EQ(Count(*store), store->revision());
  ASSERT_OK_AND_ASSIGN(auto commits, store->CommitsAfter(acknowledged - 1, 1));
  ASSERT_EQ(commits.size(), 1u);
  EXPECT_EQ(commits[0]->changes.size(), 1u);
}

}  // namespace
}  // namespace duban::feed
