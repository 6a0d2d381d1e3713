#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/domain/uplink/limits.h"

// The node's end of the uplink (trust.md §3.3). Everything here can be rebuilt from the node's
// store and one Hello.
namespace duban::uplink {

// Where the node stands, as its store says.
struct NodePosition {
  int64_t epoch = 1;
  int64_t last_seq = 0;       // last envelope written
  int64_t acked_through = 0;  // last envelope with a receipt
};

// Where the hub says that it stands.
struct HubPosition {
  int64_t epoch = 1;
  int64_t accepted_through = 0;
  std::string head_hash;  // SHA-256 of the body at accepted_through; empty when it has none
  std::string
      hash_at_acked;  // SHA-256 of its body at the node's acked_through; empty when it has none
};

// What to do after comparing positions.
struct Resumption {
  enum class Kind {
    kSend,         // both stand at the same place
    kFastForward,  // a reply was lost: the hub has more; sending again from the first without a
                   // receipt brings the receipts
    kRewind,       // the hub lost what it had acknowledged: it gets it again
    kForked,  // the hub has what this store never wrote: an older copy of the store, or a second
              // node
    kFrozen,  // different bytes under one number
    kWrongEpoch,  // the register has another epoch for this node; not for ever, the hub may hear of
                  // a new one late
  };
  Kind kind = Kind::kSend;
  int64_t next_seq = 1;  // first to send, for the first three kinds
};

// `body_hash`: SHA-256 of the node's own body under a number from 1 to last_seq of its epoch.
Resumption Resume(const NodePosition& node, const HubPosition& hub,
                  const std::function<std::string(int64_t seq)>& body_hash);

absl::string_view ToString(Resumption::Kind kind);  // "FORKED"

// How many of the envelopes with these sizes, in this order, go into the next push under the
// credits of the hub's last answer (nullopt: none given yet). At least one when there is one: the
// hub refuses what it cannot take.
int BatchLength(const std::vector<int64_t>& sizes, std::optional<int> credit_envelopes,
                std::optional<int64_t> credit_bytes);

// How long to wait after `failures` failures in a row (from 1): full jitter under a ceiling that
// grows from 100 ms to 2 s while the hub is newly away, then from 2 s to `cap`. `uniform` lies in
// [0, 1).
absl::Duration Backoff(int failures, double uniform, absl::Duration cap = kSlowMost);

// One connection's worth of the protocol: what the sender does next. Not thread-safe.
class Link {
 public:
  struct Step {
    enum class Kind { kHello, kPush, kIdle };
    Kind kind = Kind::kHello;
    int64_t first_seq = 0;  // of kPush
  };

  // What to do now, the store standing at `last_seq`.
  Step Next(int64_t last_seq) const;

  // The hub answered the hello.
  void Greeted(const Resumption& resumption);

  // The hub took everything up to `through`, and receipts for it are stored.
  void Delivered(int64_t through);

  // A call failed or its answer could not be used: positions are compared anew before the next
  // push.
  void Lost() { next_seq_.reset(); }

 private:
  std::optional<int64_t> next_seq_;  // nullopt: positions not compared
};

}  // namespace duban::uplink
