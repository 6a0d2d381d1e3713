#pragma once

#include <memory>

#include "services/common/feed/feed.h"
#include "services/common/rpc/runtime.h"
#include "services/common/sign/sign.h"
#include "services/reporting/service/nodes.h"

namespace grpc {
class Service;
}

namespace duban::reporting {

// duban.reporting.v1.UplinkService, for a runtime that authenticates by UplinkAuthenticate.
// `signer` signs receipts. All arguments must outlive it.
std::unique_ptr<grpc::Service> NewUplinkService(rpc::Runtime& runtime, feed::Feed& feed,
                                                Nodes& nodes, const sign::Signer& signer);

}  // namespace duban::reporting
