#include "services/task/domain/plan_rules.h"

#include "services/common/testing/status_matchers.h"
#include "services/task/domain/limits.h"

namespace duban::task {
namespace {

using testing::IsOk;
using testing::StatusIs;
using Code = absl::StatusCode;

TEST(PlanRulesTest, ADecisionNeedsAReasonThatCanBePrinted) {
  EXPECT_THAT(CheckReason("市政府会议决定。\n见纪要。"), IsOk());
  EXPECT_THAT(CheckReason(" \n"), StatusIs(Code::kInvalidArgument, "REASON_REQUIRED"));
  EXPECT_THAT(CheckReason("a\x1b[2J"), StatusIs(Code::kInvalidArgument, "INVALID_REASON"));
  EXPECT_THAT(CheckReason("a\u202e"), StatusIs(Code::kInvalidArgument, "INVALID_REASON"));
  EXPECT_THAT(CheckReason(std::string(kMaxReasonChars + 1, 'a')),
              StatusIs(Code::kInvalidArgument, "INVALID_REASON"));
}

TEST(PlanRulesTest, AZoneNameIsNeverAPath) {
  for (const char* zone : {"Asia/Shanghai", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+8"}) {
    EXPECT_TRUE(IsZoneName(zone)) << zone;
  }
  for (const char* zone : {"", "/etc/passwd", "../x", "libc:localtime", "Asia/Shang hai"}) {
    EXPECT_FALSE(IsZoneName(zone)) << zone;
  }
}

TEST(PlanRulesTest, ADeadlineIsADayOnlyWhenItSaysOne) {
  for (const char* day : {"2027-03-01", "2027年3月1日", "2027年03月01日前", "2027年3月1日以前",
                          "2027年3月1日之前", "2027.3.1", "2027/3/1"}) {
    EXPECT_EQ(DayOf(day), "2027-03-01") << day;
  }
  for (const char* other : {"", "2027年底前", "2027年3月", "3月1日", "2027年2月30日", "长期", "前",
                            "每年3月1日", "2027年3月1日至5日", "2027-3-1-1", "-2027-3-1"}) {
    EXPECT_EQ(DayOf(other), "") << other;
  }
}

}  // namespace
}  // namespace duban::task
