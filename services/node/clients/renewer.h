#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "services/common/base/clock.h"

namespace duban::node {

inline constexpr absl::Duration kLookEvery = absl::Seconds(1);  // at the folder, and at the clock
inline constexpr absl::Duration kRenewalRetry =
    absl::Seconds(1);  // after the first failure; doubled after each
inline constexpr absl::Duration kMaxRenewalRetry = absl::Minutes(10);

// Keeps the credentials in a folder fresh, those of the agency's systems there too, on a thread of
// its own: renews at 2/3 of a certificate's life, and sees when somebody else did. Thread-safe.
class Renewer {
 public:
  struct Seen {
    std::optional<absl::Time> certificate_end;
    std::string error;  // reason why the last renewal failed; empty when it did not
  };

  // `on_change` is called after the node's own credentials changed, on the renewer's thread.
  static std::unique_ptr<Renewer> Start(const std::string& dir, const Clock& clock,
                                        std::function<void()> on_change);
  virtual ~Renewer() = default;  // ends the thread
  virtual Seen Get() const = 0;
};

}  // namespace duban::node
