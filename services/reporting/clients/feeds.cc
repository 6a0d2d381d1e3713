#include "services/reporting/clients/feeds.h"

#include <utility>

#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "services/common/feed/follower.h"
#include "services/common/rpc/client.h"

namespace duban::reporting {
namespace {

template <typename Stub, typename Open>
std::unique_ptr<feed::Follower> Follow(FollowFeedOptions options, const std::string& service,
                                       std::shared_ptr<Stub> stub, Open open) {
  feed::FollowOptions follow;
  follow.open = [stub, open](grpc::ClientContext* context,
                             const duban::common::v1::WatchRequest& request) {
    return open(*stub, context, request);
  };
  follow.start = {.store_id = options.start.store_id(), .revision = options.start.from_revision()};
  follow.on_snapshot = std::move(options.on_snapshot);
  follow.on_changes = std::move(options.on_changes);
  follow.name = service;
  return feed::Follow(std::move(follow));
}

std::shared_ptr<grpc::Channel> ChannelTo(const FollowFeedOptions& options,
                                         absl::string_view service) {
  return rpc::NewChannel({.address = options.address,
                          .server_name = rpc::HubServerName(service, options.trust_domain),
                          .tls = options.tls});
}

}  // namespace

std::unique_ptr<feed::Follower> FollowTask(FollowFeedOptions options) {
  using duban::task::v1::TaskService;
  std::shared_ptr<TaskService::Stub> stub = TaskService::NewStub(ChannelTo(options, "task"));
  return Follow(std::move(options), "task", std::move(stub),
                [](TaskService::Stub& task, grpc::ClientContext* context,
                   const duban::common::v1::WatchRequest& request) {
                  return task.WatchMandate(context, request);
                });
}

std::unique_ptr<feed::Follower> FollowAgency(FollowFeedOptions options) {
  using duban::agency::v1::AgencyService;
  std::shared_ptr<AgencyService::Stub> stub = AgencyService::NewStub(ChannelTo(options, "agency"));
  return Follow(std::move(options), "agency", std::move(stub),
                [](AgencyService::Stub& agency, grpc::ClientContext* context,
                   const duban::common::v1::WatchRequest& request) {
                  return agency.WatchRegister(context, request);
                });
}

}  // namespace duban::reporting
