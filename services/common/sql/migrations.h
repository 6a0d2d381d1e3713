// Schemas as numbered SQL texts, forward only.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/common/base/clock.h"
#include "services/common/sql/connection.h"

namespace duban::sql {

struct Migration {
  absl::string_view name;  // "0001_rows"; the order of the vector counts
  absl::string_view sql;
};

// Brings the schema to the last of `migrations`, each in a transaction of its own with its checksum
// noted. FAILED_PRECONDITION / STORE_TOO_NEW when the file has more than that; UNAVAILABLE /
// STORE_FAILED when a text that was applied has changed since.
absl::Status Migrate(Connection& connection, const std::vector<Migration>& migrations,
                     const Clock& clock);

}  // namespace duban::sql
