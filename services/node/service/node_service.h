#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"
#include "services/node/service/link_state.h"
#include "services/node/service/outbox.h"

namespace grpc {
class Service;
}

namespace duban::node {

// How the node's certificate is doing.
struct RenewalState {
  std::optional<absl::Time> certificate_end;  // unset when the node does not renew it
  std::string error;  // reason why it could not be renewed; empty when nothing is wrong
};

// duban.node.v1.NodeService over `store`. `wake` is called after each submission is durable;
// `renewal` for each status.
// `runtime`, `store`, `state` and what `speaker` refers to must outlive it.
std::unique_ptr<grpc::Service> NewNodeService(rpc::Runtime& runtime, feed::Store& store,
                                              const Speaker& speaker, const LinkState& state,
                                              std::function<void()> wake,
                                              std::function<RenewalState()> renewal);

}  // namespace duban::node
