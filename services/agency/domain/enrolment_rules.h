#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace duban::agency {

// INVALID_ARGUMENT / INVALID_JOIN_TOKEN {field, why}.
absl::Status InvalidJoinToken(absl::string_view field, absl::string_view why);
// NOT_FOUND / JOIN_TOKEN_NOT_FOUND {name}.
absl::Status JoinTokenNotFound(absl::string_view name);
// PERMISSION_DENIED / TOKEN_REFUSED {why}: "unknown", "expired", "used" or "revoked".
absl::Status TokenRefused(absl::string_view why);
// FAILED_PRECONDITION / ENROLMENT_OFF.
absl::Status EnrolmentOff();
// PERMISSION_DENIED / BAD_PROOF: what was signed is not what was sent.
absl::Status BadProof();
// FAILED_PRECONDITION / STALE_REQUEST {server_time}: too old, too new, or not newer than the last
// one.
absl::Status StaleRequest(absl::Time now);
// NOT_FOUND / CERTIFICATE_NOT_FOUND {name, serial}.
absl::Status CertificateNotFound(absl::string_view name, absl::string_view serial);
// PERMISSION_DENIED / NODE_UNKNOWN: the same whether there is no such node or the request is not
// signed by one of its keys.
absl::Status NodeUnknown();

// INVALID_JOIN_TOKEN unless a token that ends at `asked` ends after now and within
// kMaxJoinTokenLife.
absl::Status CheckExpiry(absl::Time asked, absl::Time now);

// A request is taken within kMaxClockDifference of the hub's clock, and only after the one before
// it (`last`; the infinite past when there was none), so that none is taken twice. STALE_REQUEST.
absl::Status CheckFreshness(absl::Time made, absl::Time last, absl::Time now);

}  // namespace duban::agency
