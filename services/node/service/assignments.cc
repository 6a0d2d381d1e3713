#include "services/node/service/assignments.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/auth/caller.h"
#include "services/domain/report/period.h"
#include "services/node/domain/assumed.h"
#include "services/node/service/convert.h"
#include "services/node/service/keys.h"
#include "services/node/service/pending.h"
#include "services/node/service/rows.h"

namespace duban::node {
namespace {

namespace pb = duban::reporting::v1;
using duban::node::v1::NodeAssignment;
using duban::node::v1::Submission;

report::AssignmentVerb VerbOf(pb::PayloadType type) {
  switch (type) {
    case pb::PAYLOAD_TYPE_ACKNOWLEDGEMENT:
      return report::AssignmentVerb::kAcknowledge;
    case pb::PAYLOAD_TYPE_DISPUTE:
      return report::AssignmentVerb::kDispute;
    case pb::PAYLOAD_TYPE_DONE_CLAIM:
      return report::AssignmentVerb::kClaimDone;
    default:
      return report::AssignmentVerb::kReport;
  }
}

// Later period first, then later version.
bool IsNewer(const pb::Report& a, const pb::Report& b) {
  const auto day = [](const pb::Report& report) {
    const auto period = report::Period::Parse(report.content().period());
    return period.ok() ? period->first_day() : absl::CivilDay();
  };
  return std::make_pair(day(a), a.version()) > std::make_pair(day(b), b.version());
}

absl::StatusOr<std::optional<pb::Report>> LastReport(feed::View& view, const std::string& name) {
  std::optional<pb::Report> last;
  DUBAN_RETURN_IF_ERROR(feed::ScanMessages<pb::Report>(
      view, {.prefix = HubKey(absl::StrCat(name, "/reports/"))}, [&](const pb::Report& report) {
        if (!last || IsNewer(report, *last)) last = report;
        return true;
      }));
  return last;
}

}  // namespace

absl::StatusOr<NodeAssignment> LoadAssignment(feed::View& view, const AssignmentName& name) {
  const std::string text = name.ToString();
  DUBAN_ASSIGN_OR_RETURN(auto mandate,
                         feed::GetMessage<pb::Mandate>(view, absl::StrCat(kMandatesPrefix, text)));
  if (!mandate) return auth::NotAllowed();
  DUBAN_ASSIGN_OR_RETURN(auto status, feed::GetMessage<pb::AssignmentStatus>(view, HubKey(text)));
  DUBAN_ASSIGN_OR_RETURN(auto last, LastReport(view, text));
  DUBAN_ASSIGN_OR_RETURN(auto pending, ListPending(view, text));
  NodeAssignment assignment;
  assignment.set_name(text);
  *assignment.mutable_mandate() = *std::move(mandate);
  if (status) *assignment.mutable_status() = *std::move(status);
  if (last) *assignment.mutable_last_report() = *std::move(last);
  for (Submission& submission : pending) {
    if (submission.state() != duban::node::v1::SUBMISSION_STATE_QUEUED) continue;
    *assignment.add_pending() = std::move(submission);
  }
  return assignment;
}

absl::StatusOr<std::string> PageOfAssignments(
    feed::View& view, int page_size, absl::string_view page_token,
    google::protobuf::RepeatedPtrField<NodeAssignment>* out) {
  google::protobuf::RepeatedPtrField<pb::Mandate> mandates;
  DUBAN_ASSIGN_OR_RETURN(
      auto next, PageByKey<pb::Mandate>(view, kMandatesPrefix, page_size, page_token, &mandates));
  for (const pb::Mandate& mandate : mandates) {
    DUBAN_ASSIGN_OR_RETURN(const auto name, AssignmentName::Parse(mandate.assignment().name()));
    DUBAN_ASSIGN_OR_RETURN(*out->Add(), LoadAssignment(view, name));
  }
  return next;
}

absl::StatusOr<int> CountAssignments(feed::View& view) {
  int count = 0;
  DUBAN_RETURN_IF_ERROR(view.Scan({.prefix = kMandatesPrefix}, [&](const feed::Row&) {
    ++count;
    return true;
  }));
  return count;
}

absl::Status CheckVerb(feed::View& view, const NodeAssignment& assignment,
                       report::AssignmentVerb verb) {
  DUBAN_ASSIGN_OR_RETURN(const auto pending, ListPending(view, assignment.name()));
  std::vector<report::AssignmentVerb> said;
  for (const Submission& submission : pending) said.push_back(VerbOf(submission.payload_type()));
  const auto state = Assume(FromProto(assignment.status().state()), said);
  return report::ApplyInTask(FromProto(assignment.mandate().task().state()), state, verb).status();
}

absl::StatusOr<std::optional<report::VersionState>> LastVersion(feed::View& view,
                                                                absl::string_view assignment,
                                                                absl::string_view period) {
  DUBAN_ASSIGN_OR_RETURN(const auto pending, ListPending(view, assignment));
  for (const Submission& submission : pending) {
    if (submission.period() != period) continue;
    DUBAN_ASSIGN_OR_RETURN(const bool shows, Shows(view, submission));
    if (!shows) return std::make_optional(report::VersionState::kSubmitted);
  }
  std::optional<pb::Report> newest;
  const std::string prefix = HubKey(absl::StrCat(assignment, "/reports/", period, "@"));
  DUBAN_RETURN_IF_ERROR(
      feed::ScanMessages<pb::Report>(view, {.prefix = prefix}, [&](const pb::Report& version) {
        if (!newest || newest->version() < version.version()) newest = version;
        return true;
      }));
  if (!newest) return std::optional<report::VersionState>();
  return std::make_optional(FromProto(newest->state()));
}

}  // namespace duban::node
