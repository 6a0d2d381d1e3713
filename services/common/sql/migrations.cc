#include "services/common/sql/migrations.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"
#include "services/common/sign/sign.h"

namespace duban::sql {
namespace {

constexpr char kTable[] =
    "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
    "sha256 TEXT NOT NULL, applied_us INTEGER NOT NULL) STRICT";
constexpr char kApplied[] = "SELECT number, sha256 FROM migrations ORDER BY number";
constexpr char kInsert[] =
    "INSERT INTO migrations (number, name, sha256, applied_us) VALUES (?1, ?2, ?3, ?4)";

absl::Status StoreTooNew(int64_t number, int64_t known) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "STORE_TOO_NEW",
      absl::StrCat("the store has schema ", number, "; this program knows up to ", known),
      {{"schema", absl::StrCat(number)}, {"known", absl::StrCat(known)}});
}

std::string Checksum(const Migration& migration) {
  return sign::HexEncode(sign::Sha256(migration.sql));
}

// How many of `migrations` are applied.
absl::StatusOr<size_t> CheckApplied(Connection& connection,
                                    const std::vector<Migration>& migrations) {
  DUBAN_ASSIGN_OR_RETURN(Statement applied, connection.Prepare(kApplied));
  size_t count = 0;
  while (true) {
    DUBAN_ASSIGN_OR_RETURN(const bool row, applied.Step());
    if (!row) return count;
    if (count == migrations.size()) {
      return StoreTooNew(applied.IntAt(0), static_cast<int64_t>(migrations.size()));
    }
    if (applied.TextAt(1) != Checksum(migrations[count])) {
      return StoreFailed(absl::StrCat("schema ", migrations[count].name,
                                      " is not the one that this program would make"));
    }
    ++count;
  }
}

absl::Status Apply(Connection& connection, const Migration& migration, size_t number,
                   const Clock& clock) {
  DUBAN_RETURN_IF_ERROR(connection.Execute("BEGIN IMMEDIATE"));
  absl::Status status = connection.Execute(std::string(migration.sql));
  if (status.ok()) {
    auto insert = connection.Prepare(kInsert);
    status = insert.ok() ? insert->Int(1, static_cast<int64_t>(number))
                               .Text(2, migration.name)
                               .Text(3, Checksum(migration))
                               .Int(4, absl::ToUnixMicros(clock.Now()))
                               .Run()
                         : insert.status();
  }
  if (status.ok()) status = connection.Execute("COMMIT");
  if (!status.ok() && connection.in_transaction()) connection.Execute("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace

absl::Status Migrate(Connection& connection, const std::vector<Migration>& migrations,
                     const Clock& clock) {
  DUBAN_RETURN_IF_ERROR(connection.Execute(kTable));
  DUBAN_ASSIGN_OR_RETURN(const size_t applied, CheckApplied(connection, migrations));
  for (size_t i = applied; i < migrations.size(); ++i) {
    DUBAN_RETURN_IF_ERROR(Apply(connection, migrations[i], i + 1, clock));
  }
  return absl::OkStatus();
}

}  // namespace duban::sql
