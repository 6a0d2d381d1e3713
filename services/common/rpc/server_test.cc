#include "services/common/rpc/server.h"

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/common/rpc/handler.h"
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

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class ServerTest : public ::testing::Test {
 protected:
  absl::Status Start(const ListenOptions& options) {
    return Server::Start(options, runtime_, {}).status();
  }
  absl::Status StartWith(const TlsFiles& tls) {
    return Start({.address = "127.0.0.1:0", .tls = tls});
  }

  TempDir dir_;
  Pki pki_{dir_.path(), testing::kTrustDomain};
  Runtime runtime_{auth::HubAuthenticate(testing::kTrustDomain), SystemClock()};
};

TEST_F(ServerTest, RefusesFilesItCannotServe) {
  const TlsFiles good = pki_.IssueHub("task");
  const TlsFiles other = pki_.IssueHub("task");
  EXPECT_THAT(StartWith(good), IsOk());
  EXPECT_THAT(StartWith({.cert = "/none", .key = good.key, .ca = good.ca}),
              StatusIs(kInvalid, "BAD_TLS_FILES"));
  EXPECT_THAT(StartWith({.cert = good.cert, .key = other.key, .ca = good.ca}),
              StatusIs(kInvalid, "BAD_TLS_FILES"));
  EXPECT_THAT(StartWith({.cert = good.cert, .key = good.key, .ca = good.key}),
              StatusIs(kInvalid, "BAD_TLS_FILES"));
  const absl::Time now = absl::Now();
  EXPECT_THAT(StartWith(pki_.Issue({.uri_sans = {"spiffe://duban.test/hub/task"},
                                    .not_before = now - absl::Hours(2),
                                    .not_after = now - absl::Hours(1)})),
              StatusIs(kInvalid, "BAD_TLS_FILES"));
  EXPECT_THAT(
      StartWith(pki_.Issue({.uri_sans = {"spiffe://duban.test/hub/a", "spiffe://duban.test/hub/b"},
                            .not_before = now - absl::Hours(2),
                            .not_after = now + absl::Hours(1)})),
      StatusIs(kInvalid, "BAD_TLS_FILES"));
}

TEST_F(ServerTest, RefusesAddressesItCannotHave) {
  const TlsFiles tls = pki_.IssueHub("task");
  auto first = Server::Start({.address = "127.0.0.1:0", .tls = tls}, runtime_, {});
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Start({.address = absl::StrCat("127.0.0.1:", (*first)->port()), .tls = tls}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "ADDRESS_IN_USE"));
  for (const char* address : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:port"}) {
    EXPECT_THAT(Start({.address = address, .tls = tls}), StatusIs(kInvalid, "BAD_ADDRESS"))
        << address;
  }
}

TEST_F(ServerTest, RefusesAServiceWithoutAccessRules) {
  testing::v1::UnruledService::CallbackService service;
  EXPECT_THAT(
      Server::Start({.address = "127.0.0.1:0", .tls = pki_.IssueHub("task")}, runtime_, {&service}),
      StatusIs(absl::StatusCode::kInternal, "NO_ACCESS_RULE"));
}

TEST_F(ServerTest, TellsTheIdentityOfACertificate) {
  ASSERT_OK_AND_ASSIGN(auto identity, IdentityOfCertificate(pki_.IssueNode("dpc", "n1").cert));
  EXPECT_EQ(identity.ToString(), "spiffe://duban.test/agency/dpc/node/n1");
  EXPECT_THAT(IdentityOfCertificate(dir_.File("none")), StatusIs(kInvalid, "BAD_TLS_FILES"));
}

absl::Status Echo(testing::v1::EchoService::Stub& stub) {
  grpc::ClientContext context;
  Prepare(context, absl::Now() + absl::Seconds(20), "");
  context.set_wait_for_ready(true);
  EchoResponse response;
  return FromGrpc(stub.Echo(&context, EchoRequest(), &response));
}

int ConnectTcp(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

// True when the other side closed the connection.
bool WasClosed(int fd) {
  char byte;
  return recv(fd, &byte, 1, 0) <= 0;
}

TEST_F(ServerTest, ShedsConnectionsOverTheCapOfAnAddress) {
  auto server = Server::Start({.address = "127.0.0.1:0",
                               .tls = pki_.IssueHub("task"),
                               .max_connections_per_address = 3,
                               .limit_loopback = true},
                              runtime_, {});
  ASSERT_THAT(server, IsOk());
  std::vector<int> held;
  for (int i = 0; i < 3; ++i) held.push_back(ConnectTcp((*server)->port()));
  const int over = ConnectTcp((*server)->port());
  EXPECT_TRUE(WasClosed(over));
  close(over);
  for (int fd : held) close(fd);
}

// Runs in a process of its own, which has few descriptors: a flood takes them all, and honest calls
// work again afterwards.
void SurviveFlood() {
  int to_flooder[2], from_flooder[2];
  if (pipe(to_flooder) != 0 || pipe(from_flooder) != 0) _exit(1);
  const pid_t flooder = fork();  // before gRPC has threads
  if (flooder == 0) {
    int port = 0;
    close(from_flooder[0]);
    if (read(to_flooder[0], &port, sizeof port) != sizeof port) _exit(1);
    for (int i = 0; i < 200; ++i) ConnectTcp(port);
    _exit(0);  // closes them all
  }
  rlimit limit{80, 80};
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) _exit(2);
  EchoServer server;
  auto before = testing::v1::EchoService::NewStub(server.ConnectAs("task"));
  if (!Echo(*before).ok()) _exit(3);
  int port = 0;
  if (!absl::SimpleAtoi(server.address().substr(server.address().rfind(':') + 1), &port)) _exit(4);
  if (write(to_flooder[1], &port, sizeof port) != sizeof port) _exit(5);
  int status = 0;
  waitpid(flooder, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) _exit(6);
  auto after = testing::v1::EchoService::NewStub(server.ConnectAs("gateway"));
  if (!Echo(*before).ok() || !Echo(*after).ok()) _exit(7);
  _exit(0);
}

TEST(ServerDeathTest, SurvivesAFloodOfConnections) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(SurviveFlood(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace duban::rpc
