// A service as its callers see it: every method by name, requests as text, errors as `CODE / REASON`. What was seen is recorded,
// so that it can be held against what the protos promise.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/support/cluster.h"

namespace duban::tests {

// The hub of a mode with nodes of sci-tech, finance and health, the register and the issued plan "small"; started when first asked
// for and shared by all tests of the binary.
Cluster& SharedHub(Mode mode);
bool HasSharedHub(Mode mode);
void StopSharedHubs();

// `CODE / REASON`, or `OK`.
std::string Outcome(const absl::Status& status);

class Door {
 public:
  // `service`: full name, such as "duban.task.v1.TaskService".
  Door(Mode mode, std::string service, std::shared_ptr<grpc::Channel> channel);

  // Calls `method` with `request` in text format; `kNoDeadline` sends none. Of a stream, the first message, then the stream is
  // cancelled.
  static constexpr absl::Duration kNoDeadline = absl::ZeroDuration();
  absl::StatusOr<std::string> Ask(const std::string& method, const std::string& request,
                                  absl::Duration within = absl::Seconds(30)) const;

  // The answer; fails the test when there is none.
  template <typename Response>
  Response Answer(const std::string& method, const std::string& request) const {
    Response response;
    response.ParseFromString(MustAsk(method, request));
    return response;
  }
  void Accepts(const std::string& method, const std::string& request = "") const {
    MustAsk(method, request);
  }
  // Expects the error `outcome`, such as "NOT_FOUND / PLAN_NOT_FOUND", and records it.
  void Refuses(const std::string& method, const std::string& request, const std::string& outcome,
               absl::Duration within = absl::Seconds(30)) const;

  // Asks again while the answer is not `enough`, as other parts catch up; fails the test after a minute.
  void WhenAccepts(const std::string& method, const std::string& request,
                   const std::function<bool(const std::string&)>& enough = {}) const;

 private:
  std::string MustAsk(const std::string& method, const std::string& request) const;

  const Mode mode_;
  const std::string service_;
  std::shared_ptr<grpc::Channel> channel_;
};

// Notes that a method refused with `outcome`; for errors that are provoked without a Door.
void Record(Mode mode, const std::string& method, const std::string& outcome);

// `method outcome` for every refusal seen in a mode; methods by full name.
const std::set<std::string>& Recorded(Mode mode);

// Quotes bytes for a request in text format.
std::string Quoted(const std::string& bytes);

}  // namespace duban::tests
