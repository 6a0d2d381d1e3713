#include "services/common/enrolment/client.h"

#include "services/common/base/status.h"

namespace duban::enrolment {
namespace {

// The body of an answer, or the error that it tells.
absl::StatusOr<std::string> Post(const Hub& hub, const std::string& path, std::string body) {
  DUBAN_ASSIGN_OR_RETURN(
      const http::Response response,
      http::Send({.address = hub.address,
                  .trust = {.pin = hub.pin,
                            .ca = hub.ca,
                            .identity = kListenerIdentity,
                            .check_time = hub.check_time},
                  .timeout = kAskTimeout},
                 {.method = "POST", .target = path, .body = std::move(body), .address = {}}));
  if (response.status == 200) return response.body;
  if (response.status == 429) {
    return MakeError(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                     "the hub was asked too often; try again later");
  }
  return ErrorFromJson(response.body);
}

}  // namespace

absl::StatusOr<Grant> Ask(const Hub& hub, const EnrolRequest& request) {
  DUBAN_ASSIGN_OR_RETURN(const std::string body, Post(hub, kEnrolPath, request.ToJson()));
  return Grant::Parse(body);
}

absl::StatusOr<Grant> Ask(const Hub& hub, const RenewRequest& request) {
  DUBAN_ASSIGN_OR_RETURN(const std::string body, Post(hub, kRenewPath, request.ToJson()));
  return Grant::Parse(body);
}

absl::StatusOr<CheckAnswer> Ask(const Hub& hub, const CheckRequest& request) {
  DUBAN_ASSIGN_OR_RETURN(const std::string body, Post(hub, kCheckPath, request.ToJson()));
  return CheckAnswer::Parse(body);
}

}  // namespace duban::enrolment
