#include "services/reporting/service/pushes.h"

#include "services/reporting/domain/limits.h"

namespace duban::reporting {

std::shared_ptr<Pushes::Place> Pushes::Enter(const std::string& node) {
  std::lock_guard lock(mutex_);
  auto at = per_node_.find(node);
  if (all_ >= kMaxPushes || (at != per_node_.end() && at->second >= kMaxPushesPerNode)) {
    return nullptr;
  }
  ++all_;
  ++per_node_[node];
  return std::make_shared<Place>(*this, node);
}

Pushes::Place::~Place() {
  std::lock_guard lock(pushes_.mutex_);
  --pushes_.all_;
  if (--pushes_.per_node_[node_] == 0) pushes_.per_node_.erase(node_);
}

}  // namespace duban::reporting
