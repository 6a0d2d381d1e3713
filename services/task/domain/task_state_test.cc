#include "services/task/domain/task_state.h"

#include <vector>

#include "services/common/testing/status_matchers.h"

namespace duban::task {
namespace {

constexpr State kStates[] = {State::kRecorded, State::kIssued, State::kSuspended,
                             State::kCancelled};

// The states that a verb leads to, from each state; the state itself where it is illegal.
std::vector<State> After(Verb verb) {
  std::vector<State> after;
  for (State from : kStates) after.push_back(Next(from, verb).value_or(from));
  return after;
}

TEST(TaskStateTest, EachVerbHasItsArrowsAndNoOthers) {
  using testing::ElementsAre;
  EXPECT_THAT(After(Verb::kIssue),
              ElementsAre(State::kIssued, State::kIssued, State::kSuspended, State::kCancelled));
  EXPECT_THAT(After(Verb::kSuspend), ElementsAre(State::kRecorded, State::kSuspended,
                                                 State::kSuspended, State::kCancelled));
  EXPECT_THAT(After(Verb::kResume),
              ElementsAre(State::kRecorded, State::kIssued, State::kIssued, State::kCancelled));
  EXPECT_THAT(After(Verb::kCancel), ElementsAre(State::kRecorded, State::kCancelled,
                                                State::kCancelled, State::kCancelled));
}

TEST(TaskStateTest, AnIllegalMoveSaysFromAndTo) {
  const absl::Status status = Next(State::kCancelled, Verb::kResume).status();
  EXPECT_THAT(status,
              testing::StatusIs(absl::StatusCode::kFailedPrecondition, "ILLEGAL_TRANSITION"));
  EXPECT_EQ(ErrorMetadata(status), (Metadata{{"from", "CANCELLED"}, {"to", "ISSUED"}}));
}

TEST(TaskStateTest, NothingLeavesCancelled) {
  for (Verb verb : {Verb::kIssue, Verb::kSuspend, Verb::kResume, Verb::kCancel}) {
    EXPECT_FALSE(Next(State::kCancelled, verb).ok());
  }
}

}  // namespace
}  // namespace duban::task
