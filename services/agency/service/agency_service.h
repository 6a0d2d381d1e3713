#pragma once

#include <memory>
#include <string>

#include "services/common/feed/feed.h"
#include "services/common/rpc/runtime.h"

namespace grpc {
class Service;
}

namespace duban::agency {

// AgencyService over the store of `feed`. `trust_domain`: that of every identity in the register.
// Runtime and feed outlive it.
std::unique_ptr<grpc::Service> NewAgencyService(rpc::Runtime& runtime, feed::Feed& feed,
                                                std::string trust_domain);

}  // namespace duban::agency
