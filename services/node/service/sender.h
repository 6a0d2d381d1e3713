#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "services/common/base/clock.h"
#include "services/common/base/ids.h"
#include "services/common/base/names.h"
#include "services/common/feed/store.h"
#include "services/node/clients/hub.h"
#include "services/node/service/link_state.h"

namespace duban::node {

struct SenderOptions {
  NodeName node;
  std::string version;  // of the program
  absl::Duration max_backoff;
};

// The one that sends: what is in the outbox, in order, for ever, on a thread of its own. It sleeps
// until it is woken, or until a back-off is over.
class Sender {
 public:
  // All arguments must outlive it.
  static std::unique_ptr<Sender> Start(const SenderOptions& options, feed::Store& store, Hub& hub,
                                       LinkState& state, const Clock& clock, Ids& ids);

  virtual ~Sender() = default;  // ends the thread; cancel the hub's calls first

  // Something new is in the outbox.
  virtual void Wake() = 0;

  // The hub was heard of: a back-off is cut short, and positions are compared anew.
  virtual void HubIsBack() = 0;
};

}  // namespace duban::node
