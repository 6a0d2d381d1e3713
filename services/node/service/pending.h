#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "duban/node/v1/node.pb.h"
#include "services/common/feed/store.h"
#include "services/domain/report/assignment.h"

// What was said about an assignment and does not yet show in the rows that the hub sends: queued,
// or accepted a moment ago.
namespace duban::node {

absl::Status AddPending(feed::Tx& tx, const duban::node::v1::Submission& submission, int64_t epoch,
                        int64_t seq);

// Oldest first.
absl::StatusOr<std::vector<duban::node::v1::Submission>> ListPending(feed::View& view,
                                                                     absl::string_view assignment);

// Drops what was refused and what shows by now.
absl::Status Settle(feed::Tx& tx, absl::string_view assignment);

// Refuses what waits, of all assignments, with `reason`.
absl::Status RefusePending(feed::Tx& tx, const std::string& reason);

// True when the hub's rows show the accepted submission.
absl::StatusOr<bool> Shows(feed::View& view, const duban::node::v1::Submission& submission);

}  // namespace duban::node
