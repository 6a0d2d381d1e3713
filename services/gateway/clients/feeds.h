// What the gateway asks of the services behind it. Include in .cc files only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "duban/reporting/v1/reporting.pb.h"
#include "services/common/feed/follower.h"

namespace duban::gateway {

struct Channels {
  std::shared_ptr<grpc::Channel> task, agency, reporting;
};

// Where a feed goes; all are called from the follower's thread.
struct FeedSink {
  std::function<absl::Status(const duban::common::v1::Snapshot&)> on_snapshot;
  std::function<absl::Status(const duban::common::v1::Changes&)> on_changes;
  std::function<void(int64_t revision)> on_bookmark;
  std::function<void(bool up)> on_link;
};

// Follow a service's feed from a snapshot on, for ever.
std::unique_ptr<feed::Follower> FollowMandate(std::shared_ptr<grpc::Channel> channel,
                                              FeedSink sink);
std::unique_ptr<feed::Follower> FollowRegister(std::shared_ptr<grpc::Channel> channel,
                                               FeedSink sink);
std::unique_ptr<feed::Follower> FollowPerformance(std::shared_ptr<grpc::Channel> channel,
                                                  FeedSink sink);

// Newest revisions: of task, agency, reporting; 0 where the service did not answer in time. And
// which nodes are heard of; unset when reporting did not answer.
struct Newest {
  int64_t task = 0, agency = 0, reporting = 0;
  std::optional<std::vector<duban::reporting::v1::Presence>> presence;
};

// Asks all three at once, once for each answer; `done` is called once, on a thread of gRPC, at
// `deadline` or after two seconds at the latest.
void AskNewestRevisions(const Channels& channels, absl::Time deadline,
                        std::function<void(const Newest&)> done);

// Asks the reporting service every `interval` which nodes are heard of, on a thread of its own,
// until destroyed.
class PresencePoll {
 public:
  virtual ~PresencePoll() = default;
};
std::unique_ptr<PresencePoll> PollPresence(
    std::shared_ptr<grpc::Channel> channel, absl::Duration interval,
    std::function<void(const std::vector<duban::reporting::v1::Presence>&)> on_presence);

}  // namespace duban::gateway
