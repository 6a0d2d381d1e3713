#include "services/domain/uplink/hub.h"

#include <gtest/gtest.h>

#include <vector>

#include "services/common/base/status.h"

namespace duban::uplink {
namespace {

const std::string kHead(32, 'h');
const std::string kNew(32, 'n');
const std::string kOther(32, 'o');

struct Row {
  const char* when;
  NodeLedger ledger;
  Offered offered;
  Known known;
  Admission::Kind kind;
  const char* reason;
  Metadata metadata = {};
  bool freeze = false;
};

TEST(HubTest, AdmitsExactlyTheNextEnvelope) {
  const NodeLedger at7 = {.epoch = 2, .accepted_through = 7, .head_hash = kHead};
  const NodeLedger frozen = {.epoch = 2, .accepted_through = 7, .head_hash = kHead, .frozen = true};
  using K = Admission::Kind;
  const std::vector<Row> rows = {
      {"the first of an epoch", {}, {1, 1, FirstPrevHash(), kNew}, {}, K::kAccept, ""},
      {"the next", at7, {2, 8, kHead, kNew}, {}, K::kAccept, ""},
      {"the same again", at7, {2, 7, kOther, kHead}, {kHead, kHead}, K::kDuplicate, ""},
      {"an old one again", at7, {2, 3, kOther, kNew}, {kNew, kNew}, K::kDuplicate, ""},
      {"a gap", at7, {2, 9, kHead, kNew}, {}, K::kStop, "SEQ_GAP", {{"expected_seq", "8"}}},
      {"number 0", at7, {2, 0, kHead, kNew}, {}, K::kStop, "SEQ_GAP", {{"expected_seq", "8"}}},
      {"an epoch of the past",
       at7,
       {1, 8, kHead, kNew},
       {},
       K::kStop,
       "WRONG_EPOCH",
       {{"current_epoch", "2"}}},
      {"an epoch of the future",
       at7,
       {3, 1, FirstPrevHash(), kNew},
       {},
       K::kStop,
       "WRONG_EPOCH",
       {{"current_epoch", "2"}}},
      {"another predecessor", at7, {2, 8, kOther, kNew}, {}, K::kStop, "BROKEN_CHAIN"},
      {"other bytes under a number",
       at7,
       {2, 7, kOther, kNew},
       {kHead, {}},
       K::kStop,
       "EQUIVOCATION",
       {},
       true},
      {"other bytes under an id",
       at7,
       {2, 8, kHead, kNew},
       {{}, kOther},
       K::kStop,
       "EQUIVOCATION",
       {},
       true},
      {"a frozen node", frozen, {2, 8, kHead, kNew}, {}, K::kStop, "NODE_FROZEN"},
  };
  for (const Row& row : rows) {
    const Admission got = Admit(row.ledger, row.offered, row.known);
    EXPECT_EQ(got.kind, row.kind) << row.when;
    EXPECT_EQ(ErrorReason(got.error), row.reason) << row.when;
    EXPECT_EQ(ErrorMetadata(got.error), row.metadata) << row.when;
    EXPECT_EQ(got.freeze, row.freeze) << row.when;
    EXPECT_EQ(got.error.code(), row.kind == K::kStop ? absl::StatusCode::kFailedPrecondition
                                                     : absl::StatusCode::kOk)
        << row.when;
  }
}

TEST(HubTest, AdvancesByTheAcceptedEnvelope) {
  const NodeLedger after =
      Advance({.epoch = 2, .accepted_through = 7, .head_hash = kHead}, {2, 8, kHead, kNew});
  EXPECT_EQ(after.epoch, 2);
  EXPECT_EQ(after.accepted_through, 8);
  EXPECT_EQ(after.head_hash, kNew);
}

TEST(HubTest, ANewEpochStartsEmptyAndUnfrozen) {
  const NodeLedger ledger = {.epoch = 2, .accepted_through = 7, .head_hash = kHead, .frozen = true};
  EXPECT_TRUE(InEpoch(ledger, 2).frozen);
  EXPECT_EQ(InEpoch(ledger, 2).accepted_through, 7);
  const NodeLedger next = InEpoch(ledger, 3);
  EXPECT_EQ(next.epoch, 3);
  EXPECT_EQ(next.accepted_through, 0);
  EXPECT_EQ(next.head_hash, FirstPrevHash());
  EXPECT_FALSE(next.frozen);
}

}  // namespace
}  // namespace duban::uplink
