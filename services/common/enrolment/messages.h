// What a node and the hub's enrolment listener say to each other, as JSON over HTTPS, and what the
// node's keys sign of it. docs/adr/0006-enrolment.md has the whole exchange.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace duban::enrolment {

inline constexpr char kEnrolPath[] = "/v1/enrol";
inline constexpr char kRenewPath[] = "/v1/renew";
inline constexpr char kCheckPath[] = "/v1/check";

inline constexpr size_t kMaxRequestBytes = 16 << 10;
inline constexpr size_t kMaxTextBytes = 4 << 10;  // of a text in a request

// INVALID_ARGUMENT / BAD_ENROLMENT_REQUEST {field, why}.
absl::Status BadRequest(absl::string_view field, absl::string_view why);

// Of a node that has a join token and two keys.
struct EnrolRequest {
  std::string secret;       // of the token
  std::string request;      // certificate request (PEM) of the TLS key
  std::string signing_key;  // raw Ed25519 public key
  std::string version;      // of the program
  std::string signature;    // by the signing key over Transcript

  std::string ToJson() const;
  // BAD_ENROLMENT_REQUEST.
  static absl::StatusOr<EnrolRequest> Parse(absl::string_view json);
  // `pin`: of the token. Neither key nor hub can be exchanged under the signature.
  std::string Transcript(absl::string_view pin) const;
};

// Of a node that is enrolled, for itself or for a system of its agency.
struct RenewRequest {
  std::string node;      // `agencies/{agency}/nodes/{node}`
  std::string identity;  // SPIFFE id that the certificate shall say
  std::string request;   // certificate request (PEM) of a new TLS key
  absl::Time time;       // when it was made, by the node's clock
  std::string version;
  std::string signature;  // by the node's signing key over Transcript

  std::string ToJson() const;
  static absl::StatusOr<RenewRequest> Parse(absl::string_view json);
  std::string Transcript() const;
};

// What the hub answers to both.
struct Grant {
  std::string agency, node;  // ids
  int64_t epoch = 0;
  std::string certificate;  // PEM
  std::string ca;  // PEM bundle of the authorities that the hub accepts; two while one takes over
                   // from the other
  std::string hub_address;  // of the uplink

  std::string ToJson() const;
  // UNAVAILABLE / BAD_ANSWER.
  static absl::StatusOr<Grant> Parse(absl::string_view json);
};

// Asked by a node about itself; nothing of it is secret.
struct CheckRequest {
  std::string node;    // as above, or empty
  std::string serial;  // of its certificate

  std::string ToJson() const;
  static absl::StatusOr<CheckRequest> Parse(absl::string_view json);
};

struct CheckAnswer {
  absl::Time time;  // of the hub
  std::string version, min_version;
  std::string certificate;  // "in force", "revoked" or "unknown"

  std::string ToJson() const;
  static absl::StatusOr<CheckAnswer> Parse(absl::string_view json);
};

// An error as JSON {code, reason, message, metadata}, and as it was before. What is no such JSON is
// UNAVAILABLE / BAD_ANSWER.
std::string ErrorToJson(const absl::Status& status);
absl::Status ErrorFromJson(absl::string_view json);

// FAILED_PRECONDITION / VERSION_TOO_OLD {version, min_version} when `version` is before
// `min_version`, both as 1.2.3; a version that cannot be read is before all. `min_version` empty:
// any will do.
absl::Status CheckVersion(absl::string_view version, absl::string_view min_version);

// The version of this program.
std::string OwnVersion();

}  // namespace duban::enrolment
