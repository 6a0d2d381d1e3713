#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/common/enrolment/messages.h"
#include "services/common/http/client.h"

namespace duban::enrolment {

inline constexpr absl::Duration kAskTimeout = absl::Seconds(10);
inline constexpr char kListenerIdentity[] =
    "/hub/agency";  // what the hub's enrolment listener proves

// How a node reaches the hub's enrolment listener: by a token's pin, or by the authorities that it
// was given.
struct Hub {
  std::string address;  // "hub.example:7406"
  std::string pin;      // 32 bytes, or empty
  std::string ca;       // PEM bundle; counts when there is no pin
  bool check_time = true;
};

// Errors are the hub's, those of http::Send, or UNAVAILABLE / BAD_ANSWER.
absl::StatusOr<Grant> Ask(const Hub& hub, const EnrolRequest& request);
absl::StatusOr<Grant> Ask(const Hub& hub, const RenewRequest& request);
absl::StatusOr<CheckAnswer> Ask(const Hub& hub, const CheckRequest& request);

}  // namespace duban::enrolment
