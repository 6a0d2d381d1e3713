#include "services/agency/domain/enrolment_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/agency/domain/limits.h"
#include "services/common/testing/status_matchers.h"

namespace duban::agency {
namespace {

using testing::IsOk;
using testing::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST(EnrolmentRulesTest, ATokenEndsWithinAWeek) {
  const auto refused = StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_JOIN_TOKEN");
  EXPECT_THAT(CheckExpiry(kNow, kNow), refused);
  EXPECT_THAT(CheckExpiry(kNow + absl::Seconds(1), kNow), IsOk());
  EXPECT_THAT(CheckExpiry(kNow + kMaxJoinTokenLife, kNow), IsOk());
  EXPECT_THAT(CheckExpiry(kNow + kMaxJoinTokenLife + absl::Seconds(1), kNow), refused);
}

TEST(EnrolmentRulesTest, ARequestIsOfNowAndNewerThanTheLast) {
  const auto stale = StatusIs(absl::StatusCode::kFailedPrecondition, "STALE_REQUEST");
  const absl::Time never = absl::InfinitePast();
  const absl::Duration tick = absl::Nanoseconds(1);
  for (const absl::Duration off :
       {-kMaxClockDifference, absl::ZeroDuration(), kMaxClockDifference}) {
    EXPECT_THAT(CheckFreshness(kNow + off, never, kNow), IsOk());
  }
  EXPECT_THAT(CheckFreshness(kNow - kMaxClockDifference - tick, never, kNow), stale);
  EXPECT_THAT(CheckFreshness(kNow + kMaxClockDifference + tick, never, kNow), stale);
  EXPECT_THAT(CheckFreshness(kNow, kNow, kNow), stale);
  EXPECT_THAT(CheckFreshness(kNow, kNow + tick, kNow), stale);
  EXPECT_THAT(CheckFreshness(kNow + tick, kNow, kNow), IsOk());
}

}  // namespace
}  // namespace duban::agency
