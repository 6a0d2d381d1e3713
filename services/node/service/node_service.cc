#include "services/node/service/node_service.h"

#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "duban/node/v1/node_service.grpc.pb.h"
#include "services/common/auth/caller.h"
#include "services/common/rpc/handler.h"
#include "services/domain/report/content.h"
#include "services/node/service/assignments.h"
#include "services/node/service/convert.h"
#include "services/node/service/keys.h"
#include "services/node/service/requests.h"
#include "services/node/service/rows.h"

namespace duban::node {
namespace {

namespace pb = duban::node::v1;
namespace rp = duban::reporting::v1;
using Context = grpc::CallbackServerContext;
using report::AssignmentVerb;

constexpr char kServicePath[] = "/duban.node.v1.NodeService/";

std::string Method(absl::string_view name) { return absl::StrCat(kServicePath, name); }

std::string DraftName(const AssignmentName& name, absl::string_view period) {
  return absl::StrCat(name.ToString(), "/drafts/", period);
}

// OK when `content` may be written down for the assignment.
absl::Status CheckContent(const rp::ReportContent& content, const pb::NodeAssignment& assignment,
                          const AssignmentName& name) {
  return report::CheckContent(ToContent(content), ToTerms(assignment.mandate(), name));
}

absl::Status CheckReport(feed::Tx& tx, const rp::ReportContent& content,
                         const pb::NodeAssignment& assignment, const AssignmentName& name) {
  DUBAN_RETURN_IF_ERROR(CheckContent(content, assignment, name));
  DUBAN_RETURN_IF_ERROR(
      report::CheckBegun(ToContent(content), ToTerms(assignment.mandate(), name), tx.now()));
  DUBAN_ASSIGN_OR_RETURN(const auto last, LastVersion(tx, name.ToString(), content.period()));
  return report::CheckNewVersion(last);
}

class NodeServiceImpl final : public pb::NodeService::CallbackService {
 public:
  NodeServiceImpl(rpc::Runtime& runtime, feed::Store& store, const Speaker& speaker,
                  const LinkState& state, std::function<void()> wake,
                  std::function<RenewalState()> renewal)
      : runtime_(runtime),
        store_(store),
        speaker_(speaker),
        state_(state),
        wake_(std::move(wake)),
        renewal_(std::move(renewal)) {}

  grpc::ServerUnaryReactor* ListAssignments(Context* context,
                                            const pb::ListAssignmentsRequest* request,
                                            pb::ListAssignmentsResponse* response) override {
    return List(context, "ListAssignments", request, response,
                [](feed::View& view, const auto& q, auto& r) {
                  return PageOfAssignments(view, q.page_size(), q.page_token(),
                                           r.mutable_assignments());
                });
  }

  grpc::ServerUnaryReactor* GetAssignment(Context* context, const pb::GetAssignmentRequest* request,
                                          pb::NodeAssignment* response) override {
    return rpc::Read(runtime_, context, Method("GetAssignment"), request, response,
                     [this](const rpc::Call&, const auto& q, auto& r) -> absl::Status {
                       DUBAN_ASSIGN_OR_RETURN(const auto name, Own(q.name()));
                       return store_.Read([&](feed::View& view) -> absl::Status {
                         DUBAN_ASSIGN_OR_RETURN(r, LoadAssignment(view, name));
                         return absl::OkStatus();
                       });
                     });
  }

  grpc::ServerUnaryReactor* AcknowledgeAssignment(Context* context,
                                                  const pb::AcknowledgeAssignmentRequest* request,
                                                  pb::Submission* response) override {
    return Submit(context, "AcknowledgeAssignment", request, response,
                  [this](const rpc::Call& call, const auto& q, feed::Tx& tx, auto& r) {
                    rp::Acknowledgement payload;
                    payload.set_assignment(q.name());
                    return Say(call, tx, q, q.name(), rp::PAYLOAD_TYPE_ACKNOWLEDGEMENT,
                               AssignmentVerb::kAcknowledge, payload, r);
                  });
  }

  grpc::ServerUnaryReactor* DisputeAssignment(Context* context,
                                              const pb::DisputeAssignmentRequest* request,
                                              pb::Submission* response) override {
    return Submit(
        context, "DisputeAssignment", request, response,
        [this](const rpc::Call& call, const auto& q, feed::Tx& tx, auto& r) -> absl::Status {
          DUBAN_RETURN_IF_ERROR(report::CheckReason("reason", q.reason()));
          rp::Dispute payload;
          payload.set_assignment(q.name());
          payload.set_reason(q.reason());
          return Say(call, tx, q, q.name(), rp::PAYLOAD_TYPE_DISPUTE, AssignmentVerb::kDispute,
                     payload, r);
        });
  }

  grpc::ServerUnaryReactor* ClaimDone(Context* context, const pb::ClaimDoneRequest* request,
                                      pb::Submission* response) override {
    return Submit(
        context, "ClaimDone", request, response,
        [this](const rpc::Call& call, const auto& q, feed::Tx& tx, auto& r) -> absl::Status {
          DUBAN_RETURN_IF_ERROR(report::CheckReason("statement", q.statement()));
          rp::DoneClaim payload;
          payload.set_assignment(q.name());
          payload.set_statement(q.statement());
          return Say(call, tx, q, q.name(), rp::PAYLOAD_TYPE_DONE_CLAIM, AssignmentVerb::kClaimDone,
                     payload, r);
        });
  }

  grpc::ServerUnaryReactor* SaveDraft(Context* context, const pb::SaveDraftRequest* request,
                                      pb::Draft* response) override {
    return rpc::Write(
        runtime_, context, Method("SaveDraft"), request, response, store_,
        [this](const rpc::Call& call, const auto& q, feed::Tx& tx, pb::Draft& r) -> absl::Status {
          DUBAN_ASSIGN_OR_RETURN(const auto name, Own(q.content().assignment()));
          DUBAN_ASSIGN_OR_RETURN(const auto assignment, LoadAssignment(tx, name));
          DUBAN_RETURN_IF_ERROR(CheckContent(q.content(), assignment, name));
          r.set_name(DraftName(name, q.content().period()));
          *r.mutable_content() = q.content();
          *r.mutable_update_time() = feed::ToTimestamp(tx.now());
          r.set_author(call.caller.identity.ToString());
          return PutPrivate(tx, r.name(), r);
        });
  }

  grpc::ServerUnaryReactor* ListDrafts(Context* context, const pb::ListDraftsRequest* request,
                                       pb::ListDraftsResponse* response) override {
    return List(context, "ListDrafts", request, response,
                [](feed::View& view, const auto& q, auto& r) {
                  return PageByKey<pb::Draft>(view, kDraftsPrefix, q.page_size(), q.page_token(),
                                              r.mutable_drafts());
                });
  }

  grpc::ServerUnaryReactor* SubmitReport(Context* context, const pb::SubmitReportRequest* request,
                                         pb::Submission* response) override {
    return Submit(context, "SubmitReport", request, response,
                  [this](const rpc::Call& call, const auto& q, feed::Tx& tx, auto& r) {
                    return Say(call, tx, q, q.content().assignment(), rp::PAYLOAD_TYPE_REPORT,
                               AssignmentVerb::kReport, q.content(), r);
                  });
  }

  grpc::ServerUnaryReactor* ListSubmissions(Context* context,
                                            const pb::ListSubmissionsRequest* request,
                                            pb::ListSubmissionsResponse* response) override {
    return List(context, "ListSubmissions", request, response,
                [](feed::View& view, const auto& q, auto& r) {
                  return PageByKey<pb::Submission>(view, kSubmissionsPrefix, q.page_size(),
                                                   q.page_token(), r.mutable_submissions());
                });
  }

  grpc::ServerUnaryReactor* ListInbox(Context* context, const pb::ListInboxRequest* request,
                                      pb::ListInboxResponse* response) override {
    return List(context, "ListInbox", request, response,
                [](feed::View& view, const auto& q, auto& r) {
                  return PageByKey<pb::InboxItem>(view, kInboxPrefix, q.page_size(), q.page_token(),
                                                  r.mutable_items());
                });
  }

  grpc::ServerUnaryReactor* GetNodeStatus(Context* context, const pb::GetNodeStatusRequest* request,
                                          pb::NodeStatus* response) override {
    return rpc::Read(runtime_, context, Method("GetNodeStatus"), request, response,
                     [this](const rpc::Call&, const auto&, pb::NodeStatus& r) {
                       FillLink(r);
                       return store_.Read([&](feed::View& view) { return FillPosition(view, r); });
                     });
  }

 private:
  // One of the agency's own assignments, known or not.
  absl::StatusOr<AssignmentName> Own(absl::string_view text) const {
    DUBAN_ASSIGN_OR_RETURN(const AssignmentName name, AssignmentName::Parse(text));
    if (name.agency != speaker_.node.agency) return auth::NotAllowed();
    return name;
  }

  // A list within the agency: `page` fills the response and returns the next page's token.
  template <typename Request, typename Response, typename PageBody>
  grpc::ServerUnaryReactor* List(Context* context, absl::string_view method, const Request* request,
                                 Response* response, PageBody page) {
    return rpc::Read(runtime_, context, Method(method), request, response,
                     [this, page](const rpc::Call&, const Request& q, Response& r) {
                       return store_.Read([&](feed::View& view) -> absl::Status {
                         DUBAN_ASSIGN_OR_RETURN(auto next, page(view, q, r));
                         r.set_next_page_token(next);
                         return absl::OkStatus();
                       });
                     });
  }

  // A body that may queue something: the sender is woken when it is durable.
  template <typename Request, typename Body>
  grpc::ServerUnaryReactor* Submit(Context* context, absl::string_view method,
                                   const Request* request, pb::Submission* response, Body body) {
    return rpc::Async<Request, pb::Submission>(
        runtime_, context, Method(method), request, response,
        [this, body](const rpc::Call& call, const Request& q, pb::Submission& r, rpc::Done done) {
          store_.Write([body, &call, &q, &r](feed::Tx& tx) { return body(call, q, tx, r); },
                       [this, done](absl::StatusOr<int64_t> revision) {
                         wake_();
                         done(revision.status());
                       });
        });
  }

  // Checks what the agency says, signs and queues it; a report's draft is done with. The same
  // request again gets the same answer.
  template <typename Request, typename Payload>
  absl::Status Say(const rpc::Call& call, feed::Tx& tx, const Request& request,
                   absl::string_view text, rp::PayloadType type, AssignmentVerb verb,
                   const Payload& payload, pb::Submission& out) {
    DUBAN_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
    DUBAN_ASSIGN_OR_RETURN(const auto name, Own(text));
    const std::string content = absl::StrCat(call.method, "\n", request.SerializeAsString());
    DUBAN_ASSIGN_OR_RETURN(auto answer, FindAnswer(tx, request.request_id(), content));
    if (answer) {
      out = *std::move(answer);
      return absl::OkStatus();
    }
    DUBAN_ASSIGN_OR_RETURN(const auto assignment, LoadAssignment(tx, name));
    DUBAN_RETURN_IF_ERROR(CheckVerb(tx, assignment, verb));
    Saying saying = {.type = type,
                     .assignment = name.ToString(),
                     .payload = payload.SerializeAsString(),
                     .author = call.caller.identity.ToString()};
    if constexpr (std::is_same_v<Payload, rp::ReportContent>) {
      DUBAN_RETURN_IF_ERROR(CheckReport(tx, payload, assignment, name));
      saying.period = payload.period();
      DUBAN_RETURN_IF_ERROR(DropDraft(tx, DraftName(name, payload.period())));
    }
    DUBAN_ASSIGN_OR_RETURN(out, Enqueue(tx, saying, speaker_));
    DUBAN_ASSIGN_OR_RETURN(const auto position, ReadPosition(tx));
    return RememberAnswer(tx, request.request_id(), content,
                          SubmissionKey(position.epoch, position.last_seq));
  }

  static absl::Status DropDraft(feed::Tx& tx, const std::string& name) {
    DUBAN_ASSIGN_OR_RETURN(const auto draft, tx.Get(name));
    return draft ? tx.Delete(name) : absl::OkStatus();
  }

  void FillLink(pb::NodeStatus& status) const {
    const LinkState::Seen link = state_.Get();
    status.set_name(speaker_.node.ToString());
    status.set_key_id(speaker_.signer.key_id());
    status.set_connected(link.connected);
    status.set_link_error(link.error);
    status.set_frozen(link.frozen);
    if (link.last_contact) {
      *status.mutable_last_contact_time() = feed::ToTimestamp(*link.last_contact);
    }
    const RenewalState renewal = renewal_();
    status.set_renewal_error(renewal.error);
    if (renewal.certificate_end) {
      *status.mutable_certificate_end_time() = feed::ToTimestamp(*renewal.certificate_end);
    }
  }

  static absl::Status FillPosition(feed::View& view, pb::NodeStatus& status) {
    DUBAN_ASSIGN_OR_RETURN(const auto position, ReadPosition(view));
    status.set_epoch(position.epoch);
    status.set_last_seq(position.last_seq);
    status.set_acked_through(position.acked_through);
    status.set_backlog(position.last_seq - position.acked_through);
    DUBAN_ASSIGN_OR_RETURN(const int assignments, CountAssignments(view));
    status.set_assignments(assignments);
    return absl::OkStatus();
  }

  rpc::Runtime& runtime_;
  feed::Store& store_;
  const Speaker speaker_;
  const LinkState& state_;
  const std::function<void()> wake_;
  const std::function<RenewalState()> renewal_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewNodeService(rpc::Runtime& runtime, feed::Store& store,
                                              const Speaker& speaker, const LinkState& state,
                                              std::function<void()> wake,
                                              std::function<RenewalState()> renewal) {
  return std::make_unique<NodeServiceImpl>(runtime, store, speaker, state, std::move(wake),
                                           std::move(renewal));
}

}  // namespace duban::node
