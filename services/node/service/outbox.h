#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "duban/node/v1/node.pb.h"
#include "duban/reporting/v1/uplink_service.pb.h"
#include "services/common/base/ids.h"
#include "services/common/base/names.h"
#include "services/common/feed/store.h"
#include "services/common/sign/sign.h"
#include "services/domain/uplink/node.h"

// What the agency says: numbered, chained and signed in the transaction in which it is said, kept
// for ever.
namespace duban::node {

// Starts, or goes on with, the epoch that the node writes in. What waits in an earlier epoch is
// refused as EPOCH_ENDED and shown in the inbox: the agency says it again. FAILED_PRECONDITION /
// EPOCH_PAST when the store wrote a later epoch already.
absl::Status OpenEpoch(feed::Tx& tx, int64_t epoch);

// Where the node stands.
absl::StatusOr<uplink::NodePosition> ReadPosition(feed::View& view);

// SHA-256 of the body under that number; empty when there is none.
absl::StatusOr<std::string> BodyHash(feed::View& view, int64_t epoch, int64_t seq);

struct Saying {
  duban::reporting::v1::PayloadType type = duban::reporting::v1::PAYLOAD_TYPE_UNSPECIFIED;
  std::string assignment;
  std::string period;   // of a report
  std::string payload;  // serialised message of `type`
  std::string author;   // SPIFFE id
};

struct Speaker {
  NodeName node;
  const sign::Signer& signer;
  Ids& ids;
};

// Signs, numbers and queues it.
absl::StatusOr<duban::node::v1::Submission> Enqueue(feed::Tx& tx, const Saying& saying,
                                                    const Speaker& speaker);

// Envelopes from `first_seq` on, as many as one push takes under the hub's credits.
absl::StatusOr<duban::reporting::v1::PushBatchRequest> ReadBatch(
    feed::View& view, int64_t first_seq, std::optional<int> credit_envelopes,
    std::optional<int64_t> credit_bytes);

// Takes the receipts of a push that began with `first_seq`: each must be about the node's own
// envelope and signed by `receipt_key`; else, or when there is none, INTERNAL / BAD_RECEIPT and
// nothing is changed. Returns the number of the last. Submissions get their state, and a refusal
// goes to the inbox.
absl::StatusOr<int64_t> TakeReceipts(
    feed::Tx& tx, const NodeName& node, absl::string_view receipt_key, int64_t first_seq,
    const google::protobuf::RepeatedPtrField<duban::reporting::v1::Receipt>& receipts);

}  // namespace duban::node
