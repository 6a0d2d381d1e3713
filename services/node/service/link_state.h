#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace duban::node {

// How the link to the hub is doing; not durable. Thread-safe.
class LinkState {
 public:
  struct Seen {
    bool connected = false;  // the downlink stream is open
    std::optional<absl::Time> last_contact;
    std::string error;    // reason; empty while connected and nothing is wrong
    bool frozen = false;  // the hub and the node disagree about the past
  };

  Seen Get() const;
  void Heard(absl::Time now);                               // anything came from the hub
  void Downlink(const absl::Status& link, absl::Time now);  // the stream went up (OK) or down
  void Uplink(const std::string& error, bool frozen);  // after each call; empty when it went well

 private:
  mutable std::mutex mutex_;
  bool connected_ = false;
  std::optional<absl::Time> last_contact_;
  std::string downlink_error_, uplink_error_;
  bool frozen_ = false;
};

}  // namespace duban::node
