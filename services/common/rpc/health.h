// grpc.health.v1 on the callback API: Debian's own is synchronous and costs a thread per watcher. Include in .cc files only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/common/rpc/runtime.h"

namespace grpc {
class Service;
}

namespace duban::rpc {

// Answers any peer with a certificate of ours. Says NOT_SERVING from the moment that the runtime drains or stops serving.
class Health {
 public:
  static std::unique_ptr<Health> New(Runtime& runtime);
  virtual ~Health() = default;
  virtual grpc::Service* service() = 0;

  // The full names of what is served; call before the first connection. Other names are NOT_FOUND to Check, and SERVICE_UNKNOWN
  // to Watch.
  virtual void SetServices(std::vector<std::string> services) = 0;
};

}  // namespace duban::rpc
