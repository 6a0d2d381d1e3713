#pragma once

#include <memory>

#include "services/common/base/ids.h"
#include "services/common/feed/feed.h"
#include "services/common/rpc/runtime.h"
#include "services/task/clients/register_follower.h"

namespace grpc {
class Service;
}

namespace duban::task {

// TaskService over the store of `feed`. All that is given outlives it.
std::unique_ptr<grpc::Service> NewTaskService(rpc::Runtime& runtime, feed::Feed& feed,
                                              const RegisterFollower& agencies, Ids& ids);

}  // namespace duban::task
