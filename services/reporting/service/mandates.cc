#include "services/reporting/service/mandates.h"

#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "duban/reporting/v1/reporting.pb.h"
#include "duban/task/v1/task.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/common/base/names.h"
#include "services/common/feed/messages.h"
#include "services/domain/report/assignment.h"
#include "services/reporting/domain/limits.h"
#include "services/reporting/service/convert.h"
#include "services/reporting/service/keys.h"
#include "services/reporting/service/ledger.h"

namespace duban::reporting {
namespace {

using duban::reporting::v1::AssignmentStatus;
using duban::reporting::v1::Mandate;
using duban::task::v1::Assignment;
using duban::task::v1::Plan;
using duban::task::v1::Task;

constexpr char kDuePrefix[] = "mandates-due/";  // then the name of the assignment

bool IsIssued(const std::string& image) {
  Task task;
  return task.ParseFromString(image) && task.has_issue_time();
}

// The mandate as the copies say; nullopt when one of its parts is missing or the task was never
// issued.
absl::StatusOr<std::optional<Mandate>> Compose(feed::View& view, const AssignmentName& name) {
  DUBAN_ASSIGN_OR_RETURN(auto plan,
                         feed::GetMessage<Plan>(view, SourceKey(PlanName{name.plan}.ToString())));
  DUBAN_ASSIGN_OR_RETURN(auto task,
                         feed::GetMessage<Task>(view, SourceKey(name.task_name().ToString())));
  DUBAN_ASSIGN_OR_RETURN(auto assignment,
                         feed::GetMessage<Assignment>(view, SourceKey(name.ToString())));
  if (!plan || !task || !assignment || !task->has_issue_time()) return std::optional<Mandate>();
  Mandate mandate;
  mandate.set_name(MandateKey(name));
  mandate.set_plan_title(plan->title());
  mandate.set_time_zone(plan->time_zone());
  mandate.set_reporting_cycle(plan->reporting_cycle());
  *mandate.mutable_task() = *std::move(task);
  *mandate.mutable_assignment() = *std::move(assignment);
  return std::make_optional(std::move(mandate));
}

bool SameButRevision(const Mandate& a, Mandate b) {
  b.set_revision(a.revision());
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

// When the agency was first asked: the issue of the task, or later when it got its part later.
google::protobuf::Timestamp IssueTimeOf(const Mandate& mandate) {
  const auto& issued = mandate.task().issue_time();
  const auto& assigned = mandate.assignment().assign_time();
  return feed::FromTimestamp(assigned) > feed::FromTimestamp(issued) ? assigned : issued;
}

// Who asked it, or removed it.
std::string ActorOf(const Mandate& mandate) {
  const auto& assignment = mandate.assignment();
  const bool later = feed::FromTimestamp(assignment.assign_time()) >
                     feed::FromTimestamp(mandate.task().issue_time());
  if (assignment.removed()) return assignment.actor();
  return later ? assignment.assigner() : mandate.task().issuer();
}

// Brings the state in line with the mandate: ISSUED, to be acknowledged anew, when it is new (what
// the agency reported before stands; the office reopens a period that is to be reported again); REMOVED when it is gone. `service` did it where the mandate does not say who.
absl::Status RefreshStatus(feed::Tx& tx, const AssignmentName& name, const Mandate* mandate,
                           const std::string& service) {
  DUBAN_ASSIGN_OR_RETURN(auto stored, feed::GetMessage<AssignmentStatus>(tx, name.ToString()));
  const bool in_force = mandate != nullptr && !mandate->assignment().removed();
  const auto state = stored ? FromProto(stored->state()) : report::AssignmentState::kRemoved;
  if (in_force == (state != report::AssignmentState::kRemoved)) return absl::OkStatus();
  const auto verb = in_force ? report::AssignmentVerb::kIssue : report::AssignmentVerb::kRemove;
  DUBAN_ASSIGN_OR_RETURN(const auto next, report::Apply(state, verb));
  AssignmentStatus status = in_force ? AssignmentStatus() : *std::move(stored);
  status.set_name(name.ToString());
  status.set_state(ToProto(next));
  if (in_force) *status.mutable_issue_time() = IssueTimeOf(*mandate);
  status.set_reason(mandate == nullptr ? "" : mandate->assignment().remove_reason());
  const std::string actor = mandate == nullptr ? "" : ActorOf(*mandate);
  status.set_actor(actor.empty() ? service : actor);
  *status.mutable_update_time() = feed::ToTimestamp(tx.now());
  return feed::PutMessage(tx, status, name.plan, name.agency);
}

// Returns how many bytes of mandate were written.
absl::StatusOr<int64_t> Refresh(feed::Tx& tx, const AssignmentName& name,
                                const std::string& actor) {
  DUBAN_ASSIGN_OR_RETURN(auto mandate, Compose(tx, name));
  DUBAN_ASSIGN_OR_RETURN(const auto stored, feed::GetMessage<Mandate>(tx, MandateKey(name)));
  if (!mandate) {
    if (!stored) return 0;
    DUBAN_RETURN_IF_ERROR(tx.Delete(MandateKey(name)));
    DUBAN_RETURN_IF_ERROR(RefreshStatus(tx, name, nullptr, actor));
    return 0;
  }
  if (mandate->assignment().removed() && !stored) return 0;
  int64_t bytes = 0;
  if (!stored || !SameButRevision(*stored, *mandate)) {
    bytes = static_cast<int64_t>(mandate->ByteSizeLong());
    DUBAN_RETURN_IF_ERROR(feed::PutMessage(tx, *mandate, name.plan, name.agency));
  }
  DUBAN_RETURN_IF_ERROR(RefreshStatus(tx, name, &*mandate, actor));
  return bytes;
}

absl::StatusOr<bool> AnyDue(feed::View& view) {
  bool any = false;
  DUBAN_RETURN_IF_ERROR(view.Scan({.prefix = kDuePrefix}, [&](const feed::Row&) {
    any = true;
    return false;
  }));
  return any;
}

// Refreshes as many as one transaction takes and notes the others as due.
absl::StatusOr<bool> RefreshAll(feed::Tx& tx, const std::set<std::string>& names,
                                const std::string& actor) {
  int64_t bytes = 0;
  for (const std::string& text : names) {
    if (bytes >= kMandateBytesPerTransaction) {
      DUBAN_RETURN_IF_ERROR(
          tx.Put({.key = absl::StrCat(kDuePrefix, text), .image = "due", .logged = false}));
      continue;
    }
    DUBAN_ASSIGN_OR_RETURN(const AssignmentName name, AssignmentName::Parse(text));
    DUBAN_ASSIGN_OR_RETURN(const int64_t written, Refresh(tx, name, actor));
    bytes += written;
  }
  return AnyDue(tx);
}

// The assignments that a changed row of the task service bears on.
absl::Status CollectAssignments(feed::View& view, const CopiedRow& row,
                                std::set<std::string>& names) {
  if (row.type == Assignment::descriptor()->full_name()) {
    names.insert(row.name);
    return absl::OkStatus();
  }
  const std::string prefix = SourceKey(absl::StrCat(row.name, "/"));
  return feed::ScanMessages<Assignment>(view, {.prefix = prefix}, [&](const Assignment& one) {
    names.insert(one.name());
    return true;
  });
}

}  // namespace

absl::StatusOr<bool> ApplyMandates(feed::Tx& tx, const FeedRows& feed, const std::string& actor) {
  static const std::vector<std::string> kTypes = {Plan::descriptor()->full_name(),
                                                  Task::descriptor()->full_name(),
                                                  Assignment::descriptor()->full_name()};
  DUBAN_ASSIGN_OR_RETURN(const auto changed,
                         CopyRows(tx, kSourcePrefix, kTypes, feed, kTaskCursor));
  std::set<std::string> names;
  for (const CopiedRow& row : changed) {
    DUBAN_RETURN_IF_ERROR(CollectAssignments(tx, row, names));
    if (row.type == Task::descriptor()->full_name() && IsIssued(row.after) &&
        !IsIssued(row.before)) {
      DUBAN_RETURN_IF_ERROR(AppendHubLeaf(tx, kIssueLeaf, row.after).status());
    }
  }
  return RefreshAll(tx, names, actor);
}

absl::StatusOr<bool> CatchUp(feed::Tx& tx, const std::string& actor) {
  std::set<std::string> names;
  DUBAN_RETURN_IF_ERROR(tx.Scan({.prefix = kDuePrefix}, [&](const feed::Row& row) {
    names.insert(row.key.substr(sizeof(kDuePrefix) - 1));
    return true;
  }));
  for (const std::string& name : names) {
    DUBAN_RETURN_IF_ERROR(tx.Delete(absl::StrCat(kDuePrefix, name)));
  }
  return RefreshAll(tx, names, actor);
}

}  // namespace duban::reporting
