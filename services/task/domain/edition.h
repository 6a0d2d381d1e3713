#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"

// Which task of a new edition is which task of the plan. Pure.
namespace duban::task {

// What the text says of a task, as far as tasks are told apart by it.
struct TaskText {
  std::string number, title, section, body;
  int parent = -1;  // index of the task above it, which stands before it
};

// Two tasks that a person said to be one: indices in `before` and `now`.
struct TaskPair {
  int before = 0;
  int now = 0;
};

// For each task of `now` the index of the same task in `before`, -1 for a new one; none of `before`
// twice. What `pairs` say comes first; they name no task twice.
//
// First what is equal, the nearest first: all of it; title and body under the same headings;
// title and body anywhere; the title under the same headings; a title that both have once. Then
// what is most alike, where at least half of the characters are still there, or a third under the
// same headings and number. Equal ones pair in the order of the text.
std::vector<int> MatchTasks(absl::Span<const TaskText> before, absl::Span<const TaskText> now,
                            absl::Span<const TaskPair> pairs = {});

// For each task a key by which a person can name it: made of what it says, so that it holds for
// another reading of the text. All are different.
std::vector<std::string> TaskKeys(absl::Span<const TaskText> tasks);

// Which tasks of `now` changed their order among those that are in both: the fewest that explain
// the new order.
std::vector<bool> OutOfOrder(absl::Span<const int> match);

}  // namespace duban::task
