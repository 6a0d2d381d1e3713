#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/common/feed/store.h"
#include "services/reporting/service/copies.h"

namespace duban::reporting {

// Applies what the task service's feed brings, in the given transaction: the private copies, the
// Mandate and AssignmentStatus of each assignment that is issued or removed by it, and a ledger
// leaf for each task that is issued by it. An agency that is removed from a task before the issue
// never gets a mandate. `actor`: the SPIFFE id of the task service.
//
// A feed message may bear on more mandates than fit one transaction. What is left is noted durably
// in `mandates-due/`, and CatchUp brings a transaction's worth of it up to date. True as long as
// anything is due, whichever message it came from.
absl::StatusOr<bool> ApplyMandates(feed::Tx& tx, const FeedRows& feed, const std::string& actor);
absl::StatusOr<bool> CatchUp(feed::Tx& tx, const std::string& actor);

}  // namespace duban::reporting
