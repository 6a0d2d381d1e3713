#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/agency/service/join_tokens.h"
#include "services/common/feed/feed.h"
#include "services/common/rpc/runtime.h"

namespace grpc {
class Service;
}

namespace duban::agency {

// AgencyService over the store of `feed`. `trust_domain`: that of every identity in the register. `door`: where nodes enrol now;
// asked for each token. Runtime and feed outlive it.
std::unique_ptr<grpc::Service> NewAgencyService(
    rpc::Runtime& runtime, feed::Feed& feed, std::string trust_domain,
    std::function<absl::StatusOr<EnrolmentDoor>()> door);

}  // namespace duban::agency
