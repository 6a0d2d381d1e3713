#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "services/common/base/names.h"
#include "services/common/feed/store.h"
#include "services/reporting/service/envelope.h"

namespace duban::reporting {

// Who says something, and where it stands in the ledger.
struct Statement {
  const OpenedEnvelope& envelope;
  NodeName node;
  std::string identity;  // SPIFFE id of the node
  int64_t leaf_index = 0;
};

// Checks what the envelope says and, when it can be, makes it so; returns the name of the resource
// that it made or changed. A refusal (see IsRefusal) changed nothing: NOT_ALLOWED for another
// agency's assignment, ASSIGNMENT_NOT_FOUND, ILLEGAL_TRANSITION, FUTURE_PERIOD, INVALID_PERIOD,
// INVALID_REPORT, INVALID_NAME, REASON_REQUIRED or UNKNOWN_PAYLOAD.
absl::StatusOr<std::string> Effect(feed::Tx& tx, const Statement& statement);

// True when `status` says that the statement is not acceptable; false when the store failed.
bool IsRefusal(const absl::Status& status);

}  // namespace duban::reporting
