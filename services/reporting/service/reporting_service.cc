#include "services/reporting/service/reporting_service.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "duban/reporting/v1/reporting_service.grpc.pb.h"
#include "duban/reporting/v1/uplink_service.pb.h"
#include "services/common/feed/messages.h"
#include "services/common/feed/watch_server.h"
#include "services/common/rpc/handler.h"
#include "services/domain/report/content.h"
#include "services/domain/report/version.h"
#include "services/reporting/service/assignments.h"
#include "services/reporting/service/convert.h"
#include "services/reporting/service/keys.h"

namespace duban::reporting {
namespace {

namespace pb = duban::reporting::v1;
using Context = grpc::CallbackServerContext;
using report::AssignmentVerb;
using report::VersionVerb;

constexpr char kServicePath[] = "/duban.reporting.v1.ReportingService/";

std::string Method(absl::string_view name) { return absl::StrCat(kServicePath, name); }

absl::Status ReportNotFound(absl::string_view name) {
  return MakeError(absl::StatusCode::kNotFound, "REPORT_NOT_FOUND",
                   absl::StrCat("there is no report ", name), {{"name", std::string(name)}});
}

absl::Status VersionRequired(absl::string_view name) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_NAME",
                   absl::StrCat("\"", name, "\" does not say which version"),
                   {{"name", std::string(name)}});
}

absl::Status InvalidParent(absl::string_view parent) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_NAME",
                   absl::StrCat("\"", parent, "\" is neither an assignment nor a plan's `-`"),
                   {{"name", std::string(parent)}});
}

absl::Status ReturnReasonRequired() {
  return MakeError(absl::StatusCode::kInvalidArgument, "REASON_REQUIRED",
                   "say what is wrong: reason is not set", {{"field", "reason"}});
}

// An assignment within the caller's plans.
absl::StatusOr<AssignmentName> AssignmentInScope(const rpc::Call& call, absl::string_view text) {
  DUBAN_ASSIGN_OR_RETURN(const AssignmentName name, AssignmentName::Parse(text));
  if (!call.caller.may_see_plan(name.plan)) return auth::NotAllowed();
  return name;
}

absl::StatusOr<ReportName> ReportInScope(const rpc::Call& call, absl::string_view text) {
  DUBAN_ASSIGN_OR_RETURN(const ReportName name, ReportName::Parse(text));
  if (!call.caller.may_see_plan(name.assignment.plan)) return auth::NotAllowed();
  return name;
}

// The one who rules is never the one who reported: neither the node itself nor anybody of its
// agency.
absl::Status CheckNotReporter(const rpc::Call& call, const AssignmentName& assignment) {
  const bool same =
      call.caller.agency == assignment.agency || call.caller.identity.agency == assignment.agency;
  return same ? auth::NotAllowed() : absl::OkStatus();
}

absl::StatusOr<pb::Report> FindReport(feed::View& view, const ReportName& name) {
  std::optional<pb::Report> report;
  if (name.version > 0) {
    DUBAN_ASSIGN_OR_RETURN(report, feed::GetMessage<pb::Report>(view, name.ToString()));
  } else {
    DUBAN_ASSIGN_OR_RETURN(report, NewestVersion(view, name.assignment, name.period));
  }
  if (!report) return ReportNotFound(name.ToString());
  return *std::move(report);
}

// Reviews a version: its state moves by `verb` and `review` is noted.
absl::Status ReviewVersion(const rpc::Call& call, feed::Tx& tx, absl::string_view text,
                           VersionVerb verb, pb::Review review, pb::Report& out) {
  DUBAN_ASSIGN_OR_RETURN(const ReportName name, ReportInScope(call, text));
  if (name.version == 0) return VersionRequired(text);
  DUBAN_RETURN_IF_ERROR(CheckNotReporter(call, name.assignment));
  DUBAN_ASSIGN_OR_RETURN(out, FindReport(tx, name));
  DUBAN_ASSIGN_OR_RETURN(const auto next, report::Review(FromProto(out.state()), verb));
  review.set_reviewer(call.caller.identity.ToString());
  *review.mutable_review_time() = feed::ToTimestamp(tx.now());
  *out.mutable_review() = std::move(review);
  out.set_state(ToProto(next));
  return feed::PutMessage(tx, out, name.assignment.plan, name.assignment.agency);
}

// Rules on an assignment: its state moves by `verb`; `change` notes what else is said.
template <typename Change>
absl::Status Rule(const rpc::Call& call, feed::Tx& tx, absl::string_view text, AssignmentVerb verb,
                  Change change, pb::AssignmentStatus& out) {
  DUBAN_ASSIGN_OR_RETURN(const AssignmentName name, AssignmentInScope(call, text));
  DUBAN_RETURN_IF_ERROR(CheckNotReporter(call, name));
  DUBAN_ASSIGN_OR_RETURN(IssuedAssignment assignment, LoadAssignment(tx, name));
  DUBAN_RETURN_IF_ERROR(Move(tx, assignment, verb, call.caller.identity.ToString()));
  change(assignment.status);
  DUBAN_RETURN_IF_ERROR(Save(tx, assignment));
  out = std::move(assignment.status);
  return absl::OkStatus();
}

// The prefix of the rows that ListReports looks at.
absl::StatusOr<std::string> ListPrefix(const rpc::Call& call, absl::string_view parent) {
  DUBAN_ASSIGN_OR_RETURN(const AssignmentName name, AssignmentInScope(call, parent));
  if (name.task == "-" && name.agency == "-") return PlanName{name.plan}.ToString() + "/tasks/";
  if (name.task == "-" || name.agency == "-") return InvalidParent(parent);
  return name.ToString() + "/reports/";
}

absl::Status CheckOptionalText(absl::string_view text) {
  return text.empty() ? absl::OkStatus() : report::CheckReason("text", text);
}

class ReportingServiceImpl final : public pb::ReportingService::CallbackService {
 public:
  ReportingServiceImpl(rpc::Runtime& runtime, feed::Feed& feed, const Nodes& nodes)
      : runtime_(runtime), feed_(feed), store_(feed.store()), nodes_(nodes) {}

  grpc::ServerUnaryReactor* GetReport(Context* context, const pb::GetReportRequest* request,
                                      pb::Report* response) override {
    return rpc::Read(runtime_, context, Method("GetReport"), request, response,
                     [this](const rpc::Call& call, const auto& q, pb::Report& r) -> absl::Status {
                       DUBAN_ASSIGN_OR_RETURN(const auto name, ReportInScope(call, q.name()));
                       return store_.Read([&](feed::View& view) -> absl::Status {
                         DUBAN_ASSIGN_OR_RETURN(r, FindReport(view, name));
                         return absl::OkStatus();
                       });
                     });
  }

  grpc::ServerUnaryReactor* ListReports(Context* context, const pb::ListReportsRequest* request,
                                        pb::ListReportsResponse* response) override {
    return rpc::Read(
        runtime_, context, Method("ListReports"), request, response,
        [this](const rpc::Call& call, const auto& q, auto& r) -> absl::Status {
          DUBAN_ASSIGN_OR_RETURN(const auto prefix, ListPrefix(call, q.parent()));
          DUBAN_ASSIGN_OR_RETURN(const auto page,
                                 feed::Page::Parse(q.page_size(), q.page_token(), prefix));
          return store_.Read([&](feed::View& view) -> absl::Status {
            DUBAN_ASSIGN_OR_RETURN(
                auto next,
                feed::ListPage<pb::Report>(view, {.prefix = prefix}, page, r.mutable_reports()));
            r.set_next_page_token(next);
            return absl::OkStatus();
          });
        });
  }

  grpc::ServerUnaryReactor* AcceptReport(Context* context, const pb::AcceptReportRequest* request,
                                         pb::Report* response) override {
    return rpc::Write(
        runtime_, context, Method("AcceptReport"), request, response, store_,
        [](const rpc::Call& call, const auto& q, feed::Tx& tx, pb::Report& r) -> absl::Status {
          DUBAN_RETURN_IF_ERROR(CheckOptionalText(q.text()));
          pb::Review review;
          review.set_text(q.text());
          review.set_rating(q.rating());
          return ReviewVersion(call, tx, q.name(), VersionVerb::kAccept, review, r);
        });
  }

  grpc::ServerUnaryReactor* ReturnReport(Context* context, const pb::ReturnReportRequest* request,
                                         pb::Report* response) override {
    return rpc::Write(
        runtime_, context, Method("ReturnReport"), request, response, store_,
        [](const rpc::Call& call, const auto& q, feed::Tx& tx, pb::Report& r) -> absl::Status {
          if (q.reason() == pb::RETURN_REASON_UNSPECIFIED ||
              !pb::ReturnReason_IsValid(q.reason())) {
            return ReturnReasonRequired();
          }
          DUBAN_RETURN_IF_ERROR(report::CheckReason("text", q.text()));
          pb::Review review;
          review.set_reason(q.reason());
          review.set_text(q.text());
          return ReviewVersion(call, tx, q.name(), VersionVerb::kReturn, review, r);
        });
  }

  grpc::ServerUnaryReactor* ReopenReport(Context* context, const pb::ReopenReportRequest* request,
                                         pb::Report* response) override {
    return rpc::Write(
        runtime_, context, Method("ReopenReport"), request, response, store_,
        [](const rpc::Call& call, const auto& q, feed::Tx& tx, pb::Report& r) -> absl::Status {
          DUBAN_RETURN_IF_ERROR(report::CheckReason("reason", q.reason()));
          pb::Review review;
          review.set_text(q.reason());
          return ReviewVersion(call, tx, q.name(), VersionVerb::kReopen, review, r);
        });
  }

  grpc::ServerUnaryReactor* GetAssignmentStatus(Context* context,
                                                const pb::GetAssignmentStatusRequest* request,
                                                pb::AssignmentStatus* response) override {
    return rpc::Read(runtime_, context, Method("GetAssignmentStatus"), request, response,
                     [this](const rpc::Call& call, const auto& q, auto& r) -> absl::Status {
                       DUBAN_ASSIGN_OR_RETURN(const auto name, AssignmentInScope(call, q.name()));
                       return store_.Read([&](feed::View& view) -> absl::Status {
                         DUBAN_ASSIGN_OR_RETURN(auto assignment, LoadAssignment(view, name));
                         r = std::move(assignment.status);
                         return absl::OkStatus();
                       });
                     });
  }

  grpc::ServerUnaryReactor* VerifyAssignment(Context* context,
                                             const pb::VerifyAssignmentRequest* request,
                                             pb::AssignmentStatus* response) override {
    return rpc::Write(runtime_, context, Method("VerifyAssignment"), request, response, store_,
                      [](const rpc::Call& call, const auto& q, feed::Tx& tx, auto& r) {
                        return Rule(
                            call, tx, q.name(), AssignmentVerb::kVerify,
                            [&](pb::AssignmentStatus& status) {
                              status.set_verifier(call.caller.identity.ToString());
                            },
                            r);
                      });
  }

  grpc::ServerUnaryReactor* ReopenAssignment(Context* context,
                                             const pb::ReopenAssignmentRequest* request,
                                             pb::AssignmentStatus* response) override {
    return rpc::Write(
        runtime_, context, Method("ReopenAssignment"), request, response, store_,
        [](const rpc::Call& call, const auto& q, feed::Tx& tx, auto& r) -> absl::Status {
          DUBAN_RETURN_IF_ERROR(report::CheckReason("reason", q.reason()));
          return Rule(
              call, tx, q.name(), AssignmentVerb::kReopen,
              [&](pb::AssignmentStatus& status) {
                status.set_reason(q.reason());
                status.clear_verifier();
              },
              r);
        });
  }

  grpc::ServerUnaryReactor* RefuseDispute(Context* context, const pb::RefuseDisputeRequest* request,
                                          pb::AssignmentStatus* response) override {
    return rpc::Write(
        runtime_, context, Method("RefuseDispute"), request, response, store_,
        [](const rpc::Call& call, const auto& q, feed::Tx& tx, auto& r) -> absl::Status {
          DUBAN_RETURN_IF_ERROR(report::CheckReason("reason", q.reason()));
          return Rule(
              call, tx, q.name(), AssignmentVerb::kRefuseDispute,
              [&](pb::AssignmentStatus& status) { status.set_reason(q.reason()); }, r);
        });
  }

  grpc::ServerUnaryReactor* ListPresence(Context* context, const pb::ListPresenceRequest* request,
                                         pb::ListPresenceResponse* response) override {
    return rpc::Read(
        runtime_, context, Method("ListPresence"), request, response,
        [this](const rpc::Call&, const auto&, pb::ListPresenceResponse& r) -> absl::Status {
          return store_.Read([&](feed::View& view) -> absl::Status {
            for (pb::Presence& presence : nodes_.Presences()) {
              DUBAN_ASSIGN_OR_RETURN(const auto name, NodeName::Parse(presence.node()));
              DUBAN_ASSIGN_OR_RETURN(const auto ledger,
                                     feed::GetMessage<pb::HelloResponse>(view, LedgerKey(name)));
              if (ledger) presence.set_accepted_through(ledger->accepted_through());
              *r.add_nodes() = std::move(presence);
            }
            return absl::OkStatus();
          });
        });
  }

  grpc::ServerWriteReactor<duban::common::v1::WatchResponse>* WatchPerformance(
      Context* context, const duban::common::v1::WatchRequest* request) override {
    return feed::ServeFeed(runtime_, context, Method("WatchPerformance"), request, feed_,
                           [](const rpc::Call&) { return feed::ServeOptions(); });
  }

  grpc::ServerUnaryReactor* ListState(Context* context,
                                      const duban::common::v1::ListStateRequest* request,
                                      duban::common::v1::ListStateResponse* response) override {
    return rpc::Read(
        runtime_, context, Method("ListState"), request, response,
        [this](const rpc::Call&, const auto& q, auto& r) { return feed::ListState(store_, q, r); });
  }

 private:
  rpc::Runtime& runtime_;
  feed::Feed& feed_;
  feed::Store& store_;
  const Nodes& nodes_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewReportingService(rpc::Runtime& runtime, feed::Feed& feed,
                                                   const Nodes& nodes) {
  return std::make_unique<ReportingServiceImpl>(runtime, feed, nodes);
}

}  // namespace duban::reporting
