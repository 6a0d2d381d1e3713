// The gateway over real connections, with services behind it that serve feeds from memory.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/gateway/v1/progress_service.grpc.pb.h"
#include "duban/node/v1/node_service.grpc.pb.h"
#include "duban/reporting/v1/reporting_service.grpc.pb.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "services/common/base/clock.h"
#include "services/common/base/ids.h"
#include "services/common/feed/messages.h"
#include "services/common/feed/watch_server.h"
#include "services/common/rpc/client.h"
#include "services/common/rpc/handler.h"
#include "services/common/rpc/server.h"
#include "services/common/testing/pki.h"
#include "services/common/testing/status_matchers.h"
#include "services/common/testing/temp_dir.h"
#include "services/gateway/server/server.h"

namespace duban::gateway {
namespace {

namespace agn = duban::agency::v1;
namespace com = duban::common::v1;
namespace gw = duban::gateway::v1;
namespace rep = duban::reporting::v1;
namespace tsk = duban::task::v1;
using duban::testing::IsOk;
using duban::testing::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kTrust[] = "test.example";

// What a service behind the gateway has in this test: a store, its feed, and a port.
class Backend {
 public:
  Backend() : store_(feed::NewMemoryStore(SystemClock(), SystemIds())), feed_(*store_) {}

  void Listen(const rpc::TlsFiles& tls, grpc::Service& service, int port = 0) {
    auto server = rpc::Server::Start({.address = absl::StrCat("127.0.0.1:", port), .tls = tls},
                                     *runtime_, {&service});
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    port_ = server_->port();
  }
  void Stop() {
    server_.reset();
    runtime_.emplace(auth::HubAuthenticate(kTrust), SystemClock());
  }

  template <typename Message>
  int64_t Put(Message message, const std::string& plan = "p") {
    const auto revision =
        store_->WriteAndWait([&](feed::Tx& tx) { return feed::PutMessage(tx, message, plan, ""); });
    EXPECT_THAT(revision, IsOk());
    return revision.value_or(0);
  }

  grpc::ServerWriteReactor<com::WatchResponse>* Watch(grpc::CallbackServerContext* context,
                                                      const char* method,
                                                      const com::WatchRequest* request) {
    return feed::ServeFeed(*runtime_, context, method, request, feed_,
                           [](const rpc::Call&) { return feed::ServeOptions(); });
  }
  grpc::ServerUnaryReactor* State(grpc::CallbackServerContext* context, const char* method,
                                  const com::ListStateRequest* request,
                                  com::ListStateResponse* response) {
    return rpc::Read(*runtime_, context, method, request, response,
                     [this](const rpc::Call&, const auto& q, auto& r) {
                       return feed::ListState(*store_, q, r);
                     });
  }

  rpc::Runtime& runtime() { return *runtime_; }
  feed::Store& store() { return *store_; }
  int port() const { return port_; }

 private:
  std::unique_ptr<feed::Store> store_;
  feed::Feed feed_;
  std::optional<rpc::Runtime> runtime_{std::in_place, auth::HubAuthenticate(kTrust), SystemClock()};
  std::unique_ptr<rpc::Server> server_;
  int port_ = 0;
};

class Task final : public tsk::TaskService::CallbackService, public Backend {
 public:
  grpc::ServerWriteReactor<com::WatchResponse>* WatchMandate(
      grpc::CallbackServerContext* context, const com::WatchRequest* request) override {
    return Watch(context, "/duban.task.v1.TaskService/WatchMandate", request);
  }
  grpc::ServerUnaryReactor* ListState(grpc::CallbackServerContext* context,
                                      const com::ListStateRequest* request,
                                      com::ListStateResponse* response) override {
    return State(context, "/duban.task.v1.TaskService/ListState", request, response);
  }
  // Answers who asked, as this service was told.
  grpc::ServerUnaryReactor* GetPlan(grpc::CallbackServerContext* context,
                                    const tsk::GetPlanRequest* request,
                                    tsk::Plan* response) override {
    return rpc::Read(runtime(), context, "/duban.task.v1.TaskService/GetPlan", request, response,
                     [](const rpc::Call& call, const auto& q, auto& r) -> absl::Status {
                       if (q.name() != "plans/p") {
                         return MakeError(absl::StatusCode::kNotFound, "PLAN_NOT_FOUND", "no plan",
                                          {{"plan", q.name()}});
                       }
                       r.set_name(q.name());
                       r.set_title(call.caller.identity.ToString());
                       r.set_issuer(absl::StrJoin(call.caller.plans, ","));
                       r.set_document_number(call.request_id);
                       return absl::OkStatus();
                     });
  }
};

class Agency final : public agn::AgencyService::CallbackService, public Backend {
 public:
  grpc::ServerWriteReactor<com::WatchResponse>* WatchRegister(
      grpc::CallbackServerContext* context, const com::WatchRequest* request) override {
    return Watch(context, "/duban.agency.v1.AgencyService/WatchRegister", request);
  }
  grpc::ServerUnaryReactor* ListState(grpc::CallbackServerContext* context,
                                      const com::ListStateRequest* request,
                                      com::ListStateResponse* response) override {
    return State(context, "/duban.agency.v1.AgencyService/ListState", request, response);
  }
  grpc::ServerUnaryReactor* CreateCredential(grpc::CallbackServerContext* context,
                                             const agn::CreateCredentialRequest* request,
                                             agn::Credential* response) override {
    return rpc::Write(runtime(), context, "/duban.agency.v1.AgencyService/CreateCredential",
                      request, response, store(),
                      [](const rpc::Call&, const auto& q, feed::Tx& tx, auto& r) {
                        r = q.credential();
                        return feed::PutMessage(tx, r, "", "");
                      });
  }
};

class Reporting final : public rep::ReportingService::CallbackService, public Backend {
 public:
  grpc::ServerWriteReactor<com::WatchResponse>* WatchPerformance(
      grpc::CallbackServerContext* context, const com::WatchRequest* request) override {
    return Watch(context, "/duban.reporting.v1.ReportingService/WatchPerformance", request);
  }
  grpc::ServerUnaryReactor* ListState(grpc::CallbackServerContext* context,
                                      const com::ListStateRequest* request,
                                      com::ListStateResponse* response) override {
    return State(context, "/duban.reporting.v1.ReportingService/ListState", request, response);
  }
  grpc::ServerUnaryReactor* ListPresence(grpc::CallbackServerContext* context,
                                         const rep::ListPresenceRequest* request,
                                         rep::ListPresenceResponse* response) override {
    return rpc::Read(runtime(), context, "/duban.reporting.v1.ReportingService/ListPresence",
                     request, response,
                     [](const auto&, const auto&, auto&) { return absl::OkStatus(); });
  }
};

class GatewayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    task_.Listen(pki_.IssueHub("task"), task_);
    agency_.Listen(pki_.IssueHub("agency"), agency_);
    reporting_.Listen(pki_.IssueHub("reporting"), reporting_);
    const int64_t agency = PutCredential("boss", {com::ROLE_SUPERVISOR, com::ROLE_ADMIN});
    PutPlan();
    StartGateway();
    // Ready as soon as the register was read.
    AtLeast(0, agency, 0);
  }

  void StartGateway() {
    const rpc::TlsFiles tls = pki_.IssueHub("gateway");
    GatewayOptions options;
    options.listen = "127.0.0.1:0";
    options.tls_cert = tls.cert;
    options.tls_key = tls.key;
    options.tls_ca = tls.ca;
    options.task_address = absl::StrCat("127.0.0.1:", task_.port());
    options.agency_address = absl::StrCat("127.0.0.1:", agency_.port());
    options.reporting_address = absl::StrCat("127.0.0.1:", reporting_.port());
    auto server = GatewayServer::Start(options);
    ASSERT_THAT(server, IsOk());
    gateway_ = *std::move(server);
  }

  int64_t PutCredential(const std::string& who, std::vector<com::Role> roles,
                        std::vector<std::string> plans = {}, bool revoked = false) {
    agn::Credential credential;
    credential.set_name("credentials/" + who);
    credential.set_identity(absl::StrCat("spiffe://", kTrust, "/operator/", who));
    for (com::Role role : roles) credential.add_roles(role);
    for (const std::string& plan : plans) credential.add_plans(plan);
    if (revoked) credential.mutable_revoke_time()->set_seconds(1);
    return agency_.Put(credential, "");
  }
  int64_t PutPlan() {
    tsk::Plan plan;
    plan.set_name("plans/p");
    plan.set_title("方案");
    task_.Put(plan);
    tsk::Task task;
    task.set_name("plans/p/tasks/t1");
    task.set_number("1");
    task.set_state(tsk::TASK_STATE_ISSUED);
    task_.Put(task);
    tsk::Assignment assignment;
    assignment.set_name(kAssignment);
    return task_.Put(assignment);
  }
  int64_t PutReport(int bp, int version = 1) {
    rep::Report report;
    report.set_name(absl::StrCat(kAssignment, "/reports/2026-10@", version));
    report.set_version(version);
    report.set_state(rep::REPORT_STATE_SUBMITTED);
    report.mutable_content()->set_progress_bp(bp);
    return reporting_.Put(report);
  }

  std::shared_ptr<grpc::Channel> ConnectAs(const std::string& path) {
    return rpc::NewChannel({.address = absl::StrCat("127.0.0.1:", gateway_->port()),
                            .server_name = rpc::HubServerName("gateway", kTrust),
                            .tls = pki_.Issue(path)});
  }

  using Stub = gw::ProgressService::Stub;
  absl::StatusOr<gw::PlanProgress> GetPlan(Stub& stub, const gw::GetPlanProgressRequest& request,
                                           absl::Duration timeout = absl::Seconds(20)) {
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Now() + timeout, "r1");
    gw::PlanProgress plan;
    const absl::Status status = rpc::FromGrpc(stub.GetPlanProgress(&context, request, &plan));
    if (!status.ok()) return status;
    return plan;
  }
  gw::GetPlanProgressRequest Request(int64_t task, int64_t agency, int64_t reporting) {
    gw::GetPlanProgressRequest request;
    request.set_name("plans/p");
    request.mutable_at_least()->set_task(task);
    request.mutable_at_least()->set_agency(agency);
    request.mutable_at_least()->set_reporting(reporting);
    return request;
  }
  // The board as the boss sees it; asks again while the gateway has no credentials yet.
  gw::PlanProgress AtLeast(int64_t task, int64_t agency, int64_t reporting) {
    if (boss_ == nullptr) boss_ = gw::ProgressService::NewStub(ConnectAs("/operator/boss"));
    const gw::GetPlanProgressRequest request = Request(task, agency, reporting);
    absl::StatusOr<gw::PlanProgress> plan = GetPlan(*boss_, request);
    const absl::Time give_up = absl::Now() + absl::Seconds(20);
    while (absl::IsUnavailable(plan.status()) && absl::Now() < give_up) {
      std::this_thread::yield();
      plan = GetPlan(*boss_, request);
    }
    EXPECT_THAT(plan, IsOk());
    return plan.value_or(gw::PlanProgress());
  }

  absl::StatusOr<tsk::Plan> ProxiedGetPlan(const std::shared_ptr<grpc::Channel>& channel,
                                           const std::string& name) {
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Now() + absl::Seconds(20), "request-7");
    tsk::GetPlanRequest request;
    request.set_name(name);
    tsk::Plan plan;
    const absl::Status status =
        rpc::FromGrpc(tsk::TaskService::NewStub(channel)->GetPlan(&context, request, &plan));
    if (!status.ok()) return status;
    return plan;
  }

  static constexpr char kAssignment[] = "plans/p/tasks/t1/assignments/a";
  duban::testing::TempDir dir_;
  duban::testing::Pki pki_{dir_.path(), kTrust};
  Task task_;
  Agency agency_;
  Reporting reporting_;
  std::unique_ptr<GatewayServer> gateway_;
  std::unique_ptr<Stub> boss_;
};

TEST_F(GatewayTest, FoldsTheFeedsIntoABoard) {
  const int64_t revision = PutReport(4000);
  const gw::PlanProgress plan = AtLeast(3, 1, revision);
  EXPECT_EQ(plan.title(), "方案");
  EXPECT_EQ(plan.progress().reported().basis_points(), 4000);
  EXPECT_EQ(plan.assignment_count(), 1);
  EXPECT_GE(plan.position().reporting(), revision);
  EXPECT_THAT(plan.unreachable(), IsEmpty());
}

TEST_F(GatewayTest, WaitsForTheRevisionAskedForUntilTheDeadline) {
  const absl::StatusOr<gw::PlanProgress> never =
      GetPlan(*boss_, Request(0, 0, 1'000'000), absl::Milliseconds(300));
  EXPECT_THAT(never, StatusIs(absl::StatusCode::kDeadlineExceeded, "NOT_YET_THERE"));
  std::thread later([this] { PutReport(2500); });
  const absl::StatusOr<gw::PlanProgress> plan = GetPlan(*boss_, Request(0, 0, 1));
  later.join();
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->progress().reported().basis_points(), 2500);
}

TEST_F(GatewayTest, AsksForTheNewestWhenTheReadIsFresh) {
  PutReport(7000);
  gw::GetPlanProgressRequest request;
  request.set_name("plans/p");
  request.set_fresh(true);
  ASSERT_OK_AND_ASSIGN(const gw::PlanProgress plan, GetPlan(*boss_, request));
  EXPECT_EQ(plan.progress().reported().basis_points(), 7000);
}

TEST_F(GatewayTest, AnswersFromWhatItKnowsWhenAServiceIsAway) {
  AtLeast(3, 1, PutReport(4000));
  reporting_.Stop();
  gw::PlanProgress plan = AtLeast(0, 0, 0);
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  while (plan.unreachable().empty() && absl::Now() < give_up) plan = AtLeast(0, 0, 0);
  EXPECT_THAT(plan.unreachable(), ElementsAre("services/reporting"));
  EXPECT_EQ(plan.progress().reported().basis_points(), 4000);
  gw::GetPlanProgressRequest fresh;
  fresh.set_name("plans/p");
  fresh.set_fresh(true);
  EXPECT_THAT(GetPlan(*boss_, fresh), IsOk());
  reporting_.Listen(pki_.IssueHub("reporting"), reporting_, reporting_.port());
  EXPECT_EQ(AtLeast(0, 0, PutReport(5000, 2)).progress().reported().basis_points(), 5000);
}

TEST_F(GatewayTest, WatchersGetTheBoardNowAndAfterChanges) {
  grpc::ClientContext context;
  gw::WatchProgressRequest request;
  request.set_name("plans/p");
  const auto reader = boss_->WatchProgress(&context, request);
  gw::PlanProgress board;
  ASSERT_TRUE(reader->Read(&board));
  EXPECT_EQ(board.progress().reported().basis_points(), 0);
  constexpr int kReports = 50;
  for (int version = 1; version <= kReports; ++version) PutReport(version * 100, version);
  int messages = 0;
  while (board.progress().reported().basis_points() != kReports * 100) {
    ASSERT_TRUE(reader->Read(&board));
    ++messages;
  }
  EXPECT_LT(messages, kReports);  // conflated
  context.TryCancel();
  reader->Finish();
}

TEST_F(GatewayTest, ARevokedWatcherIsCutOff) {
  PutCredential("guest", {com::ROLE_AUDITOR});
  AtLeast(0, 2, 0);
  const auto guest = gw::ProgressService::NewStub(ConnectAs("/operator/guest"));
  grpc::ClientContext context;
  gw::WatchProgressRequest request;
  request.set_name("plans/p");
  const auto reader = guest->WatchProgress(&context, request);
  gw::PlanProgress board;
  ASSERT_TRUE(reader->Read(&board));
  PutCredential("guest", {com::ROLE_AUDITOR}, {}, /*revoked=*/true);
  while (reader->Read(&board)) {
  }
  EXPECT_THAT(rpc::FromGrpc(reader->Finish()),
              StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"));
}

TEST_F(GatewayTest, RefusesWhoHasNoRecordOrNotTheRole) {
  AtLeast(0, PutCredential("clerk", {com::ROLE_ADMIN}), 0);
  for (const char* path : {"/operator/stranger", "/operator/clerk", "/agency/a/node/n1",
                           "/agency/a/system/s", "/hub/task"}) {
    const auto stub = gw::ProgressService::NewStub(ConnectAs(path));
    EXPECT_THAT(GetPlan(*stub, Request(0, 0, 0)),
                StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"))
        << path;
  }
}

TEST_F(GatewayTest, RefusesPlansOutsideTheScopeWhetherTheyExistOrNot) {
  AtLeast(0, PutCredential("guest", {com::ROLE_AUDITOR}, {"other"}), 0);
  const auto stub = gw::ProgressService::NewStub(ConnectAs("/operator/guest"));
  gw::GetPlanProgressRequest request = Request(0, 0, 0);
  EXPECT_THAT(GetPlan(*stub, request),
              StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"));
  request.set_name("plans/none");
  EXPECT_THAT(GetPlan(*stub, request),
              StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"));
  request.set_name("plans/other");
  EXPECT_THAT(GetPlan(*stub, request), StatusIs(absl::StatusCode::kNotFound, "PLAN_NOT_FOUND"));
  request.set_name("nonsense");
  EXPECT_THAT(GetPlan(*stub, request),
              StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_NAME"));
}

TEST_F(GatewayTest, ProxyTellsTheServiceWhoAsks) {
  AtLeast(0, PutCredential("guest", {com::ROLE_AUDITOR}, {"p", "q"}), 0);
  ASSERT_OK_AND_ASSIGN(const tsk::Plan plan,
                       ProxiedGetPlan(ConnectAs("/operator/guest"), "plans/p"));
  EXPECT_EQ(plan.title(), "spiffe://test.example/operator/guest");
  EXPECT_EQ(plan.issuer(), "p,q");
  EXPECT_EQ(plan.document_number(), "request-7");
}

TEST_F(GatewayTest, ProxyPassesErrorsOnWithTheirDetails) {
  const auto plan = ProxiedGetPlan(ConnectAs("/operator/boss"), "plans/x");
  EXPECT_THAT(plan, StatusIs(absl::StatusCode::kNotFound, "PLAN_NOT_FOUND"));
  EXPECT_EQ(ErrorMetadata(plan.status())["plan"], "plans/x");
}

TEST_F(GatewayTest, ProxyRefusesByRole) {
  for (const char* path : {"/operator/stranger", "/hub/reporting", "/agency/a/node/n1"}) {
    EXPECT_THAT(ProxiedGetPlan(ConnectAs(path), "plans/p"),
                StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"))
        << path;
  }
  // A feed is for services of the hub alone.
  grpc::ClientContext context;
  rpc::Prepare(context, absl::Now() + absl::Seconds(20), "");
  const auto reader =
      tsk::TaskService::NewStub(ConnectAs("/operator/boss"))->WatchMandate(&context, {});
  com::WatchResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_THAT(rpc::FromGrpc(reader->Finish()),
              StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"));
}

TEST_F(GatewayTest, ProxyNamesTheServiceThatIsAway) {
  const auto channel = ConnectAs("/operator/boss");
  EXPECT_THAT(ProxiedGetPlan(channel, "plans/p"), IsOk());
  task_.Stop();
  const auto plan = ProxiedGetPlan(channel, "plans/p");
  EXPECT_THAT(plan, StatusIs(absl::StatusCode::kUnavailable, "SERVICE_UNREACHABLE"));
  EXPECT_EQ(ErrorMetadata(plan.status())["service"], "services/task");
}

TEST_F(GatewayTest, ProxyServesNothingElse) {
  grpc::ClientContext context;
  rpc::Prepare(context, absl::Now() + absl::Seconds(20), "");
  duban::node::v1::NodeStatus status;
  const auto stub = duban::node::v1::NodeService::NewStub(ConnectAs("/operator/boss"));
  EXPECT_THAT(rpc::FromGrpc(stub->GetNodeStatus(&context, {}, &status)),
              StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"));
}

TEST_F(GatewayTest, ANewCredentialIsInForceWhenItsCreationIsAnswered) {
  for (int i = 0; i < 20; ++i) {
    const std::string who = absl::StrCat("new", i);
    agn::CreateCredentialRequest request;
    request.mutable_credential()->set_name("credentials/" + who);
    request.mutable_credential()->set_identity(
        absl::StrCat("spiffe://", kTrust, "/operator/", who));
    request.mutable_credential()->add_roles(com::ROLE_AUDITOR);
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Now() + absl::Seconds(20), "");
    agn::Credential created;
    const auto stub = agn::AgencyService::NewStub(ConnectAs("/operator/boss"));
    ASSERT_THAT(rpc::FromGrpc(stub->CreateCredential(&context, request, &created)), IsOk());
    EXPECT_THAT(context.GetServerTrailingMetadata(), Contains(::testing::Key(rpc::kRevisionKey)));
    EXPECT_THAT(ProxiedGetPlan(ConnectAs("/operator/" + who), "plans/p"), IsOk());
  }
}

TEST_F(GatewayTest, ShutdownEndsWaitsAndWatches) {
  grpc::ClientContext context;
  gw::WatchProgressRequest request;
  request.set_name("plans/p");
  const auto reader = boss_->WatchProgress(&context, request);
  gw::PlanProgress board;
  ASSERT_TRUE(reader->Read(&board));
  gateway_->Shutdown(absl::Seconds(5));
  while (reader->Read(&board)) {
  }
  EXPECT_THAT(rpc::FromGrpc(reader->Finish()),
              StatusIs(absl::StatusCode::kUnavailable, "SHUTTING_DOWN"));
}

}  // namespace
}  // namespace duban::gateway
