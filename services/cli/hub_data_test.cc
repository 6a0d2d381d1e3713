#include "services/cli/hub_data.h"

#include "services/common/testing/status_matchers.h"

namespace duban::cli {
namespace {

using duban::testing::StatusIs;

duban::task::v1::Task Task(const char* id, const char* number, int dropped = 0) {
  duban::task::v1::Task task;
  task.set_name(std::string("plans/p/tasks/") + id);
  task.set_number(number);
  task.set_dropped_in_edition(dropped);
  return task;
}

TEST(FindTaskTest, ANumberIsThatOfTheNewestEdition) {
  const std::vector<duban::task::v1::Task> tasks = {Task("t-a", "7"), Task("t-b", "8"),
                                                    Task("t-c", "8"), Task("t-d", "7", 2)};
  ASSERT_OK_AND_ASSIGN(const auto task, FindTask(tasks, "#7"));
  EXPECT_EQ(task.name(), "plans/p/tasks/t-a");
  ASSERT_OK_AND_ASSIGN(const auto dropped, FindTask(tasks, "t-d"));
  EXPECT_EQ(dropped.name(), "plans/p/tasks/t-d");
  const auto usage = StatusIs(absl::StatusCode::kInvalidArgument, "USAGE");
  EXPECT_THAT(FindTask(tasks, "#8"), usage);
  EXPECT_THAT(FindTask(tasks, "#9"), usage);
}

}  // namespace
}  // namespace duban::cli
