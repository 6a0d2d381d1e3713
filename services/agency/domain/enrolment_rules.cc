#include "services/agency/domain/enrolment_rules.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "services/agency/domain/limits.h"
#include "services/common/base/status.h"

namespace duban::agency {

absl::Status InvalidJoinToken(absl::string_view field, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_JOIN_TOKEN",
                   absl::StrCat(field, " ", why),
                   {{"field", std::string(field)}, {"why", std::string(why)}});
}

absl::Status JoinTokenNotFound(absl::string_view name) {
  return MakeError(absl::StatusCode::kNotFound, "JOIN_TOKEN_NOT_FOUND",
                   absl::StrCat("there is no ", name), {{"name", std::string(name)}});
}

absl::Status TokenRefused(absl::string_view why) {
  return MakeError(absl::StatusCode::kPermissionDenied, "TOKEN_REFUSED",
                   absl::StrCat("the join token is ", why), {{"why", std::string(why)}});
}

absl::Status EnrolmentOff() {
  return MakeError(absl::StatusCode::kFailedPrecondition, "ENROLMENT_OFF",
                   "this hub enrols no nodes: enrol_listen is not set");
}

absl::Status BadProof() {
  return MakeError(absl::StatusCode::kPermissionDenied, "BAD_PROOF",
                   "the request is not signed by the key that it brings, for this hub");
}

absl::Status StaleRequest(absl::Time now) {
  const std::string time = absl::FormatTime(absl::RFC3339_sec, now, absl::UTCTimeZone());
  return MakeError(absl::StatusCode::kFailedPrecondition, "STALE_REQUEST",
                   absl::StrCat("the request is not of now, or not newer than the last one; the "
                                "hub's clock says ",
                                time),
                   {{"server_time", time}});
}

absl::Status CertificateNotFound(absl::string_view name, absl::string_view serial) {
  return MakeError(absl::StatusCode::kNotFound, "CERTIFICATE_NOT_FOUND",
                   absl::StrCat(name, " has no certificate ", serial),
                   {{"name", std::string(name)}, {"serial", std::string(serial)}});
}

absl::Status NodeUnknown() {
  return MakeError(absl::StatusCode::kPermissionDenied, "NODE_UNKNOWN",
                   "the register has no such node with such a key");
}

absl::Status CheckExpiry(absl::Time asked, absl::Time now) {
  if (asked <= now) return InvalidJoinToken("expire_time", "is not in the future");
  if (asked > now + kMaxJoinTokenLife) {
    return InvalidJoinToken("expire_time", "is more than a week away");
  }
  return absl::OkStatus();
}

absl::Status CheckFreshness(absl::Time made, absl::Time last, absl::Time now) {
  const bool fresh = made >= now - kMaxClockDifference && made <= now + kMaxClockDifference;
  return fresh && made > last ? absl::OkStatus() : StaleRequest(now);
}

}  // namespace duban::agency
