#include "services/node/service/link_state.h"

#include "services/common/base/status.h"

namespace duban::node {

LinkState::Seen LinkState::Get() const {
  std::lock_guard lock(mutex_);
  return {.connected = connected_,
          .last_contact = last_contact_,
          .error = uplink_error_.empty() ? downlink_error_ : uplink_error_,
          .frozen = frozen_};
}

void LinkState::Heard(absl::Time now) {
  std::lock_guard lock(mutex_);
  last_contact_ = now;
}

void LinkState::Downlink(const absl::Status& link, absl::Time now) {
  std::lock_guard lock(mutex_);
  connected_ = link.ok();
  downlink_error_ = ErrorReason(link);
  if (link.ok()) last_contact_ = now;
}

void LinkState::Uplink(const std::string& error, bool frozen) {
  std::lock_guard lock(mutex_);
  uplink_error_ = error;
  frozen_ = frozen;
}

}  // namespace duban::node
