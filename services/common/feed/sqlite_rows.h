// The statements of the SQLite store on one connection, prepared once. Private to the store.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "services/common/feed/store.h"
#include "services/common/sql/connection.h"

namespace duban::feed {

// What the one row of table `store` says.
struct Head {
  std::string store_id;
  int64_t revision = 0;
  absl::Time time;
};

// Reads; on any connection. Used by one thread at a time.
class SqliteReader {
 public:
  static absl::StatusOr<SqliteReader> Prepare(sql::Connection& connection);

  absl::StatusOr<std::optional<Head>> GetHead();
  absl::StatusOr<std::optional<Row>> Get(absl::string_view key);
  absl::Status Scan(const ScanOptions& options, absl::FunctionRef<bool(const Row&)> visit);
  absl::StatusOr<std::vector<std::shared_ptr<const Commit>>> CommitsAfter(int64_t after, int limit);
  absl::StatusOr<std::vector<Row>> RowsAsOf(int64_t revision, absl::string_view plan,
                                            absl::string_view after, int limit);

 private:
  absl::StatusOr<std::vector<Row>> NextRows(const ScanOptions& options, const std::string& after,
                                            int limit);
  absl::StatusOr<std::vector<Change>> ChangesOf(int64_t revision);

  sql::Statement head_, get_, scan_all_, scan_plan_, scan_agency_, commits_, changes_, as_of_all_,
      as_of_plan_;
};

// Changes; on the writer's connection, inside a transaction.
class SqliteWriter {
 public:
  static absl::StatusOr<SqliteWriter> Prepare(sql::Connection& connection);

  absl::Status MakeHead(const Head& head);
  absl::Status Put(const Row& row);
  absl::Status Delete(absl::string_view key);
  // Notes the commit and its changes, and moves the head.
  absl::Status Append(const Commit& commit);

 private:
  sql::Statement make_head_, move_head_, put_, delete_, commit_, event_;
};

}  // namespace duban::feed
