#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace duban::reporting {

// Counts PushBatch calls at work, so that no node and no herd of nodes can take the service for
// itself. Thread-safe; must outlive its places.
class Pushes {
 public:
  class Place;

  // A place for a call of that node, given up when it is destroyed; null when the node or the
  // service has enough of them.
  std::shared_ptr<Place> Enter(const std::string& node);

 private:
  std::mutex mutex_;
  std::map<std::string, int> per_node_;
  int all_ = 0;
};

class Pushes::Place {
 public:
  Place(Pushes& pushes, std::string node) : pushes_(pushes), node_(std::move(node)) {}
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Pushes& pushes_;
  const std::string node_;
};

}  // namespace duban::reporting
