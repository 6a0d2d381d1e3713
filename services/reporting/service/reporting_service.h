#pragma once

#include <memory>

#include "services/common/feed/feed.h"
#include "services/common/rpc/runtime.h"
#include "services/reporting/service/nodes.h"

namespace grpc {
class Service;
}

namespace duban::reporting {

// duban.reporting.v1.ReportingService over the rows of `feed`'s store. All arguments must outlive
// it.
std::unique_ptr<grpc::Service> NewReportingService(rpc::Runtime& runtime, feed::Feed& feed,
                                                   const Nodes& nodes);

}  // namespace duban::reporting
