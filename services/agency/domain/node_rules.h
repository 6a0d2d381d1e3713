#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace duban::agency {

// What is asked for a new node.
struct NodeRecord {
  struct Key {
    std::string algorithm;
    std::string public_key;  // raw bytes
  };
  std::vector<Key> signing_keys;
  int64_t epoch = 1;
  bool custody_known = true;
};

// INVALID_ARGUMENT / INVALID_NODE {field, why}.
absl::Status InvalidNode(absl::string_view field, absl::string_view why);
// NOT_FOUND / NODE_NOT_FOUND {name}.
absl::Status NodeNotFound(absl::string_view name);
// ALREADY_EXISTS / NODE_EXISTS {name}: with other keys, epoch or custody.
absl::Status NodeRevoked(absl::string_view name);  // FAILED_PRECONDITION / NODE_REVOKED {name}
absl::Status NodeExists(absl::string_view name);

// One to kMaxSigningKeys distinct keys, all ed25519; an epoch from 1. INVALID_NODE.
absl::Status CheckNode(const NodeRecord& record);

}  // namespace duban::agency
