#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace duban::cli {

// The raw public key, 32 bytes, of a PEM that holds an Ed25519 key, public or private.
// INVALID_ARGUMENT / BAD_KEY.
absl::StatusOr<std::string> Ed25519PublicKey(absl::string_view pem);

}  // namespace duban::cli
