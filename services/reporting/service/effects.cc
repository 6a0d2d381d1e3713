#include "services/reporting/service/effects.h"

#include <optional>
#include <utility>

#include "services/common/auth/caller.h"
#include "services/common/feed/messages.h"
#include "services/domain/report/content.h"
#include "services/domain/report/version.h"
#include "services/reporting/service/assignments.h"
#include "services/reporting/service/convert.h"

namespace duban::reporting {
namespace {

namespace pb = duban::reporting::v1;
using report::AssignmentVerb;

constexpr int kSchemaVersion = 1;

absl::Status UnknownPayload() {
  return MakeError(absl::StatusCode::kInvalidArgument, "UNKNOWN_PAYLOAD",
                   "this hub does not know what the envelope holds");
}

template <typename Payload>
absl::StatusOr<Payload> ParsePayload(const Statement& statement) {
  Payload payload;
  if (!payload.ParseFromString(statement.envelope.payload)) return UnknownPayload();
  return payload;
}

// The assignment, which must be of the agency that speaks.
absl::StatusOr<IssuedAssignment> LoadOwn(feed::Tx& tx, const Statement& statement,
                                         absl::string_view text) {
  DUBAN_ASSIGN_OR_RETURN(const AssignmentName name, AssignmentName::Parse(text));
  if (name.agency != statement.node.agency) return auth::NotAllowed();
  return LoadAssignment(tx, name);
}

absl::StatusOr<std::string> Acknowledge(feed::Tx& tx, const Statement& statement) {
  DUBAN_ASSIGN_OR_RETURN(const auto payload, ParsePayload<pb::Acknowledgement>(statement));
  DUBAN_ASSIGN_OR_RETURN(auto assignment, LoadOwn(tx, statement, payload.assignment()));
  DUBAN_RETURN_IF_ERROR(Move(tx, assignment, AssignmentVerb::kAcknowledge, statement.identity));
  *assignment.status.mutable_acknowledge_time() = feed::ToTimestamp(tx.now());
  DUBAN_RETURN_IF_ERROR(Save(tx, assignment));
  return payload.assignment();
}

absl::StatusOr<std::string> Dispute(feed::Tx& tx, const Statement& statement) {
  DUBAN_ASSIGN_OR_RETURN(const auto payload, ParsePayload<pb::Dispute>(statement));
  DUBAN_RETURN_IF_ERROR(report::CheckReason("reason", payload.reason()));
  DUBAN_ASSIGN_OR_RETURN(auto assignment, LoadOwn(tx, statement, payload.assignment()));
  DUBAN_RETURN_IF_ERROR(Move(tx, assignment, AssignmentVerb::kDispute, statement.identity));
  assignment.status.set_reason(payload.reason());
  DUBAN_RETURN_IF_ERROR(Save(tx, assignment));
  return payload.assignment();
}

absl::StatusOr<std::string> ClaimDone(feed::Tx& tx, const Statement& statement) {
  DUBAN_ASSIGN_OR_RETURN(const auto payload, ParsePayload<pb::DoneClaim>(statement));
  DUBAN_RETURN_IF_ERROR(report::CheckReason("statement", payload.statement()));
  DUBAN_ASSIGN_OR_RETURN(auto assignment, LoadOwn(tx, statement, payload.assignment()));
  DUBAN_RETURN_IF_ERROR(Move(tx, assignment, AssignmentVerb::kClaimDone, statement.identity));
  *assignment.status.mutable_claim_time() = feed::ToTimestamp(tx.now());
  assignment.status.set_claim_statement(payload.statement());
  DUBAN_RETURN_IF_ERROR(Save(tx, assignment));
  return payload.assignment();
}

pb::Report NewVersion(feed::Tx& tx, const Statement& statement, const AssignmentName& name,
                      pb::ReportContent content, const std::optional<pb::Report>& last) {
  pb::Report report;
  report.set_version(last ? last->version() + 1 : 1);
  report.set_name(ReportName{name, content.period(), report.version()}.ToString());
  report.set_state(pb::REPORT_STATE_SUBMITTED);
  *report.mutable_content() = std::move(content);
  *report.mutable_receive_time() = feed::ToTimestamp(tx.now());
  *report.mutable_first_receive_time() = last ? last->first_receive_time() : report.receive_time();
  *report.mutable_submit_time() = statement.envelope.header.submit_time();
  report.set_node(statement.node.ToString());
  report.set_author(statement.envelope.header.author());
  report.set_report_id(statement.envelope.header.report_id());
  report.set_body_sha256(statement.envelope.body_hash);
  report.set_leaf_index(statement.leaf_index);
  return report;
}

absl::StatusOr<std::string> TakeReport(feed::Tx& tx, const Statement& statement) {
  DUBAN_ASSIGN_OR_RETURN(auto content, ParsePayload<pb::ReportContent>(statement));
  DUBAN_ASSIGN_OR_RETURN(auto assignment, LoadOwn(tx, statement, content.assignment()));
  const auto before = assignment.status.state();
  DUBAN_RETURN_IF_ERROR(Move(tx, assignment, AssignmentVerb::kReport, statement.identity));
  const report::Terms terms = ToTerms(assignment.mandate, assignment.name);
  DUBAN_RETURN_IF_ERROR(report::CheckContent(ToContent(content), terms));
  DUBAN_RETURN_IF_ERROR(report::CheckBegun(ToContent(content), terms, tx.now()));
  DUBAN_ASSIGN_OR_RETURN(const auto last, NewestVersion(tx, assignment.name, content.period()));
  DUBAN_RETURN_IF_ERROR(
      report::CheckNewVersion(last ? std::optional(FromProto(last->state())) : std::nullopt));
  pb::Report report = NewVersion(tx, statement, assignment.name, std::move(content), last);
  DUBAN_RETURN_IF_ERROR(feed::PutMessage(tx, report, assignment.name.plan, assignment.name.agency));
  if (assignment.status.state() != before) DUBAN_RETURN_IF_ERROR(Save(tx, assignment));
  return report.name();
}

}  // namespace

absl::StatusOr<std::string> Effect(feed::Tx& tx, const Statement& statement) {
  if (statement.envelope.header.schema_version() != kSchemaVersion) return UnknownPayload();
  switch (statement.envelope.header.payload_type()) {
    case pb::PAYLOAD_TYPE_ACKNOWLEDGEMENT:
      return Acknowledge(tx, statement);
    case pb::PAYLOAD_TYPE_DISPUTE:
      return Dispute(tx, statement);
    case pb::PAYLOAD_TYPE_REPORT:
      return TakeReport(tx, statement);
    case pb::PAYLOAD_TYPE_DONE_CLAIM:
      return ClaimDone(tx, statement);
    default:
      return UnknownPayload();
  }
}

bool IsRefusal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsFailedPrecondition(status) ||
         absl::IsNotFound(status) || absl::IsPermissionDenied(status);
}

}  // namespace duban::reporting
