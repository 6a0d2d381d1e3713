#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/common/base/ids.h"

namespace duban::enrolment {

inline constexpr int kPinBytes = 32;
inline constexpr int kSecretBytes = 20;

// What an administrator hands to whoever sets up a node: whom to trust, and the secret that lets
// one node in, once. As text: "duban-join-" 64 hex digits "-" 40 hex digits.
struct Token {
  std::string
      pin;  // SHA-256 of the SubjectPublicKeyInfo of the authority that the hub's listener is of
  std::string secret;  // random

  static Token New(absl::string_view pin, Ids& ids);
  // INVALID_ARGUMENT / BAD_TOKEN. Blanks around it do not count.
  static absl::StatusOr<Token> Parse(absl::string_view text);
  std::string ToString() const;
};

// Under which a hub keeps the secret: SHA-256 in hex.
std::string HashOfSecret(absl::string_view secret);

}  // namespace duban::enrolment
