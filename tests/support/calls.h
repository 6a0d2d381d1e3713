// Calls with a deadline, and waiting for what is under way. Include in .cc files only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/common/base/status.h"
#include "services/common/rpc/handler.h"

namespace duban::tests {

inline constexpr absl::Duration kCallWithin = absl::Seconds(30);

// Calls once: `call(grpc::ClientContext*, Response*)`.
template <typename Response, typename F>
absl::StatusOr<Response> Call(F call, absl::Duration within = kCallWithin) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + within));
  context.set_wait_for_ready(true);
  Response response;
  if (absl::Status status = rpc::FromGrpc(call(&context, &response)); !status.ok()) return status;
  return response;
}

// Calls again while the other side says that it is not there yet: UNAVAILABLE, or refused because the credential has not reached
// it. Other errors are answers.
template <typename Response, typename F>
absl::StatusOr<Response> Eventually(F call, absl::Duration within = kCallWithin) {
  const absl::Time give_up = absl::Now() + within;
  while (true) {
    auto response = Call<Response>(call, within);
    const bool not_yet = absl::IsUnavailable(response.status()) ||
                         absl::IsPermissionDenied(response.status());
    if (!not_yet || absl::Now() > give_up) return response;
  }
}

}  // namespace duban::tests
