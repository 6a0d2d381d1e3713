#include "services/gateway/clients/feeds.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/reporting/v1/reporting_service.grpc.pb.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "services/common/rpc/client.h"

namespace duban::gateway {
namespace {

namespace com = duban::common::v1;
using duban::agency::v1::AgencyService;
using duban::reporting::v1::ReportingService;
using duban::task::v1::TaskService;

constexpr absl::Duration kAskTimeout = absl::Seconds(2);

std::unique_ptr<feed::Follower> Follow(std::string name, FeedSink sink,
                                       decltype(feed::FollowOptions::open) open) {
  feed::FollowOptions options;
  options.open = std::move(open);
  options.on_snapshot = std::move(sink.on_snapshot);
  options.on_changes = std::move(sink.on_changes);
  options.on_bookmark = std::move(sink.on_bookmark);
  options.on_link = [on_link = std::move(sink.on_link)](const absl::Status& status) {
    on_link(status.ok());
  };
  options.name = std::move(name);
  return feed::Follow(std::move(options));
}

// One round of questions; lives until the last is answered.
struct Asking {
  std::unique_ptr<TaskService::Stub> task;
  std::unique_ptr<AgencyService::Stub> agency;
  std::unique_ptr<ReportingService::Stub> reporting;
  grpc::ClientContext contexts[4];
  com::ListStateRequest request;
  com::ListStateResponse responses[3];
  duban::reporting::v1::ListPresenceRequest presence_request;
  duban::reporting::v1::ListPresenceResponse presence;
  bool answered[4] = {};
  std::atomic<int> open = 4;
  std::function<void(const Newest&)> done;

  void Answered(int which, bool ok) {
    answered[which] = ok;
    if (--open > 0) return;
    const auto revision = [this](int i) { return answered[i] ? responses[i].revision() : 0; };
    Newest newest{.task = revision(0), .agency = revision(1), .reporting = revision(2)};
    if (answered[3]) newest.presence.emplace(presence.nodes().begin(), presence.nodes().end());
    done(newest);
  }
};

class PresencePollImpl final : public PresencePoll {
 public:
  PresencePollImpl(std::shared_ptr<grpc::Channel> channel, absl::Duration interval,
                   std::function<void(const std::vector<duban::reporting::v1::Presence>&)> sink)
      : stub_(ReportingService::NewStub(std::move(channel))),
        interval_(interval),
        sink_(std::move(sink)),
        thread_([this] { Run(); }) {}

  ~PresencePollImpl() override {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      if (context_ != nullptr) context_->TryCancel();
    }
    thread_.join();
  }

 private:
  void Run() {
    while (true) {
      Ask();
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), interval_)) return;
    }
  }

  void Ask() {
    grpc::ClientContext context;
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      context_ = &context;
    }
    rpc::Prepare(context, absl::Now() + kAskTimeout, "");
    duban::reporting::v1::ListPresenceResponse response;
    const grpc::Status status = stub_->ListPresence(&context, {}, &response);
    {
      absl::MutexLock lock(&mutex_);
      context_ = nullptr;
    }
    // While the service is away the last answer stands; the service itself is listed as
    // unreachable.
    if (status.ok()) sink_({response.nodes().begin(), response.nodes().end()});
  }

  const std::unique_ptr<ReportingService::Stub> stub_;
  const absl::Duration interval_;
  const std::function<void(const std::vector<duban::reporting::v1::Presence>&)> sink_;
  absl::Mutex mutex_;
  bool stopping_ = false;
  grpc::ClientContext* context_ = nullptr;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<feed::Follower> FollowMandate(std::shared_ptr<grpc::Channel> channel,
                                              FeedSink sink) {
  std::shared_ptr<TaskService::Stub> stub = TaskService::NewStub(std::move(channel));
  return Follow("task", std::move(sink),
                [stub](grpc::ClientContext* context, const com::WatchRequest& request) {
                  return stub->WatchMandate(context, request);
                });
}

std::unique_ptr<feed::Follower> FollowRegister(std::shared_ptr<grpc::Channel> channel,
                                               FeedSink sink) {
  std::shared_ptr<AgencyService::Stub> stub = AgencyService::NewStub(std::move(channel));
  return Follow("agency", std::move(sink),
                [stub](grpc::ClientContext* context, const com::WatchRequest& request) {
                  return stub->WatchRegister(context, request);
                });
}

std::unique_ptr<feed::Follower> FollowPerformance(std::shared_ptr<grpc::Channel> channel,
                                                  FeedSink sink) {
  std::shared_ptr<ReportingService::Stub> stub = ReportingService::NewStub(std::move(channel));
  return Follow("reporting", std::move(sink),
                [stub](grpc::ClientContext* context, const com::WatchRequest& request) {
                  return stub->WatchPerformance(context, request);
                });
}

void AskNewestRevisions(const Channels& channels, absl::Time deadline,
                        std::function<void(const Newest&)> done) {
  auto asking = std::make_shared<Asking>();
  asking->task = TaskService::NewStub(channels.task);
  asking->agency = AgencyService::NewStub(channels.agency);
  asking->reporting = ReportingService::NewStub(channels.reporting);
  asking->done = std::move(done);
  asking->request.set_page_size(1);
  for (grpc::ClientContext& context : asking->contexts) {
    rpc::Prepare(context, std::min(deadline, absl::Now() + kAskTimeout), "");
  }
  const auto answered = [asking](int which) {
    return [asking, which](grpc::Status status) { asking->Answered(which, status.ok()); };
  };
  auto& [first, second, third, fourth] = asking->contexts;
  asking->task->async()->ListState(&first, &asking->request, &asking->responses[0], answered(0));
  asking->agency->async()->ListState(&second, &asking->request, &asking->responses[1], answered(1));
  asking->reporting->async()->ListState(&third, &asking->request, &asking->responses[2],
                                        answered(2));
  asking->reporting->async()->ListPresence(&fourth, &asking->presence_request, &asking->presence,
                                           answered(3));
}

std::unique_ptr<PresencePoll> PollPresence(
    std::shared_ptr<grpc::Channel> channel, absl::Duration interval,
    std::function<void(const std::vector<duban::reporting::v1::Presence>&)> on_presence) {
  return std::make_unique<PresencePollImpl>(std::move(channel), interval, std::move(on_presence));
}

}  // namespace duban::gateway
