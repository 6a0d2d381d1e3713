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

}  // namespace
}  // namespace duban::task
