#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/server.h"
#include "services/task/domain/register_names.h"

namespace duban::task {

// Keeps a private copy of the agency register in the store: `register/agencies/{agency}` holds the
// record, `register/cursor` where the copy stands. Once it was read, plans can be imported while
// the register's service is away.
class RegisterFollower {
 public:
  virtual ~RegisterFollower() = default;  // stops following

  // The names as last read; nullptr until the register was read once. Thread-safe.
  virtual std::shared_ptr<const RegisterNames> names() const = 0;
};

struct FollowRegisterOptions {
  std::string address;       // of duban-agency
  std::string trust_domain;  // of its certificate
  rpc::TlsFiles tls;         // our own
};

// Starts following. `store` outlives the follower. DATA_LOSS / ROW_DAMAGED when the copy cannot be
// read.
absl::StatusOr<std::unique_ptr<RegisterFollower>> FollowRegister(
    feed::Store& store, const FollowRegisterOptions& options);

}  // namespace duban::task
