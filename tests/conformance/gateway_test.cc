// ProgressService does what its comments say: every documented error, and the right call beside it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/substitute.h"
#include "absl/time/time.h"
#include "duban/gateway/v1/progress_service.pb.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

class GatewayTest : public ::testing::TestWithParam<Mode> {
 protected:
  Cluster& hub_ = SharedHub(GetParam());
  Door door_{GetParam(), "duban.gateway.v1.ProgressService", hub_.Gateway()};
};

TEST_P(GatewayTest, ShowsWhatIsThereAndSaysWhatIsNot) {
  const std::string task = Office(hub_).Board("small").tasks(0).task();
  struct Read {
    std::string method, right, missing, error;
  };
  for (const Read& read : std::vector<Read>{
           {"GetPlanProgress", "plans/small", "plans/nothere", "PLAN_NOT_FOUND"},
           {"GetTaskProgress", task, "plans/small/tasks/t-nothere", "TASK_NOT_FOUND"},
           {"GetAgencyProgress", "agencies/finance", "agencies/nothere", "AGENCY_NOT_FOUND"},
           {"GetMatrix", "plans/small", "plans/nothere", "PLAN_NOT_FOUND"},
           {"WatchProgress", "plans/small", "plans/nothere", "PLAN_NOT_FOUND"}}) {
    const auto of = [](const std::string& name) { return absl::Substitute("name: \"$0\"", name); };
    door_.Accepts(read.method, of(read.right));
    door_.Refuses(read.method, of(read.missing), "NOT_FOUND / " + read.error);
    door_.Refuses(read.method, of("no name"), "INVALID_ARGUMENT / INVALID_NAME");
  }
}

TEST_P(GatewayTest, SaysThatTheBoardIsNotYetThereBeforeTheDeadline) {
  for (const char* method : {"GetPlanProgress", "GetMatrix"}) {
    door_.Refuses(method, "name: \"plans/small\" at_least {task: 1000000000}",
                  "DEADLINE_EXCEEDED / NOT_YET_THERE", absl::Seconds(2));
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, GatewayTest,
                         ::testing::Values(Mode::kInProcess, Mode::kProcesses),
                         [](const auto& mode) { return ModeName(mode.param); });

}  // namespace
}  // namespace duban::tests
