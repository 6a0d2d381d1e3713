// What every call of the suite meets before its body, over real connections.
#include "services/common/rpc/handler.h"

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "duban/common/v1/caller.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "services/common/testing/echo_server.h"
#include "services/common/testing/echo_service.grpc.pb.h"
#include "services/common/testing/status_matchers.h"

namespace duban::rpc {
namespace {

using testing::EchoServer;
using testing::IsOk;
using testing::Pki;
using testing::StatusIs;
using testing::TempDir;
using testing::v1::EchoRequest;
using testing::v1::EchoResponse;
using testing::v1::EchoService;
using Method = grpc::Status (EchoService::Stub::*)(grpc::ClientContext*, const EchoRequest&,
                                                   EchoResponse*);

constexpr absl::Duration kPatience = absl::Seconds(20);

class HandlerTest : public ::testing::Test {
 protected:
  static std::unique_ptr<EchoService::Stub> Stub(std::shared_ptr<grpc::Channel> channel) {
    return EchoService::NewStub(std::move(channel));
  }

  // Calls with a deadline; the answer or the error as an absl::Status.
  static absl::StatusOr<EchoResponse> Call(EchoService::Stub& stub, Method method,
                                           const EchoRequest& request,
                                           const Metadata& metadata = {}) {
    grpc::ClientContext context;
    Prepare(context, absl::Now() + kPatience, "");
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    EchoResponse response;
    grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  }

  static EchoRequest Text(const std::string& text) {
    EchoRequest request;
    request.set_text(text);
    return request;
  }

  absl::Status EchoWith(const TlsFiles& tls) {
    return Call(*Stub(server_.Connect(tls)), &EchoService::Stub::Echo, Text("x")).status();
  }

  static std::string Vouch(const std::string& identity, std::vector<auth::Role> roles) {
    common::v1::Caller caller;
    caller.set_identity(identity);
    for (auth::Role role : roles) caller.add_roles(role);
    return caller.SerializeAsString();
  }

  EchoServer server_;
};

TEST_F(HandlerTest, AnswersAHubService) {
  auto stub = Stub(server_.ConnectAs("task"));
  ASSERT_OK_AND_ASSIGN(auto response, Call(*stub, &EchoService::Stub::Echo, Text("hello"),
                                           {{"duban-request-id", "req-1"}}));
  EXPECT_EQ(response.text(), "hello");
  EXPECT_EQ(response.request_id(), "req-1");
  EXPECT_EQ(response.caller(), "spiffe://duban.test/hub/task");
}

TEST_F(HandlerTest, RefusesACertificateThatEndsDuringTheConnection) {
  auto stub = Stub(server_.ConnectAs("task"));
  ASSERT_THAT(Call(*stub, &EchoService::Stub::Echo, Text("x")), IsOk());
  server_.call_clock().Shift(absl::Hours(24 * 40));
  EXPECT_THAT(Call(*stub, &EchoService::Stub::Echo, Text("x")),
              StatusIs(absl::StatusCode::kUnauthenticated, "CERTIFICATE_EXPIRED"));
}

TEST_F(HandlerTest, AServiceThatStopsServingSaysSoAndStillAnswers) {
  auto channel = server_.ConnectAs("task");
  auto health = grpc::health::v1::Health::NewStub(channel);
  grpc::ClientContext context;
  auto reader = health->Watch(&context, {});
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  server_.runtime().StopServing();
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  grpc::ClientContext check;
  Prepare(check, absl::Now() + kPatience, "");
  ASSERT_THAT(FromGrpc(health->Check(&check, {}, &response)), IsOk());
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  EXPECT_THAT(Call(*Stub(channel), &EchoService::Stub::Echo, Text("x")), IsOk());
}

TEST(RuntimeTest, TakesPiecesOfStreamsWhenNoCallFitsAnyMore) {
  Runtime runtime(auth::HubAuthenticate(testing::kTrustDomain), SystemClock());
  absl::Notification go;
  absl::BlockingCounter ran(1);
  int taken = 0;
  while (runtime.Run([&] { go.WaitForNotification(); })) ++taken;
  EXPECT_GE(taken, kMaxQueued);
  EXPECT_TRUE(runtime.RunInAnyCase([&] { ran.DecrementCount(); }));
  go.Notify();
  ran.Wait();
}

TEST_F(HandlerTest, MakesARequestIdWhenTheCallersIsNone) {
  auto stub = Stub(server_.ConnectAs("task"));
  for (const char* id : {"", "two words", "semi;colon"}) {
    ASSERT_OK_AND_ASSIGN(auto response, Call(*stub, &EchoService::Stub::Echo, Text("x"),
                                             {{"duban-request-id", id}}));
    EXPECT_EQ(response.request_id().size(), 16u);
  }
}

TEST_F(HandlerTest, RefusesAForeignAuthority) {
  TempDir dir;
  Pki foreign(dir.path(), testing::kTrustDomain);
  TlsFiles tls = foreign.IssueHub("task");
  tls.ca = server_.pki().ca_file();
  EXPECT_THAT(EchoWith(tls), StatusIs(absl::StatusCode::kUnavailable, "UNAVAILABLE"));
}

TEST_F(HandlerTest, ClientRefusesAServerOfAForeignAuthority) {
  TempDir dir;
  Pki foreign(dir.path(), testing::kTrustDomain);
  TlsFiles tls = server_.pki().IssueHub("task");
  tls.ca = foreign.ca_file();
  EXPECT_THAT(EchoWith(tls), StatusIs(absl::StatusCode::kUnavailable, "UNAVAILABLE"));
}

TEST_F(HandlerTest, ClientRefusesAServerOfAnotherName) {
  auto channel = NewChannel({.address = server_.address(),
                             .server_name = HubServerName("task", testing::kTrustDomain),
                             .tls = server_.pki().IssueHub("gateway")});
  EXPECT_THAT(Call(*EchoService::NewStub(channel), &EchoService::Stub::Echo, Text("x")),
              StatusIs(absl::StatusCode::kUnavailable, "UNAVAILABLE"));
}

TEST_F(HandlerTest, RefusesAnExpiredCertificate) {
  EXPECT_THAT(EchoWith(server_.pki().Issue({.uri_sans = {"spiffe://duban.test/hub/task"},
                                            .not_before = absl::Now() - absl::Hours(48),
                                            .not_after = absl::Now() - absl::Hours(24)})),
              StatusIs(absl::StatusCode::kUnavailable, "UNAVAILABLE"));
}

TEST_F(HandlerTest, RefusesAClientWithoutACertificate) {
  grpc::experimental::TlsChannelCredentialsOptions tls;
  tls.set_verify_server_certs(false);
  tls.set_check_call_host(false);
  tls.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  auto channel = grpc::CreateChannel(server_.address(), grpc::experimental::TlsCredentials(tls));
  EXPECT_THAT(Call(*EchoService::NewStub(channel), &EchoService::Stub::Echo, Text("x")),
              StatusIs(absl::StatusCode::kUnavailable, "UNAVAILABLE"));
}

TEST_F(HandlerTest, RefusesPlaintext) {
  auto channel = grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials());
  EXPECT_THAT(Call(*EchoService::NewStub(channel), &EchoService::Stub::Echo, Text("x")),
              StatusIs(absl::StatusCode::kUnavailable, "UNAVAILABLE"));
}

TEST_F(HandlerTest, RefusesAnythingButExactlyOneIdentityOfOurs) {
  const absl::Time from = absl::Now() - absl::Hours(1), to = absl::Now() + absl::Hours(1);
  const std::vector<std::vector<std::string>> names = {
      {},
      {"spiffe://duban.test/hub/task", "spiffe://duban.test/hub/gateway"},
      {"spiffe://other.test/hub/task"},
      {"spiffe://duban.test/root"},
      {"https://duban.test/hub/task"}};
  for (const auto& uris : names) {
    EXPECT_THAT(
        EchoWith(server_.pki().Issue({.uri_sans = uris, .not_before = from, .not_after = to})),
        StatusIs(absl::StatusCode::kUnauthenticated, "NO_IDENTITY"))
        << uris.size();
  }
}

TEST_F(HandlerTest, DeniesInTheSameBytesWhateverTheReason) {
  auto hub = Stub(server_.ConnectAs("task"));
  auto node = Stub(server_.Connect(server_.pki().IssueNode("dpc", "n1")));
  auto person = Stub(server_.Connect(server_.pki().Issue("/operator/li")));
  const auto denied = Call(*hub, &EchoService::Stub::Audit, Text("x")).status();
  EXPECT_THAT(denied, StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"));
  EXPECT_EQ(Call(*node, &EchoService::Stub::Echo, Text("x")).status(), denied);
  EXPECT_EQ(Call(*person, &EchoService::Stub::Echo, Text("x")).status(), denied);
}

TEST_F(HandlerTest, GatewayAloneSpeaksForOthers) {
  const std::string id = "spiffe://duban.test/operator/li";
  const Metadata vouched = {{"duban-caller-bin", Vouch(id, {common::v1::ROLE_SUPERVISOR})}};
  auto gateway = Stub(server_.ConnectAs("gateway"));
  ASSERT_OK_AND_ASSIGN(auto response, Call(*gateway, &EchoService::Stub::Echo, Text("x"), vouched));
  EXPECT_EQ(response.caller(), id);
  // The person's roles count, not the gateway's.
  EXPECT_THAT(Call(*gateway, &EchoService::Stub::Keep, Text("x"), vouched),
              StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"));
  EXPECT_THAT(Call(*Stub(server_.ConnectAs("task")), &EchoService::Stub::Echo, Text("x"), vouched),
              StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"));
  EXPECT_THAT(Call(*gateway, &EchoService::Stub::Echo, Text("x"),
                   {{"duban-caller-bin", Vouch(id, {common::v1::ROLE_HUB})}}),
              StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"));
  EXPECT_THAT(Call(*gateway, &EchoService::Stub::Echo, Text("x"), {{"duban-caller-bin", "\xFF"}}),
              StatusIs(absl::StatusCode::kUnauthenticated, "NO_IDENTITY"));
}

TEST_F(HandlerTest, RefusesRequestsOverTheMethodsSize) {
  auto stub = Stub(server_.ConnectAs("task"));
  EXPECT_THAT(Call(*stub, &EchoService::Stub::Echo, Text(std::string(60'000, 'x'))), IsOk());
  EXPECT_THAT(Call(*stub, &EchoService::Stub::Echo, Text(std::string(66'000, 'x'))),
              StatusIs(absl::StatusCode::kResourceExhausted, "REQUEST_TOO_LARGE"));
  EXPECT_THAT(Call(*stub, &EchoService::Stub::Keep, Text(std::string(1'100, 'x'))),
              StatusIs(absl::StatusCode::kResourceExhausted, "REQUEST_TOO_LARGE"));
  // Over the server's own limit gRPC answers before the wrapper.
  EXPECT_THAT(Call(*stub, &EchoService::Stub::Echo, Text(std::string(5'000'000, 'x'))),
              StatusIs(absl::StatusCode::kResourceExhausted, "RESOURCE_EXHAUSTED"));
}

TEST_F(HandlerTest, RequiresADeadlineOfAtMostAMinute) {
  auto stub = Stub(server_.ConnectAs("task"));
  EchoResponse response;
  grpc::ClientContext none;
  EXPECT_THAT(FromGrpc(stub->Echo(&none, Text("x"), &response)),
              StatusIs(absl::StatusCode::kInvalidArgument, "DEADLINE_REQUIRED"));
  grpc::ClientContext far;
  Prepare(far, absl::Now() + absl::Minutes(2), "");
  EXPECT_THAT(FromGrpc(stub->Echo(&far, Text("x"), &response)),
              StatusIs(absl::StatusCode::kInvalidArgument, "DEADLINE_TOO_LONG"));
  grpc::ClientContext minute;
  Prepare(minute, absl::Now() + kMaxDeadline, "");
  EXPECT_THAT(FromGrpc(stub->Echo(&minute, Text("x"), &response)), IsOk());
}

TEST_F(HandlerTest, ErrorsKeepReasonAndMetadata) {
  auto stub = Stub(server_.ConnectAs("task"));
  auto failed = Call(*stub, &EchoService::Stub::Fail, Text("\xE5\xBE\x90"));
  EXPECT_THAT(failed, StatusIs(absl::StatusCode::kAborted, "FAILED_ON_REQUEST"));
  EXPECT_EQ(ErrorMetadata(failed.status()), (Metadata{{"text", "\xE5\xBE\x90"}}));
  EXPECT_EQ(failed.status().message(), "as asked");
}

TEST_F(HandlerTest, WritesAreAnsweredWhenDurable) {
  auto stub = Stub(server_.ConnectAs("task"));
  EchoRequest request = Text("kept");
  request.set_key("k");
  ASSERT_THAT(Call(*stub, &EchoService::Stub::Keep, request), IsOk());
  EXPECT_EQ(server_.store().revision(), 1);
}

TEST_F(HandlerTest, UnknownMethodsAreUnimplemented) {
  grpc::ClientContext context;
  Prepare(context, absl::Now() + kPatience, "");
  auto stub = testing::v1::UnruledService::NewStub(server_.Connect(server_.pki().IssueHub("task")));
  EchoResponse response;
  EXPECT_THAT(FromGrpc(stub->Open(&context, Text("x"), &response)),
              StatusIs(absl::StatusCode::kUnimplemented, "UNIMPLEMENTED"));
}

TEST_F(HandlerTest, DrainingRefusesNewCallsAndTurnsHealth) {
  auto channel = server_.Connect(server_.pki().IssueHub("task"));
  auto echo = EchoService::NewStub(channel);
  auto health = grpc::health::v1::Health::NewStub(channel);
  const auto serving = [&] {
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckResponse response;
    EXPECT_THAT(FromGrpc(health->Check(&context, {}, &response)), IsOk());
    return response.status();
  };
  EXPECT_EQ(serving(), grpc::health::v1::HealthCheckResponse::SERVING);
  server_.runtime().StartDraining();
  EXPECT_EQ(serving(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  EXPECT_THAT(Call(*echo, &EchoService::Stub::Echo, Text("x")),
              StatusIs(absl::StatusCode::kUnavailable, "SHUTTING_DOWN"));
}

TEST_F(HandlerTest, HealthIsWatchedUntilTheEnd) {
  auto health = grpc::health::v1::Health::NewStub(server_.Connect(server_.pki().IssueHub("task")));
  grpc::ClientContext context;
  auto reader = health->Watch(&context, {});
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  server_.runtime().StartDraining();
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(reader->Read(&response));
}

TEST_F(HandlerTest, HealthOfAnUnknownServiceIsNotFound) {
  auto health = grpc::health::v1::Health::NewStub(server_.Connect(server_.pki().IssueHub("task")));
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("no.such.Service");
  grpc::health::v1::HealthCheckResponse response;
  EXPECT_EQ(health->Check(&context, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace duban::rpc
