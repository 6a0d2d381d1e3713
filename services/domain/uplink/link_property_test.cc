// Runs both ends against each other over a network that loses replies, doubles and delays pushes,
// while either end restarts from what it had made durable, and while the hub may be put back to an
// older state.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "services/domain/uplink/hub.h"
#include "services/domain/uplink/node.h"

namespace duban::uplink {
namespace {

constexpr int kHistories = 4000;
constexpr int kSteps = 120;
constexpr int kSettleSteps = 500;

struct Body {
  int64_t seq;
  std::string prev_hash;
  std::string report_id;
  std::string hash() const {
    return "h" + report_id + "/" + std::to_string(seq) + "/" + prev_hash.substr(0, 8);
  }
};

// The hub with its durable state. `effects` is what reports came to pass, in order.
struct Hub {
  NodeLedger ledger;
  std::map<int64_t, Body> bodies;
  std::map<std::string, std::string> hash_by_id;
  std::vector<std::string> effects;

  // One transaction; returns the highest number that it can give a receipt for, or nullopt when it
  // stopped at the first.
  std::optional<int64_t> Push(const std::vector<Body>& batch) {
    std::optional<int64_t> through;
    for (const Body& body : batch) {
      const Offered offered = {1, body.seq, body.prev_hash, body.hash()};
      Known known;
      if (auto at = bodies.find(body.seq); at != bodies.end())
        known.hash_at_seq = at->second.hash();
      if (auto at = hash_by_id.find(body.report_id); at != hash_by_id.end())
        known.hash_of_report_id = at->second;
      const Admission admission = Admit(ledger, offered, known);
      if (admission.freeze) ledger.frozen = true;
      if (admission.kind == Admission::Kind::kStop) break;
      if (admission.kind == Admission::Kind::kAccept) {
        ledger = Advance(ledger, offered);
        bodies[body.seq] = body;
        hash_by_id[body.report_id] = body.hash();
        effects.push_back(body.report_id);
      }
      through = body.seq;
    }
    return through;
  }

  HubPosition Position(int64_t acked) const {
    HubPosition position = {ledger.epoch, ledger.accepted_through, "", ""};
    if (ledger.accepted_through > 0) position.head_hash = ledger.head_hash;
    if (auto at = bodies.find(acked); at != bodies.end())
      position.hash_at_acked = at->second.hash();
    return position;
  }
};

// The node: `outbox` and `acked` are durable, `link` is not.
struct Node {
  std::vector<Body> outbox;
  int64_t acked = 0;
  Link link;
  int64_t last_seq() const { return static_cast<int64_t>(outbox.size()); }
  void Submit(const std::string& id) {
    outbox.push_back({last_seq() + 1, outbox.empty() ? FirstPrevHash() : outbox.back().hash(), id});
  }
};

class History {
 public:
  explicit History(uint32_t seed) : random_(seed) {}

  void Run() {
    for (int i = 0; i < kSteps; ++i) Disturb();
    for (int i = 0; i < kSettleSteps && !Settled(); ++i) Talk(/*lossy=*/false);
    ASSERT_TRUE(Settled());
    std::vector<std::string> said;
    for (const Body& body : node_.outbox) said.push_back(body.report_id);
    EXPECT_EQ(hub_.effects, said);  // nothing lost, nothing doubled, nothing out of order
    EXPECT_FALSE(hub_.ledger.frozen);
  }

 private:
  int Pick(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }
  bool Settled() const {
    return node_.acked == node_.last_seq() && hub_.ledger.accepted_through == node_.acked;
  }

  void Disturb() {
    switch (Pick(12)) {
      case 0:
      case 1:
      case 2:
        node_.Submit("r" + std::to_string(node_.last_seq()));
        break;
      case 3:
        node_.link = Link();  // the node restarts
        break;
      case 4:
        if (!in_flight_.empty())
          hub_.Push(in_flight_[Pick(static_cast<int>(in_flight_.size()))]);  // late or doubled
        break;
      case 5:
        backup_ = hub_;
        break;
      case 6:
        if (Pick(4) == 0) hub_ = backup_;  // put back to an older state
        break;
      default:
        Talk(/*lossy=*/true);
    }
  }

  void Talk(bool lossy) {
    const Link::Step step = node_.link.Next(node_.last_seq());
    if (step.kind == Link::Step::Kind::kIdle) {
      if (!lossy)
        node_.link.Lost();  // an idle link finds out at its next hello that the hub was put back
      return;
    }
    if (lossy && Pick(5) == 0) return node_.link.Lost();  // never arrives
    if (step.kind == Link::Step::Kind::kHello) {
      const HubPosition position = hub_.Position(node_.acked);
      if (lossy && Pick(5) == 0) return node_.link.Lost();
      const Resumption resumption =
          Resume({1, node_.last_seq(), node_.acked}, position,
                 [&](int64_t seq) { return node_.outbox[seq - 1].hash(); });
      ASSERT_LE(static_cast<int>(resumption.kind), static_cast<int>(Resumption::Kind::kRewind));
      return node_.link.Greeted(resumption);
    }
    const size_t first = step.first_seq - 1;
    const size_t count = std::min<size_t>(node_.outbox.size() - first, 1 + Pick(3));
    const std::vector<Body> batch(node_.outbox.begin() + first,
                                  node_.outbox.begin() + first + count);
    in_flight_.push_back(batch);
    const auto through = hub_.Push(batch);
    if (!through || (lossy && Pick(3) == 0)) return node_.link.Lost();  // the reply is lost
    node_.acked = std::max(node_.acked, *through);
    node_.link.Delivered(*through);
  }

  std::mt19937 random_;
  Hub hub_, backup_;
  Node node_;
  std::vector<std::vector<Body>> in_flight_;
};

TEST(LinkPropertyTest, NothingIsLostDoubledOrReordered) {
  for (uint32_t seed = 1; seed <= kHistories; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    History(seed).Run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace duban::uplink
