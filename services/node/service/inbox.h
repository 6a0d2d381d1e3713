#pragma once

#include "absl/status/status.h"
#include "duban/node/v1/node.pb.h"
#include "services/common/feed/store.h"

namespace duban::node {

// Adds a message to the inbox; number, name and time are set here.
absl::Status AddToInbox(feed::Tx& tx, duban::node::v1::InboxItem item);

}  // namespace duban::node
