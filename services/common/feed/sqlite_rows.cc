#include "services/common/feed/sqlite_rows.h"

#include <algorithm>
#include <utility>

#include "services/common/base/status.h"
#include "services/common/feed/change_log.h"

namespace duban::feed {
namespace {

constexpr char kHead[] = "SELECT store_id, revision, time_us FROM store WHERE id = 1";
constexpr char kGet[] =
    "SELECT key, plan, agency, type, image, revision, logged FROM resources WHERE key = ?1";
// ?1: first, ?2: end, ?3: only logged, ?4: limit, ?5: plan or agency.
constexpr char kScanAll[] =
    "SELECT key, plan, agency, type, image, revision, logged FROM resources "
    "WHERE key >= ?1 AND key < ?2 AND logged >= ?3 ORDER BY key LIMIT ?4";
constexpr char kScanPlan[] =
    "SELECT key, plan, agency, type, image, revision, logged FROM resources "
    "WHERE plan = ?5 AND key >= ?1 AND key < ?2 AND logged >= ?3 "
    "ORDER BY key LIMIT ?4";
constexpr char kScanAgency[] =
    "SELECT key, plan, agency, type, image, revision, logged FROM resources "
    "WHERE agency = ?5 AND key >= ?1 AND key < ?2 AND logged >= ?3 "
    "ORDER BY key LIMIT ?4";
constexpr char kCommits[] =
    "SELECT revision, time_us FROM commits WHERE revision > ?1 ORDER BY revision LIMIT ?2";
constexpr char kChanges[] =
    "SELECT key, plan, agency, type, image, revision, deleted FROM events "
    "WHERE revision = ?1 ORDER BY ordinal";
// ?1: revision, ?2: after, ?3: limit, ?4: plan. Rows that have not changed since are as they are;
// of the others, the newest event that is not newer than the revision. So a state near the newest
// costs as little as the newest; both halves come in key order.
constexpr char kAsOfAll[] =
    "SELECT key, plan, agency, type, image, revision FROM resources "
    "WHERE key > ?2 AND logged = 1 AND revision <= ?1 "
    "UNION ALL SELECT key, plan, agency, type, image, revision FROM events AS e "
    "WHERE key > ?2 AND key IN (SELECT key FROM events WHERE revision > ?1) "
    "AND revision = (SELECT max(revision) FROM events AS n WHERE n.key = e.key AND n.revision <= "
    "?1) "
    "AND deleted = 0 ORDER BY key LIMIT ?3";
// The plus keeps SQLite from walking all events of the plan.
constexpr char kAsOfPlan[] =
    "SELECT key, plan, agency, type, image, revision FROM resources "
    "WHERE plan = ?4 AND key > ?2 AND logged = 1 AND revision <= ?1 "
    "UNION ALL SELECT key, plan, agency, type, image, revision FROM events AS e "
    "WHERE +plan = ?4 AND key > ?2 AND key IN (SELECT key FROM events WHERE revision > ?1) "
    "AND revision = (SELECT max(revision) FROM events AS n WHERE n.key = e.key AND n.revision <= "
    "?1) "
    "AND deleted = 0 ORDER BY key LIMIT ?3";

constexpr char kMakeHead[] =
    "INSERT INTO store (id, store_id, revision, time_us) VALUES (1, ?1, ?2, ?3)";
constexpr char kMoveHead[] = "UPDATE store SET revision = ?1, time_us = ?2 WHERE id = 1";
constexpr char kPut[] =
    "INSERT INTO resources (key, plan, agency, type, image, revision, logged) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (key) DO UPDATE SET plan = excluded.plan, "
    "agency = excluded.agency, type = excluded.type, image = excluded.image, "
    "revision = excluded.revision";
constexpr char kDelete[] = "DELETE FROM resources WHERE key = ?1";
constexpr char kCommit[] = "INSERT INTO commits (revision, time_us) VALUES (?1, ?2)";
constexpr char kEvent[] =
    "INSERT INTO events (revision, ordinal, key, plan, agency, type, image, deleted) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

// Greater than every key: no UTF-8 text holds this byte.
constexpr absl::string_view kLastKey = "\xFF";

// Rows read at a time by a scan: few at first, as many scans end early.
constexpr int kFirstRows = 16;
constexpr int kMostRows = 256;

// The first six columns of every statement above that gives rows.
Row RowAt(const sql::Statement& statement) {
  return {.key = statement.TextAt(0),
          .plan = statement.TextAt(1),
          .agency = statement.TextAt(2),
          .type = statement.TextAt(3),
          .image = statement.TextAt(4),
          .revision = statement.IntAt(5)};
}

// Runs `each` on every row of a bound statement, and resets it.
template <typename Each>
absl::Status ForEach(sql::Statement& statement, Each each) {
  sql::ResetAtEnd reset(statement);
  while (true) {
    DUBAN_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return absl::OkStatus();
    each();
  }
}

}  // namespace

absl::StatusOr<SqliteReader> SqliteReader::Prepare(sql::Connection& connection) {
  SqliteReader reader;
  DUBAN_ASSIGN_OR_RETURN(reader.head_, connection.Prepare(kHead));
  DUBAN_ASSIGN_OR_RETURN(reader.get_, connection.Prepare(kGet));
  DUBAN_ASSIGN_OR_RETURN(reader.scan_all_, connection.Prepare(kScanAll));
  DUBAN_ASSIGN_OR_RETURN(reader.scan_plan_, connection.Prepare(kScanPlan));
  DUBAN_ASSIGN_OR_RETURN(reader.scan_agency_, connection.Prepare(kScanAgency));
  DUBAN_ASSIGN_OR_RETURN(reader.commits_, connection.Prepare(kCommits));
  DUBAN_ASSIGN_OR_RETURN(reader.changes_, connection.Prepare(kChanges));
  DUBAN_ASSIGN_OR_RETURN(reader.as_of_all_, connection.Prepare(kAsOfAll));
  DUBAN_ASSIGN_OR_RETURN(reader.as_of_plan_, connection.Prepare(kAsOfPlan));
  return reader;
}

absl::StatusOr<std::optional<Head>> SqliteReader::GetHead() {
  std::optional<Head> head;
  DUBAN_RETURN_IF_ERROR(ForEach(head_, [&] {
    head = Head{head_.TextAt(0), head_.IntAt(1), absl::FromUnixMicros(head_.IntAt(2))};
  }));
  return head;
}

absl::StatusOr<std::optional<Row>> SqliteReader::Get(absl::string_view key) {
  std::optional<Row> found;
  get_.Text(1, key);
  DUBAN_RETURN_IF_ERROR(ForEach(get_, [&] {
    found = RowAt(get_);
    found->logged = get_.IntAt(6) != 0;
  }));
  return found;
}

absl::StatusOr<std::vector<Row>> SqliteReader::NextRows(const ScanOptions& options,
                                                        const std::string& after, int limit) {
  sql::Statement& scan = options.plan ? scan_plan_ : options.agency ? scan_agency_ : scan_all_;
  const std::string end = PrefixEnd(options.prefix);
  // One bound, or SQLite would seek to the lower of two: with a zero byte it is the first key after
  // `after`.
  scan.Text(1, after < options.prefix ? options.prefix : after + '\0')
      .Text(2, end.empty() ? kLastKey : absl::string_view(end))
      .Int(3, options.logged_only ? 1 : 0)
      .Int(4, limit);
  if (options.plan) {
    scan.Text(5, *options.plan);
  } else if (options.agency) {
    scan.Text(5, *options.agency);
  }
  std::vector<Row> rows;
  DUBAN_RETURN_IF_ERROR(ForEach(scan, [&] {
    rows.push_back(RowAt(scan));
    rows.back().logged = scan.IntAt(6) != 0;
  }));
  return rows;
}

// Reads a few rows, then visits them: so `visit` may read and change rows itself.
absl::Status SqliteReader::Scan(const ScanOptions& options,
                                absl::FunctionRef<bool(const Row&)> visit) {
  std::string after = options.after;
  for (int limit = kFirstRows;; limit = std::min(limit * 4, kMostRows)) {
    DUBAN_ASSIGN_OR_RETURN(const std::vector<Row> rows, NextRows(options, after, limit));
    for (const Row& row : rows) {
      // With both filters the statement knows the plan alone.
      if (options.agency && row.agency != *options.agency) continue;
      if (!visit(row)) return absl::OkStatus();
    }
    if (static_cast<int>(rows.size()) < limit) return absl::OkStatus();
    after = rows.back().key;
  }
}

absl::StatusOr<std::vector<Change>> SqliteReader::ChangesOf(int64_t revision) {
  std::vector<Change> changes;
  changes_.Int(1, revision);
  DUBAN_RETURN_IF_ERROR(ForEach(changes_, [&] {
    changes.push_back({.row = RowAt(changes_), .deleted = changes_.IntAt(6) != 0});
  }));
  return changes;
}

absl::StatusOr<std::vector<std::shared_ptr<const Commit>>> SqliteReader::CommitsAfter(int64_t after,
                                                                                      int limit) {
  std::vector<Commit> found;
  commits_.Int(1, after).Int(2, limit);
  DUBAN_RETURN_IF_ERROR(ForEach(commits_, [&] {
    found.push_back({.revision = commits_.IntAt(0),
                     .time = absl::FromUnixMicros(commits_.IntAt(1)),
                     .changes = {}});
  }));
  std::vector<std::shared_ptr<const Commit>> commits;
  size_t bytes = 0;
  for (Commit& commit : found) {
    if (bytes >= kMaxCommitBytesPerRead) break;
    DUBAN_ASSIGN_OR_RETURN(commit.changes, ChangesOf(commit.revision));
    for (const Change& change : commit.changes) bytes += change.row.image.size();
    commits.push_back(std::make_shared<const Commit>(std::move(commit)));
  }
  return commits;
}

absl::StatusOr<std::vector<Row>> SqliteReader::RowsAsOf(int64_t revision, absl::string_view plan,
                                                        absl::string_view after, int limit) {
  DUBAN_ASSIGN_OR_RETURN(const std::optional<Head> head, GetHead());
  if (revision > head->revision) return FutureRevision(revision, head->revision);
  sql::Statement& as_of = plan.empty() ? as_of_all_ : as_of_plan_;
  as_of.Int(1, revision).Text(2, after).Int(3, limit);
  if (!plan.empty()) as_of.Text(4, plan);
  std::vector<Row> rows;
  DUBAN_RETURN_IF_ERROR(ForEach(as_of, [&] { rows.push_back(RowAt(as_of)); }));
  return rows;
}

absl::StatusOr<SqliteWriter> SqliteWriter::Prepare(sql::Connection& connection) {
  SqliteWriter writer;
  DUBAN_ASSIGN_OR_RETURN(writer.make_head_, connection.Prepare(kMakeHead));
  DUBAN_ASSIGN_OR_RETURN(writer.move_head_, connection.Prepare(kMoveHead));
  DUBAN_ASSIGN_OR_RETURN(writer.put_, connection.Prepare(kPut));
  DUBAN_ASSIGN_OR_RETURN(writer.delete_, connection.Prepare(kDelete));
  DUBAN_ASSIGN_OR_RETURN(writer.commit_, connection.Prepare(kCommit));
  DUBAN_ASSIGN_OR_RETURN(writer.event_, connection.Prepare(kEvent));
  return writer;
}

absl::Status SqliteWriter::MakeHead(const Head& head) {
  return make_head_.Text(1, head.store_id)
      .Int(2, head.revision)
      .Int(3, absl::ToUnixMicros(head.time))
      .Run();
}

absl::Status SqliteWriter::Put(const Row& row) {
  return put_.Text(1, row.key)
      .Text(2, row.plan)
      .Text(3, row.agency)
      .Text(4, row.type)
      .Blob(5, row.image)
      .Int(6, row.revision)
      .Int(7, row.logged ? 1 : 0)
      .Run();
}

absl::Status SqliteWriter::Delete(absl::string_view key) { return delete_.Text(1, key).Run(); }

absl::Status SqliteWriter::Append(const Commit& commit) {
  const int64_t time_us = absl::ToUnixMicros(commit.time);
  DUBAN_RETURN_IF_ERROR(commit_.Int(1, commit.revision).Int(2, time_us).Run());
  int ordinal = 0;
  for (const auto& [row, deleted] : commit.changes) {
    DUBAN_RETURN_IF_ERROR(event_.Int(1, commit.revision)
                              .Int(2, ordinal++)
                              .Text(3, row.key)
                              .Text(4, row.plan)
                              .Text(5, row.agency)
                              .Text(6, row.type)
                              .Blob(7, row.image)
                              .Int(8, deleted ? 1 : 0)
                              .Run());
  }
  return move_head_.Int(1, commit.revision).Int(2, time_us).Run();
}

}  // namespace duban::feed
