#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/http/message.h"

namespace duban::http {

// Whom a client talks to: a server whose certificate says `identity` of the suite, issued by an
// authority that is either known by the hash of its key or one of a bundle.
struct Trust {
  std::string pin;       // SHA-256 of the authority's SubjectPublicKeyInfo, 32 bytes; or empty
  std::string ca;        // PEM bundle; used when there is no pin
  std::string identity;  // path of the SPIFFE id that the server's only URI name must have, such as
                         // "/hub/agency"
  bool check_time = true;  // false: a certificate counts before and after its time too
};

struct ClientOptions {
  std::string address;  // "hub.example:7406"
  Trust trust;
  absl::Duration timeout = absl::Seconds(10);  // for the whole exchange
};

inline constexpr uint32_t kMaxAnswerBytes = 1 << 20;

// Sends one request and returns the answer, whatever its status. UNAVAILABLE / SERVER_NAME_UNKNOWN,
// SERVER_UNREACHABLE {address, why} or BAD_ANSWER, UNAUTHENTICATED / SERVER_NOT_TRUSTED {why},
// INVALID_ARGUMENT / BAD_ADDRESS.
absl::StatusOr<Response> Send(const ClientOptions& options, const Request& request);

}  // namespace duban::http
