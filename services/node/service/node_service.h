#pragma once

#include <functional>
#include <memory>

#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"
#include "services/node/service/link_state.h"
#include "services/node/service/outbox.h"

namespace grpc {
class Service;
}

namespace duban::node {

// duban.node.v1.NodeService over `store`. `wake` is called after each submission is durable.
// `runtime`, `store`, `state` and what `speaker` refers to must outlive it.
std::unique_ptr<grpc::Service> NewNodeService(rpc::Runtime& runtime, feed::Store& store,
                                              const Speaker& speaker, const LinkState& state,
                                              std::function<void()> wake);

}  // namespace duban::node
