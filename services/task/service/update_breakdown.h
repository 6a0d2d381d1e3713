#pragma once

#include "absl/status/status.h"
#include "duban/task/v1/task_service.pb.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"

namespace duban::task {

absl::Status UpdateBreakdown(const rpc::Call& call,
                             const duban::task::v1::UpdateBreakdownRequest& request, feed::Tx& tx,
                             duban::task::v1::Task& response);

}  // namespace duban::task
