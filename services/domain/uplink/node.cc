#include "services/domain/uplink/node.h"

#include <algorithm>

namespace duban::uplink {

using Kind = Resumption::Kind;

Resumption Resume(const NodePosition& node, const HubPosition& hub,
                  const std::function<std::string(int64_t seq)>& body_hash) {
  if (hub.epoch != node.epoch) return {Kind::kWrongEpoch, 0};
  const auto own = [&](int64_t seq) { return seq == 0 ? std::string() : body_hash(seq); };
  if (hub.accepted_through > node.last_seq) return {Kind::kForked, 0};
  if (own(hub.accepted_through) != hub.head_hash) return {Kind::kFrozen, 0};
  if (hub.accepted_through < node.acked_through) return {Kind::kRewind, hub.accepted_through + 1};
  if (own(node.acked_through) != hub.hash_at_acked) return {Kind::kFrozen, 0};
  const Kind kind = hub.accepted_through == node.acked_through ? Kind::kSend : Kind::kFastForward;
  return {kind, node.acked_through + 1};
}

absl::string_view ToString(Kind kind) {
  switch (kind) {
    case Kind::kSend:
      return "SEND";
    case Kind::kFastForward:
      return "FAST_FORWARD";
    case Kind::kRewind:
      return "REWIND";
    case Kind::kForked:
      return "FORKED";
    case Kind::kFrozen:
      return "FROZEN";
    case Kind::kWrongEpoch:
      return "WRONG_EPOCH";
  }
  return "";
}

int BatchLength(const std::vector<int64_t>& sizes, std::optional<int> credit_envelopes,
                std::optional<int64_t> credit_bytes) {
  const int most = std::min(kMaxBatchEnvelopes, credit_envelopes.value_or(kMaxBatchEnvelopes));
  const int64_t most_bytes = std::min(kMaxBatchBytes, credit_bytes.value_or(kMaxBatchBytes));
  int64_t bytes = 0;
  int count = 0;
  for (int64_t size : sizes) {
    bytes += size;
    if (count > 0 && (count >= most || bytes > most_bytes)) break;
    ++count;
  }
  return count;
}

absl::Duration Backoff(int failures, double uniform, absl::Duration cap) {
  const bool quick = failures <= kQuickAttempts;
  const int doublings = std::clamp(quick ? failures - 1 : failures - kQuickAttempts, 0, 20);
  const absl::Duration ceiling =
      quick ? std::min(kQuickMost, kQuickFirst * (1 << doublings)) : kSlowFirst * (1 << doublings);
  return std::min(cap, ceiling) * uniform;
}

Link::Step Link::Next(int64_t last_seq) const {
  if (!next_seq_) return {Step::Kind::kHello, 0};
  if (*next_seq_ > last_seq) return {Step::Kind::kIdle, 0};
  return {Step::Kind::kPush, *next_seq_};
}

void Link::Greeted(const Resumption& resumption) {
  next_seq_.reset();
  if (resumption.next_seq > 0) next_seq_ = resumption.next_seq;
}

void Link::Delivered(int64_t through) { next_seq_ = std::max(next_seq_.value_or(0), through + 1); }

}  // namespace duban::uplink
