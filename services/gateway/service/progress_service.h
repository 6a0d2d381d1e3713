#pragma once

#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "services/gateway/service/board.h"
#include "services/gateway/service/revisions.h"
#include "services/gateway/service/waiters.h"

namespace grpc {
class Service;
}
namespace duban::rpc {
class Runtime;
}

namespace duban::gateway {

class Watchers;

// Asks each service for its newest revision and calls back once, at `deadline` at the latest; 0 for
// a service that did not answer.
using AskNewest = std::function<void(absl::Time deadline, std::function<void(const Revisions&)>)>;

// duban.gateway.v1.ProgressService over the board. All arguments must outlive it.
std::unique_ptr<grpc::Service> NewProgressService(rpc::Runtime& runtime, Board& board,
                                                  Waiters& waiters, Watchers& watchers,
                                                  AskNewest ask_newest);

}  // namespace duban::gateway
