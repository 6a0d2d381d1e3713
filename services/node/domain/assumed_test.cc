#include "services/node/domain/assumed.h"

#include <gtest/gtest.h>

#include "services/node/domain/report_id.h"

namespace duban::node {
namespace {

using S = report::AssignmentState;
using V = report::AssignmentVerb;

TEST(AssumedTest, WhatWasSaidCountsBeforeTheHubAnswers) {
  EXPECT_EQ(Assume(S::kIssued, {}), S::kIssued);
  EXPECT_EQ(Assume(S::kIssued, {V::kAcknowledge}), S::kAcknowledged);
  EXPECT_EQ(Assume(S::kIssued, {V::kAcknowledge, V::kReport, V::kClaimDone}), S::kDoneClaimed);
}

TEST(AssumedTest, WhatTheHubHasSeenAlreadyChangesNothing) {
  EXPECT_EQ(Assume(S::kActive, {V::kAcknowledge, V::kReport}), S::kActive);
  EXPECT_EQ(Assume(S::kRemoved, {V::kAcknowledge}), S::kRemoved);
}

TEST(ReportIdTest, IsAVersion7UuidThatSortsByTime) {
  const std::string random(10, '\xff');
  const std::string early = MakeReportId(absl::FromUnixMillis(1), random);
  const std::string late = MakeReportId(absl::FromUnixMillis(0x0102030405), random);
  EXPECT_EQ(early.size(), 16u);
  EXPECT_LT(early, late);
  EXPECT_EQ(late.substr(0, 6), std::string("\x00\x01\x02\x03\x04\x05", 6));
  EXPECT_EQ(static_cast<unsigned char>(late[6]) >> 4, 7);
  EXPECT_EQ(static_cast<unsigned char>(late[8]) >> 6, 2);
}

TEST(RequestIdTest, IsShortAndPlain) {
  EXPECT_TRUE(IsRequestId("a-B_9"));
  EXPECT_TRUE(IsRequestId(std::string(64, 'x')));
  for (std::string bad :
       {std::string(), std::string(65, 'x'), std::string("a b"), std::string("é")}) {
    EXPECT_FALSE(IsRequestId(bad));
  }
}

}  // namespace
}  // namespace duban::node
