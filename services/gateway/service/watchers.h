// Streams of WatchProgress: one board, serialised once, for all watchers of a plan. Include in .cc
// files only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/common/rpc/handler.h"
#include "services/gateway/service/board.h"

namespace duban::gateway {

// The bytes of a board; all buffers of one board share its body.
grpc::ByteBuffer ToByteBuffer(const PlanAnswer& answer);

// Thread-safe. A thread of its own sends each changed plan once a tick.
class Watchers {
 public:
  Watchers(Board& board, rpc::Runtime& runtime);
  ~Watchers();  // all streams must have ended

  // The reactor of one stream.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Watch(absl::StatusOr<rpc::Call> call,
                                                    const std::string& plan);

  // These plans changed.
  void Changed(const std::set<std::string>& plans);

  // Credentials changed: streams whose caller may not see their plan any more end.
  void Recheck();

 private:
  class Watcher;
  using Watched = std::map<std::string, std::set<std::shared_ptr<Watcher>>>;  // by plan id

  absl::Status MayWatch(const auth::Caller& caller, const std::string& plan) const;
  absl::Status Add(const std::shared_ptr<Watcher>& watcher);
  void Remove(const std::shared_ptr<Watcher>& watcher);
  void EndAll(const absl::Status& status);
  void Run();
  void Send(const std::string& plan, const std::set<std::shared_ptr<Watcher>>& watchers);
  void CheckAll(const Watched& watched);

  Board& board_;
  rpc::Runtime& runtime_;
  absl::Mutex mutex_;
  absl::CondVar woken_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool recheck_ ABSL_GUARDED_BY(mutex_) = false;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<std::string> changed_ ABSL_GUARDED_BY(mutex_);
  Watched watched_ ABSL_GUARDED_BY(mutex_);
  int64_t drain_token_ = 0;
  std::thread thread_;
};

}  // namespace duban::gateway
