#include "services/common/rpc/health.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "services/common/base/status.h"
#include "services/common/rpc/handler.h"

namespace duban::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

bool Identified(const grpc::CallbackServerContext& context) {
  return context.auth_context()->FindPropertyValues("peer_spiffe_id").size() == 1;
}

absl::Status NoIdentity() {
  return MakeError(absl::StatusCode::kUnauthenticated, "NO_IDENTITY",
                   "the certificate does not carry exactly one SPIFFE id");
}

// Sends its first status, then NOT_SERVING when the service stops serving, and ends.
class Watcher : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  Watcher(Runtime& runtime, HealthCheckResponse::ServingStatus first) : runtime_(runtime) {
    response_.set_status(first);
    StartWrite(&response_);
    token_ = runtime.OnNotServing([this] { Stop(); });
  }

  void OnWriteDone(bool ok) override {
    bool finish = false, last = false;
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      if (!ok || last_written_) {
        finish = !std::exchange(finished_, true);
      } else if (stopped_) {
        last = last_written_ = true;
      }
    }
    if (last) WriteLast();
    if (finish) Finish(grpc::Status::OK);
  }

  void OnCancel() override {
    {
      absl::MutexLock lock(&mutex_);
      if (writing_ || std::exchange(finished_, true)) return;
    }
    Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    runtime_.Forget(token_);
    delete this;
  }

 private:
  void Stop() {
    {
      absl::MutexLock lock(&mutex_);
      stopped_ = true;
      if (writing_ || finished_) return;
      writing_ = last_written_ = true;
    }
    WriteLast();
  }

  void WriteLast() {
    response_.set_status(HealthCheckResponse::NOT_SERVING);
    StartWrite(&response_);
  }

  Runtime& runtime_;
  HealthCheckResponse response_;
  int64_t token_ = 0;
  absl::Mutex mutex_;
  bool writing_ = true, stopped_ = false, last_written_ = false, finished_ = false;
};

class Refused : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  explicit Refused(const absl::Status& status) { Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

class HealthImpl final : public Health, public grpc::health::v1::Health::CallbackService {
 public:
  explicit HealthImpl(Runtime& runtime) : runtime_(runtime) {}

  grpc::Service* service() override { return this; }
  void SetServices(std::vector<std::string> services) override { services_ = std::move(services); }

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const HealthCheckRequest* request,
                                  HealthCheckResponse* response) override {
    absl::Status status;
    if (!Identified(*context)) {
      status = NoIdentity();
    } else if (!Known(request->service())) {
      status = MakeError(absl::StatusCode::kNotFound, "SERVICE_UNKNOWN", "no such service");
    }
    response->set_status(runtime_.serving() ? HealthCheckResponse::SERVING
                                            : HealthCheckResponse::NOT_SERVING);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(ToGrpc(status));
    return reactor;
  }

  grpc::ServerWriteReactor<HealthCheckResponse>* Watch(grpc::CallbackServerContext* context,
                                                       const HealthCheckRequest* request) override {
    if (!Identified(*context)) return new Refused(NoIdentity());
    return new Watcher(runtime_, Known(request->service()) ? HealthCheckResponse::SERVING
                                                           : HealthCheckResponse::SERVICE_UNKNOWN);
  }

 private:
  bool Known(const std::string& service) const {
    return service.empty() ||
           std::find(services_.begin(), services_.end(), service) != services_.end();
  }

  std::vector<std::string> services_;
  Runtime& runtime_;
};

}  // namespace

std::unique_ptr<Health> Health::New(Runtime& runtime) {
  return std::make_unique<HealthImpl>(runtime);
}

}  // namespace duban::rpc
