#include "services/task/domain/task_state.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"

namespace duban::task {

absl::string_view ToString(State state) {
  switch (state) {
    case State::kRecorded:
      return "RECORDED";
    case State::kIssued:
      return "ISSUED";
    case State::kSuspended:
      return "SUSPENDED";
    case State::kCancelled:
      return "CANCELLED";
  }
  return "";
}

absl::StatusOr<State> Next(State from, Verb verb) {
  switch (verb) {
    case Verb::kIssue:
      if (from == State::kRecorded) return State::kIssued;
      return IllegalTransition(from, State::kIssued);
    case Verb::kSuspend:
      if (from == State::kIssued) return State::kSuspended;
      return IllegalTransition(from, State::kSuspended);
    case Verb::kResume:
      if (from == State::kSuspended) return State::kIssued;
      return IllegalTransition(from, State::kIssued);
    case Verb::kCancel:
      if (from == State::kIssued || from == State::kSuspended) return State::kCancelled;
      return IllegalTransition(from, State::kCancelled);
  }
  return IllegalTransition(from, from);
}

absl::Status IllegalTransition(State from, State to) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "ILLEGAL_TRANSITION",
                   absl::StrCat("a task that is ", ToString(from), " cannot become ", ToString(to)),
                   {{"from", std::string(ToString(from))}, {"to", std::string(ToString(to))}});
}

absl::Status TaskNotFound(absl::string_view name) {
  return MakeError(absl::StatusCode::kNotFound, "TASK_NOT_FOUND",
                   absl::StrCat("there is no ", name), {{"name", std::string(name)}});
}

absl::Status NoAssignments(absl::string_view name) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "NO_ASSIGNMENTS",
                   absl::StrCat(name, " has no agency to be issued to"),
                   {{"name", std::string(name)}});
}

}  // namespace duban::task
