#include "services/common/feed/store.h"

#include <future>
#include <utility>

namespace duban::feed {

absl::StatusOr<int64_t> Store::WriteAndWait(Work work) {
  auto result = std::make_shared<std::promise<absl::StatusOr<int64_t>>>();
  std::future<absl::StatusOr<int64_t>> answer = result->get_future();
  Write(std::move(work),
        [result](absl::StatusOr<int64_t> revision) { result->set_value(std::move(revision)); });
  return answer.get();
}

}  // namespace duban::feed
