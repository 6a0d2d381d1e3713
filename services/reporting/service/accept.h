#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "duban/reporting/v1/uplink_service.pb.h"
#include "services/common/base/names.h"
#include "services/common/feed/store.h"
#include "services/common/sign/sign.h"
#include "services/domain/uplink/hub.h"
#include "services/reporting/service/envelope.h"

namespace duban::reporting {

// What the hub has from the node, in the epoch that the register gives it.
absl::StatusOr<uplink::NodeLedger> ReadLedger(feed::View& view, const NodeName& node,
                                              int64_t epoch);

// SHA-256 of the body under that number, or nullopt.
absl::StatusOr<std::optional<std::string>> HashAt(feed::View& view, const NodeName& node,
                                                  int64_t epoch, int64_t seq);

struct Batch {
  NodeName node;
  std::string identity;                   // SPIFFE id of the node
  std::vector<OpenedEnvelope> envelopes;  // those before the first that could not be opened
  absl::Status stop;                      // why that one could not; OK when there is none
};

// What became of a batch. `error` is set when not even the first envelope could be taken.
struct Taking {
  duban::reporting::v1::PushBatchResponse response;
  absl::Status error;
};

// The accept transaction: everything is checked again inside it, and each envelope that follows the
// last one is used up, with a signed receipt that says ACCEPTED, and its effect, or REJECTED, and
// why. Envelopes are taken up to the first protocol error. A node that says two different things is
// frozen: this is kept even when `error` is set. Not OK only when the store failed.
absl::StatusOr<Taking> Take(feed::Tx& tx, const Batch& batch, const sign::Signer& signer);

}  // namespace duban::reporting
