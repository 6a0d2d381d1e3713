#include "services/node/clients/hub.h"

#include <mutex>
#include <utility>

#include "duban/reporting/v1/uplink_service.grpc.pb.h"
#include "services/common/base/ids.h"
#include "services/common/feed/follower.h"
#include "services/common/rpc/client.h"
#include "services/common/rpc/handler.h"
#include "services/node/domain/limits.h"

namespace duban::node {
namespace {

namespace pb = duban::reporting::v1;

constexpr int kRequestIdLength = 16;

class GrpcHub final : public Hub {
 public:
  explicit GrpcHub(const HubOptions& options) : options_(options), stub_(NewStub()) {}

  absl::StatusOr<pb::HelloResponse> Hello(const pb::HelloRequest& request) override {
    return Call<pb::HelloResponse>([&](grpc::ClientContext* context, pb::HelloResponse* response) {
      return Current()->Hello(context, request, response);
    });
  }

  absl::StatusOr<pb::PushBatchResponse> Push(const pb::PushBatchRequest& request) override {
    return Call<pb::PushBatchResponse>(
        [&](grpc::ClientContext* context, pb::PushBatchResponse* response) {
          return Current()->PushBatch(context, request, response);
        });
  }

  std::unique_ptr<feed::Follower> Follow(FollowHubOptions options) override {
    feed::FollowOptions follow;
    follow.open = [this](grpc::ClientContext* context,
                         const duban::common::v1::WatchRequest& request) {
      return Current()->WatchAssignments(context, request);
    };
    follow.start = {.store_id = options.start.store_id(),
                    .revision = options.start.from_revision()};
    follow.on_snapshot = std::move(options.on_snapshot);
    follow.on_changes = std::move(options.on_changes);
    follow.on_bookmark = [bookmark = std::move(options.on_bookmark)](int64_t) { bookmark(); };
    follow.on_link = std::move(options.on_link);
    follow.name = "reporting";
    return feed::Follow(std::move(follow));
  }

  void Reconnect() override {
    auto stub = NewStub();
    std::lock_guard lock(mutex_);
    stub_ = std::move(stub);
  }

  void Cancel() override {
    std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (open_ != nullptr) open_->TryCancel();
  }

 private:
  using Stub = pb::UplinkService::Stub;

  std::shared_ptr<Stub> NewStub() const {
    return pb::UplinkService::NewStub(
        rpc::NewChannel({.address = options_.address,
                         .server_name = rpc::HubServerName("reporting", options_.trust_domain),
                         .tls = options_.tls}));
  }

  std::shared_ptr<Stub> Current() {
    std::lock_guard lock(mutex_);
    return stub_;
  }

  template <typename Response, typename Rpc>
  absl::StatusOr<Response> Call(Rpc rpc) {
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Now() + kHubDeadline, SystemIds().Base32(kRequestIdLength));
    {
      std::lock_guard lock(mutex_);
      if (cancelled_) return absl::CancelledError();
      open_ = &context;
    }
    Response response;
    const absl::Status status = rpc::FromGrpc(rpc(&context, &response));
    std::lock_guard lock(mutex_);
    open_ = nullptr;
    if (!status.ok()) return status;
    return response;
  }

  const HubOptions options_;
  std::mutex mutex_;
  std::shared_ptr<Stub> stub_;
  bool cancelled_ = false;
  grpc::ClientContext* open_ = nullptr;  // of the one sender
};

}  // namespace

std::unique_ptr<Hub> NewHub(const HubOptions& options) {
  return std::make_unique<GrpcHub>(options);
}

}  // namespace duban::node
