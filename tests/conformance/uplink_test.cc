// UplinkService does what its comments say: every documented error, and the right call beside it.
#include "tests/support/uplink.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "duban/common/v1/feed.pb.h"
#include "duban/reporting/v1/uplink_service.pb.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

constexpr char kService[] = "duban.reporting.v1.UplinkService";

class UplinkTest : public ::testing::TestWithParam<Mode> {
 protected:
  using Envelopes = std::vector<reporting::v1::Envelope>;

  static std::string Push(const Envelopes& envelopes) {
    reporting::v1::PushBatchRequest request;
    request.set_epoch(1);
    for (const auto& envelope : envelopes) *request.add_envelopes() = envelope;
    return request.DebugString();
  }

  Cluster& hub_ = SharedHub(GetParam());
  Door door_{GetParam(), kService, hub_.ConnectUplink(hub_.node_tls("health"))};
};

// The node's own program is stopped for good: what is said under its numbers here would freeze it
// anyway.
TEST_P(UplinkTest, TakesEachNumberOnceInOrderAndFreezesANodeThatContradictsItself) {
  const std::string own = AgencyDesk(hub_, "health").AssignmentsWhen(1).at(0).name();
  hub_.part("node-health").Stop();
  HandNode hand(hub_, "health");
  door_.Accepts("Hello", "store_id: \"store-1\" epoch: 1");
  door_.Refuses("PushBatch", Push({}), "INVALID_ARGUMENT / BATCH_TOO_LARGE");
  door_.Refuses("PushBatch", "epoch: 1 envelopes {body: \"nothing\"}",
                "INVALID_ARGUMENT / MALFORMED_ENVELOPE");
  const auto first = hand.Acknowledge(own);
  auto altered = first;
  altered.mutable_signatures(0)->mutable_signature()->back() ^= 1;
  door_.Refuses("PushBatch", Push({altered}), "INVALID_ARGUMENT / BAD_SIGNATURE");
  hand.Again();
  const auto other = hand.Acknowledge(own);
  const auto after_other = hand.Acknowledge(own);
  door_.Refuses("PushBatch", Push({after_other}), "FAILED_PRECONDITION / SEQ_GAP");
  door_.Accepts("PushBatch", Push({first}));
  door_.Refuses("PushBatch", Push({after_other}), "FAILED_PRECONDITION / BROKEN_CHAIN");
  door_.Refuses("Hello", "store_id: \"store-2\" epoch: 1", "FAILED_PRECONDITION / STORE_CHANGED");
  door_.Refuses("PushBatch", Push({other}), "FAILED_PRECONDITION / EQUIVOCATION");
  door_.Refuses("PushBatch", Push({after_other}), "FAILED_PRECONDITION / NODE_FROZEN");
  door_.Refuses("Hello", "store_id: \"store-1\" epoch: 1", "FAILED_PRECONDITION / NODE_FROZEN");
}

TEST_P(UplinkTest, KnowsRegisteredNodesOnly) {
  Door stranger(GetParam(), kService, hub_.ConnectUplink(hub_.pki().IssueNode("health", "n9")));
  for (const char* method : {"Hello", "PushBatch", "WatchAssignments"}) {
    const std::string request = method == std::string("PushBatch") ? Push(Envelopes(1)) : "";
    stranger.Refuses(method, request, "PERMISSION_DENIED / NODE_UNKNOWN");
  }
}

TEST_P(UplinkTest, DownlinkStartsFromASnapshotAndRefusesWhatItNeverSent) {
  Door door(GetParam(), kService, hub_.ConnectUplink(hub_.node_tls("finance")));
  const auto first = door.Answer<common::v1::WatchResponse>("WatchAssignments", "");
  const std::string store = absl::Substitute("store_id: \"$0\"", first.snapshot().store_id());
  door.Refuses("WatchAssignments", "from_revision: 1000000000 " + store,
               "INVALID_ARGUMENT / FUTURE_REVISION");
  door.Refuses("WatchAssignments", "from_revision: 1 store_id: \"another\"",
               "FAILED_PRECONDITION / STORE_CHANGED");
}

INSTANTIATE_TEST_SUITE_P(Everywhere, UplinkTest,
                         ::testing::Values(Mode::kInProcess, Mode::kProcesses),
                         [](const auto& mode) { return ModeName(mode.param); });

}  // namespace
}  // namespace duban::tests
