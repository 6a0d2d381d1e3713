#include "services/domain/report/assignment.h"

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"

namespace duban::report {
namespace {

using State = AssignmentState;
using Verb = AssignmentVerb;

struct Move {
  State from;
  Verb verb;
  State to;
};

constexpr Move kMoves[] = {
    {State::kIssued, Verb::kAcknowledge, State::kAcknowledged},
    {State::kIssued, Verb::kDispute, State::kDisputed},
    {State::kAcknowledged, Verb::kReport, State::kActive},
    {State::kActive, Verb::kReport, State::kActive},
    {State::kDoneClaimed, Verb::kReport, State::kDoneClaimed},
    {State::kActive, Verb::kClaimDone, State::kDoneClaimed},
    {State::kDoneClaimed, Verb::kVerify, State::kVerified},
    {State::kDoneClaimed, Verb::kReopen, State::kActive},
    {State::kVerified, Verb::kReopen, State::kActive},
    {State::kDisputed, Verb::kRefuseDispute, State::kIssued},
    {State::kRemoved, Verb::kIssue, State::kIssued},
};

// Where a verb leads when it is in place; for the error.
State Target(Verb verb) {
  switch (verb) {
    case Verb::kAcknowledge:
      return State::kAcknowledged;
    case Verb::kDispute:
      return State::kDisputed;
    case Verb::kReport:
    case Verb::kReopen:
      return State::kActive;
    case Verb::kClaimDone:
      return State::kDoneClaimed;
    case Verb::kVerify:
      return State::kVerified;
    case Verb::kRefuseDispute:
    case Verb::kIssue:
      return State::kIssued;
    case Verb::kRemove:
      return State::kRemoved;
  }
  return State::kRemoved;
}

}  // namespace

absl::string_view ToString(AssignmentState state) {
  switch (state) {
    case State::kIssued:
      return "ISSUED";
    case State::kAcknowledged:
      return "ACKNOWLEDGED";
    case State::kActive:
      return "ACTIVE";
    case State::kDoneClaimed:
      return "DONE_CLAIMED";
    case State::kVerified:
      return "VERIFIED";
    case State::kDisputed:
      return "DISPUTED";
    case State::kRemoved:
      return "REMOVED";
  }
  return "";
}

absl::string_view ToString(TaskState state) {
  switch (state) {
    case TaskState::kRecorded:
      return "RECORDED";
    case TaskState::kIssued:
      return "ISSUED";
    case TaskState::kSuspended:
      return "SUSPENDED";
    case TaskState::kCancelled:
      return "CANCELLED";
  }
  return "";
}

absl::Status IllegalTransition(absl::string_view from, absl::string_view to) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "ILLEGAL_TRANSITION",
                   absl::StrCat("cannot become ", to, " while ", from),
                   {{"from", std::string(from)}, {"to", std::string(to)}});
}

absl::StatusOr<AssignmentState> Apply(AssignmentState from, AssignmentVerb verb) {
  if (verb == Verb::kRemove) return State::kRemoved;
  for (const Move& move : kMoves) {
    if (move.from == from && move.verb == verb) return move.to;
  }
  return IllegalTransition(ToString(from), ToString(Target(verb)));
}

absl::StatusOr<AssignmentState> ApplyInTask(TaskState task, AssignmentState from,
                                            AssignmentVerb verb) {
  if (task != TaskState::kIssued) return IllegalTransition(ToString(task), ToString(Target(verb)));
  return Apply(from, verb);
}

}  // namespace duban::report
