// Passes commands on to the services behind the gateway. Include in .cc files only.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <memory>

#include "services/common/rpc/runtime.h"
#include "services/gateway/service/waiters.h"

namespace duban::gateway {

struct Upstreams {
  std::shared_ptr<grpc::Channel> task, agency, reporting;
};

// Serves every unary method of TaskService, AgencyService and ReportingService that an operator or
// a system may call: the caller is checked here, then the bytes go on as they are with
// `duban-caller-bin`, the request id and what is left of the deadline; the answer, or the error
// with its details, comes back as it is. UNAVAILABLE / SERVICE_UNREACHABLE when the service is
// away, UNIMPLEMENTED / UNKNOWN_METHOD for anything else.
//
// A credential that was made or revoked is in force at this gateway when the call is answered:
// `waiters` tell when.
std::unique_ptr<grpc::CallbackGenericService> NewProxy(rpc::Runtime& runtime,
                                                       const Upstreams& upstreams,
                                                       Waiters& waiters);

}  // namespace duban::gateway
