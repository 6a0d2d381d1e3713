// Enrolment and renewal: what the enrolment listener does inside a transaction.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/enrolment/messages.h"
#include "services/common/feed/store.h"
#include "services/common/sign/x509.h"

namespace duban::agency {

// The hub, as it is configured when a request comes in.
struct IssuingHub {
  const sign::Issuer& issuer;
  std::string ca;   // PEM bundle of the authorities that the hub accepts
  std::string pin;  // as in EnrolmentDoor
  std::string trust_domain;
  std::string uplink_address;  // for nodes
  std::string min_version;     // of a node's program; empty: any
  absl::Duration certificate_life;
};

// Enrols the node that a join token is for: a new one, or one that is there already, which then
// starts its next epoch under the new signing key alone, all its older keys and certificates being
// revoked. The same request again gets the same answer. TOKEN_REFUSED, BAD_PROOF, NODE_REVOKED,
// BAD_CERTIFICATE_REQUEST, VERSION_TOO_OLD.
absl::StatusOr<enrolment::Grant> Enrol(const enrolment::EnrolRequest& request,
                                       const IssuingHub& hub, feed::Tx& tx);

// A new certificate for a node, or for a system of its agency, asked for by the node's signing key.
// The same request again gets the same answer. NODE_UNKNOWN, NODE_REVOKED, STALE_REQUEST,
// NOT_ALLOWED, BAD_CERTIFICATE_REQUEST, VERSION_TOO_OLD.
absl::StatusOr<enrolment::Grant> Renew(const enrolment::RenewRequest& request,
                                       const IssuingHub& hub, feed::Tx& tx);

// "in force", "revoked" or "unknown".
absl::StatusOr<std::string> StateOfCertificate(const enrolment::CheckRequest& request,
                                               feed::View& view);

}  // namespace duban::agency
