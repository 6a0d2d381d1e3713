#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// The life of an assignment (domain.md §3, decisions.md 17).
//
//   ISSUED --acknowledge--> ACKNOWLEDGED --report--> ACTIVE --claim--> DONE_CLAIMED --verify-->
//   VERIFIED
//     | dispute    ^ refuse                            ^ reopen               | | v            |
//     +----------------------+--------------------+
//   DISPUTED ------+                       any --remove--> REMOVED --issue--> ISSUED
namespace duban::report {

enum class AssignmentState {
  kIssued,
  kAcknowledged,
  kActive,
  kDoneClaimed,
  kVerified,
  kDisputed,
  kRemoved,
};

enum class AssignmentVerb {
  kAcknowledge,
  kDispute,
  kReport,  // each one; a claimed assignment is reported on as before until it is verified
  kClaimDone,
  kVerify,
  kReopen,  // returns a claim, or opens a verified assignment again
  kRefuseDispute,
  kRemove,  // by the office, from any state
  kIssue,   // again, after a removal
};

// State of the task that the assignment belongs to.
enum class TaskState { kRecorded, kIssued, kSuspended, kCancelled };

absl::string_view ToString(AssignmentState state);  // "ISSUED"
absl::string_view ToString(TaskState state);

// The state after `verb`. FAILED_PRECONDITION / ILLEGAL_TRANSITION {from, to} when it has no place
// in `from`.
absl::StatusOr<AssignmentState> Apply(AssignmentState from, AssignmentVerb verb);

// As Apply, for the verbs of agencies and reviewers: these need an issued task too. With a task in
// another state `from` in the error is the task's state.
absl::StatusOr<AssignmentState> ApplyInTask(TaskState task, AssignmentState from,
                                            AssignmentVerb verb);

// FAILED_PRECONDITION / ILLEGAL_TRANSITION {from, to}.
absl::Status IllegalTransition(absl::string_view from, absl::string_view to);

}  // namespace duban::report
