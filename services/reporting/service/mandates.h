#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/common/feed/store.h"
#include "services/reporting/service/copies.h"

namespace duban::reporting {

// Applies what the task service's feed brings, in the given transaction: the private copies, the
// Mandate and AssignmentStatus of each assignment that is issued or removed by it, and a ledger
// leaf for each task that is issued by it. An agency that is removed from a task before the issue
// never gets a mandate. `actor`: the SPIFFE id of the task service.
absl::Status ApplyMandates(feed::Tx& tx, const FeedRows& feed, const std::string& actor);

}  // namespace duban::reporting
