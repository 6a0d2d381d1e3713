// A node's credentials on disk: made by enrolment, kept by renewal.
//
//   DIR/current/key.pem, cert.pem   of the TLS listener and of the uplink; a new key with each
//   certificate DIR/current/ca.pem              the authorities to believe, as the hub said last
//   DIR/current/sign.pem            the report-signing key; a new one with each enrolment
//   DIR/current/node.json           whose they are, and where the hub is
//   DIR/systems/NAME/current/       key.pem, cert.pem, ca.pem of a system of the agency
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/base/clock.h"
#include "services/common/base/names.h"
#include "services/common/enrolment/client.h"
#include "services/common/enrolment/token.h"
#include "services/common/sign/x509.h"

namespace duban::enrolment {

// A certificate is valid from this long before it was issued, for machines whose clock is behind.
inline constexpr absl::Duration kBackdated = absl::Hours(24);
// From 2/3 of its life on a certificate is renewed; some nodes do it up to this part of the life
// earlier, so that not all ask at once.
inline constexpr double kRenewalJitter = 0.05;

struct Credentials {
  NodeName node;
  int64_t epoch = 0;
  std::string enrol_address, hub_address;
  std::string cert, key, ca, sign;  // files, through the link
  sign::Certificate certificate;    // what `cert` says
  std::string identity;             // its SPIFFE id
  int version = 0;                  // of the folder; another one after each change
};

// What is in the folder. FAILED_PRECONDITION / NOT_ENROLLED when there is nothing,
// FAILED_PRECONDITION / BAD_CREDENTIALS {path, why} when it cannot be used; a certificate that has
// ended is no fault here.
absl::StatusOr<Credentials> ReadCredentials(const std::string& dir);

// Enrols into the folder by a token: keys first, on the disk, then the request, the same one until
// it is answered. Killed at any point it goes on when it is called again. With the token that the
// folder was enrolled by it only reads; with another one the node is enrolled anew and starts its
// next epoch. Errors are those of Ask, of ReadCredentials and of Slot.
absl::StatusOr<Credentials> Enrol(const std::string& dir, const std::string& address,
                                  const Token& token);

// Renews the certificate under a new TLS key, by the signing key: also when the certificate has
// ended. Errors as above.
absl::StatusOr<Credentials> Renew(const std::string& dir, const Clock& clock);

// Makes or renews the certificate of a system of the agency, for its calls to this node; `system`
// is an id. Returns the folder that holds key.pem, cert.pem and ca.pem.
absl::StatusOr<std::string> RenewSystem(const std::string& dir, const std::string& system,
                                        const Clock& clock);

// The systems that have a certificate here.
std::vector<std::string> SystemsOf(const std::string& dir);
// The certificate of one of them. FAILED_PRECONDITION / BAD_CREDENTIALS.
absl::StatusOr<sign::Certificate> ReadSystem(const std::string& dir, const std::string& system);

// When to renew: at 2/3 of the life, earlier by `jitter` (0 to 1) of kRenewalJitter.
absl::Time RenewAt(const sign::Certificate& certificate, double jitter);

}  // namespace duban::enrolment
