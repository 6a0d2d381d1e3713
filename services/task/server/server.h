#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/task/server/options.h"

namespace duban::task {

// A running duban-task.
class TaskServer {
 public:
  // Opens the store, follows the register and serves; duban-agency need not be there.
  // INVALID_ARGUMENT / BAD_TLS_FILES, FAILED_PRECONDITION / ADDRESS_IN_USE, STORE_IN_USE or
  // STORE_TOO_NEW, UNAVAILABLE / STORE_FAILED, FOLDER_FAILED or FILE_FAILED.
  static absl::StatusOr<std::unique_ptr<TaskServer>> Start(const TaskOptions& options);

  virtual ~TaskServer() = default;  // as Shutdown(absl::ZeroDuration())
  virtual int port() const = 0;
  // Takes no new calls and gives open ones `grace` to end.
  virtual void Shutdown(absl::Duration grace) = 0;
};

}  // namespace duban::task
