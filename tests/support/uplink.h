// A node that speaks the uplink's protocol by hand, to say what a right node never would. Include
// in .cc files only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "duban/node/v1/node.pb.h"
#include "duban/reporting/v1/uplink_service.pb.h"
#include "tests/support/cluster.h"
#include "tests/support/office.h"

namespace duban::tests {

// Speaks with the certificate and signing key of node n1 of an agency; stop that node first.
class HandNode {
 public:
  HandNode(Cluster& cluster, const std::string& agency);

  // A signed acknowledgement under the next number. `Again` takes the number back, so that the next
  // one is under the same.
  reporting::v1::Envelope Acknowledge(const std::string& assignment);
  void Again();

  absl::StatusOr<reporting::v1::PushBatchResponse> Push(
      const std::vector<reporting::v1::Envelope>& envelopes);

  // Opens the downlink and reads until it ends; `first` is called after the first message. Says why
  // it ended.
  absl::Status Watch(const std::function<void()>& first);

  // Reason in a receipt; empty when it says ACCEPTED.
  static std::string RefusalIn(const reporting::v1::Receipt& receipt);

 private:
  Cluster& cluster_;
  const std::string agency_;
  int64_t seq_ = 0;
  std::string prev_hash_, before_;
};

// Reason of an error; empty when it is OK.
std::string ReasonOf(const absl::Status& status);
template <typename T>
std::string ReasonOf(const absl::StatusOr<T>& value) {
  return ReasonOf(value.status());
}

// Submits a report at the agency's node, which may refuse it.
absl::StatusOr<node::v1::Submission> TryReport(Cluster& cluster, const std::string& agency,
                                               const std::string& assignment,
                                               const std::string& period, int progress_bp);

// As the admin: revokes node n1 of the agency.
absl::Status RevokeNode(Cluster& cluster, const std::string& agency);

// Asks until the inbox has an item of which `wanted` holds; fails the test after a minute.
node::v1::InboxItem InboxWhen(AgencyDesk& desk,
                              const std::function<bool(const node::v1::InboxItem&)>& wanted);

}  // namespace duban::tests
