#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace duban::task {

// RECORDED ──issue──▶ ISSUED ◀──resume── SUSPENDED
//                        │ ───suspend──▶    │
//                        └────cancel──▶ CANCELLED ◀──cancel──┘
//
// A task that an edition of the text drops is CANCELLED, whatever it was.
enum class State { kRecorded, kIssued, kSuspended, kCancelled };
enum class Verb { kIssue, kSuspend, kResume, kCancel };

// "RECORDED" and so on.
absl::string_view ToString(State state);

// The state after `verb`. ILLEGAL_TRANSITION where the picture has no arrow.
absl::StatusOr<State> Next(State from, Verb verb);

// FAILED_PRECONDITION / ILLEGAL_TRANSITION {from, to}.
absl::Status IllegalTransition(State from, State to);
// NOT_FOUND / TASK_NOT_FOUND {name}.
absl::Status TaskNotFound(absl::string_view name);
// FAILED_PRECONDITION / NO_ASSIGNMENTS {name}.
absl::Status NoAssignments(absl::string_view name);

}  // namespace duban::task
