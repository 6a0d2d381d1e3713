#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"

// The hub's end of the uplink: what may follow what it has from a node (trust.md §3.2).
namespace duban::uplink {

// What comes before the first envelope of an epoch: 32 zero bytes.
std::string FirstPrevHash();

// What the hub has from a node, in one epoch.
struct NodeLedger {
  int64_t epoch = 1;
  int64_t accepted_through = 0;
  std::string head_hash = FirstPrevHash();  // SHA-256 of the body at accepted_through
  bool frozen = false;                      // the node said two different things under one number
};

// An envelope whose signature was found good.
struct Offered {
  int64_t epoch = 0;
  int64_t seq = 0;
  std::string prev_hash;
  std::string body_hash;
};

// What the hub has already under the same number or id; nullopt when it has nothing.
struct Known {
  std::optional<std::string> hash_at_seq;  // SHA-256 of the body under the offered epoch and seq
  std::optional<std::string>
      hash_of_report_id;  // SHA-256 of the body, of any node, under the offered report_id
};

struct Admission {
  enum class Kind {
    kAccept,     // the next one: take it
    kDuplicate,  // taken before: answer with the same receipt
    kStop,       // a protocol error: take nothing from here on
  };
  Kind kind = Kind::kStop;
  absl::Status error;  // of kStop
  bool freeze =
      false;  // of kStop: the node is to be frozen, and the offered bytes kept as evidence
};

// FAILED_PRECONDITION with NODE_FROZEN, WRONG_EPOCH {current_epoch}, SEQ_GAP {expected_seq},
// BROKEN_CHAIN or EQUIVOCATION.
Admission Admit(const NodeLedger& ledger, const Offered& offered, const Known& known);

// The ledger after an accepted envelope.
NodeLedger Advance(NodeLedger ledger, const Offered& offered);

// The ledger to go on with when the register says that the node writes in `epoch`: a new epoch
// starts empty and unfrozen.
NodeLedger InEpoch(NodeLedger ledger, int64_t epoch);

absl::Status NodeFrozen();

}  // namespace duban::uplink
