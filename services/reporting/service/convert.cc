#include "services/reporting/service/convert.h"

namespace duban::reporting {
namespace {

namespace pb = duban::reporting::v1;

bool IsRatio(const duban::task::v1::Milestone&) { return false; }
bool IsRatio(const duban::task::v1::Indicator& indicator) {
  return indicator.rollup() == duban::task::v1::ROLLUP_RATIO;
}

template <typename Deliverables>
std::vector<report::Deliverable> ToDeliverables(const Deliverables& from) {
  std::vector<report::Deliverable> to;
  for (const auto& one : from) {
    to.push_back({.id = one.id(),
                  .ratio = IsRatio(one),
                  .agencies = {one.agencies().begin(), one.agencies().end()}});
  }
  return to;
}

report::Cycle ToCycle(duban::task::v1::ReportingCycle cycle) {
  switch (cycle) {
    case duban::task::v1::REPORTING_CYCLE_WEEKLY:
      return report::Cycle::kWeekly;
    case duban::task::v1::REPORTING_CYCLE_QUARTERLY:
      return report::Cycle::kQuarterly;
    case duban::task::v1::REPORTING_CYCLE_HALF_YEARLY:
      return report::Cycle::kHalfYearly;
    case duban::task::v1::REPORTING_CYCLE_YEARLY:
      return report::Cycle::kYearly;
    default:
      return report::Cycle::kMonthly;
  }
}

}  // namespace

report::AssignmentState FromProto(pb::AssignmentState state) {
  switch (state) {
    case pb::ASSIGNMENT_STATE_ISSUED:
      return report::AssignmentState::kIssued;
    case pb::ASSIGNMENT_STATE_ACKNOWLEDGED:
      return report::AssignmentState::kAcknowledged;
    case pb::ASSIGNMENT_STATE_ACTIVE:
      return report::AssignmentState::kActive;
    case pb::ASSIGNMENT_STATE_DONE_CLAIMED:
      return report::AssignmentState::kDoneClaimed;
    case pb::ASSIGNMENT_STATE_VERIFIED:
      return report::AssignmentState::kVerified;
    case pb::ASSIGNMENT_STATE_DISPUTED:
      return report::AssignmentState::kDisputed;
    default:
      return report::AssignmentState::kRemoved;
  }
}

pb::AssignmentState ToProto(report::AssignmentState state) {
  switch (state) {
    case report::AssignmentState::kIssued:
      return pb::ASSIGNMENT_STATE_ISSUED;
    case report::AssignmentState::kAcknowledged:
      return pb::ASSIGNMENT_STATE_ACKNOWLEDGED;
    case report::AssignmentState::kActive:
      return pb::ASSIGNMENT_STATE_ACTIVE;
    case report::AssignmentState::kDoneClaimed:
      return pb::ASSIGNMENT_STATE_DONE_CLAIMED;
    case report::AssignmentState::kVerified:
      return pb::ASSIGNMENT_STATE_VERIFIED;
    case report::AssignmentState::kDisputed:
      return pb::ASSIGNMENT_STATE_DISPUTED;
    case report::AssignmentState::kRemoved:
      break;
  }
  return pb::ASSIGNMENT_STATE_REMOVED;
}

report::TaskState FromProto(duban::task::v1::TaskState state) {
  switch (state) {
    case duban::task::v1::TASK_STATE_ISSUED:
      return report::TaskState::kIssued;
    case duban::task::v1::TASK_STATE_SUSPENDED:
      return report::TaskState::kSuspended;
    case duban::task::v1::TASK_STATE_CANCELLED:
      return report::TaskState::kCancelled;
    default:
      return report::TaskState::kRecorded;
  }
}

report::VersionState FromProto(pb::ReportState state) {
  switch (state) {
    case pb::REPORT_STATE_ACCEPTED:
      return report::VersionState::kAccepted;
    case pb::REPORT_STATE_RETURNED:
      return report::VersionState::kReturned;
    case pb::REPORT_STATE_REOPENED:
      return report::VersionState::kReopened;
    default:
      return report::VersionState::kSubmitted;
  }
}

pb::ReportState ToProto(report::VersionState state) {
  switch (state) {
    case report::VersionState::kAccepted:
      return pb::REPORT_STATE_ACCEPTED;
    case report::VersionState::kReturned:
      return pb::REPORT_STATE_RETURNED;
    case report::VersionState::kReopened:
      return pb::REPORT_STATE_REOPENED;
    case report::VersionState::kSubmitted:
      break;
  }
  return pb::REPORT_STATE_SUBMITTED;
}

report::Content ToContent(const pb::ReportContent& content) {
  report::Content to = {
      .period = content.period(),
      .progress_bp = content.progress_bp(),
      .milestones_done = {content.milestones_done().begin(), content.milestones_done().end()},
      .rating_known = pb::Rating_IsValid(content.own_rating()),
      .done = content.done(),
      .problems = content.problems(),
      .next = content.next()};
  for (const auto& value : content.indicator_values()) {
    to.indicator_values.push_back({value.indicator(), value.value(), value.denominator()});
  }
  for (const auto& request : content.support_requests()) {
    to.support_requests.push_back({request.agency(), request.text()});
  }
  for (const auto& file : content.evidence()) {
    to.evidence.push_back({file.file_name(), file.media_type(), file.size_bytes(), file.sha256()});
  }
  return to;
}

report::Terms ToTerms(const pb::Mandate& mandate, const AssignmentName& name) {
  report::Terms terms = {.agency = name.agency,
                         .cycle = ToCycle(mandate.reporting_cycle()),
                         .zone = absl::UTCTimeZone(),
                         .indicators = ToDeliverables(mandate.task().indicators()),
                         .milestones = ToDeliverables(mandate.task().milestones())};
  absl::LoadTimeZone(mandate.time_zone(), &terms.zone);
  return terms;
}

}  // namespace duban::reporting
