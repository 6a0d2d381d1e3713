#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/http/client.h"
#include "services/common/http/rate.h"
#include "services/common/http/server.h"
#include "services/common/sign/x509.h"
#include "services/common/testing/pki.h"
#include "services/common/testing/status_matchers.h"
#include "services/common/testing/temp_dir.h"

namespace duban::http {
namespace {

using testing::IsOk;
using testing::StatusIs;

std::string Slurp(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A TCP connection to loopback.
class Raw {
 public:
  explicit Raw(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
  }
  ~Raw() { close(fd_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  int fd() const { return fd_; }
  // Waits until the other side closes; false when it says something first.
  bool Closed() const {
    char byte = 0;
    return connected_ && recv(fd_, &byte, 1, 0) <= 0;
  }

 private:
  int fd_;
  bool connected_ = false;
};

// The same with TLS on it, believing any certificate.
class RawTls {
 public:
  explicit RawTls(int port) : tcp_(port), context_(SSL_CTX_new(TLS_client_method())) {
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, tcp_.fd());
    connected_ = SSL_connect(ssl_) == 1;
  }
  ~RawTls() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  bool connected() const { return connected_; }
  bool Write(const std::string& text) {
    return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0;
  }
  // All that comes until the other side closes.
  std::string ReadAll() {
    std::string all;
    char part[4096];
    for (int n = 0; (n = SSL_read(ssl_, part, sizeof(part))) > 0;) all.append(part, n);
    return all;
  }

 private:
  Raw tcp_;
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  bool connected_ = false;
};

class HttpTest : public ::testing::Test {
 protected:
  // Echoes method, target and body.
  void Start(ServerOptions options = {}) {
    options.address = "127.0.0.1:0";
    if (options.cert.empty()) options.cert = tls_.cert, options.key = tls_.key;
    options.chain = pki_.ca_file();
    auto server = Server::Start(options, [this](const Request& request) {
      ++handled_;
      return Response{.status = 200,
                      .body = absl::StrCat(request.method, " ", request.target, " ", request.body)};
    });
    ASSERT_THAT(server.status(), IsOk());
    server_ = *std::move(server);
  }

  Trust Pinned() const {
    return {.pin = sign::ReadCertificate(Slurp(pki_.ca_file()))->spki_sha256,
            .ca = {},
            .identity = "/hub/agency"};
  }
  absl::StatusOr<Response> Ask(const Trust& trust, const Request& request = {}) const {
    return Send({.address = absl::StrCat("127.0.0.1:", server_->port()), .trust = trust}, request);
  }
  int StatusOf(const Request& request) const {
    const auto response = Ask(Pinned(), request);
    return response.ok() ? response->status : 0;
  }

  testing::TempDir dir_;
  testing::Pki pki_{dir_.File("pki"), "duban.test"}, other_{dir_.File("other"), "duban.test"};
  rpc::TlsFiles tls_ = pki_.IssueHub("agency");
  std::atomic<int> handled_ = 0;
  std::unique_ptr<Server> server_;
};

TEST_F(HttpTest, AnswersAClientThatKnowsTheAuthorityByItsKeyOrItsCertificate) {
  Start();
  const auto pinned =
      Ask(Pinned(), {.method = "POST", .target = "/v1/x", .body = "{}", .address = {}});
  ASSERT_THAT(pinned.status(), IsOk());
  EXPECT_EQ(pinned->body, "POST /v1/x {}");
  Trust bundle{
      .pin = {}, .ca = Slurp(other_.ca_file()) + Slurp(pki_.ca_file()), .identity = "/hub/agency"};
  EXPECT_THAT(Ask(bundle).status(), IsOk());
}

TEST_F(HttpTest, AnotherAuthorityOrAnotherPartOfTheSuiteIsNotTrusted) {
  Start();
  const auto refused = StatusIs(absl::StatusCode::kUnauthenticated, "SERVER_NOT_TRUSTED");
  Trust wrong_pin = Pinned();
  wrong_pin.pin = sign::ReadCertificate(Slurp(other_.ca_file()))->spki_sha256;
  EXPECT_THAT(Ask(wrong_pin).status(), refused);
  Trust leaf_pin = Pinned();  // a leaf is no authority
  leaf_pin.pin = sign::ReadCertificate(Slurp(tls_.cert))->spki_sha256;
  EXPECT_THAT(Ask(leaf_pin).status(), refused);
  EXPECT_THAT(Ask({.pin = {}, .ca = Slurp(other_.ca_file()), .identity = "/hub/agency"}).status(),
              refused);
  EXPECT_THAT(Ask({.pin = {}, .ca = "", .identity = "/hub/agency"}).status(), refused);
  Trust other_part = Pinned();
  other_part.identity = "/hub/task";
  EXPECT_THAT(Ask(other_part).status(), refused);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpTest, ANodeOfTheSameAuthorityCannotStandInForTheHub) {
  const rpc::TlsFiles node = pki_.IssueNode("finance", "n1");
  Start({.address = {}, .cert = node.cert, .key = node.key});
  EXPECT_THAT(Ask(Pinned()).status(),
              StatusIs(absl::StatusCode::kUnauthenticated, "SERVER_NOT_TRUSTED"));
}

TEST_F(HttpTest, AnExpiredServerIsTalkedToOnlyWhenTimeDoesNotCount) {
  const rpc::TlsFiles old = pki_.Issue({.uri_sans = {"spiffe://duban.test/hub/agency"},
                                        .not_before = absl::Now() - absl::Hours(48),
                                        .not_after = absl::Now() - absl::Hours(24)});
  Start({.address = {}, .cert = old.cert, .key = old.key});
  Trust trust = Pinned();
  EXPECT_THAT(Ask(trust).status(),
              StatusIs(absl::StatusCode::kUnauthenticated, "SERVER_NOT_TRUSTED"));
  trust.check_time = false;
  EXPECT_THAT(Ask(trust).status(), IsOk());
}

TEST_F(HttpTest, SaysWhetherTheNameOrTheConnectionIsWrong) {
  Start();
  const int port = server_->port();
  server_.reset();
  const auto send = [](const std::string& address) {
    return Send({.address = address, .trust = {}}, {}).status();
  };
  EXPECT_THAT(send(absl::StrCat("127.0.0.1:", port)),
              StatusIs(absl::StatusCode::kUnavailable, "SERVER_UNREACHABLE"));
  EXPECT_THAT(send("no-such-host.invalid:7406"),
              StatusIs(absl::StatusCode::kUnavailable, "SERVER_NAME_UNKNOWN"));
  for (const char* address : {"", "host", "host:", ":7406"}) {
    EXPECT_THAT(send(address), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_ADDRESS"))
        << address;
  }
}

TEST_F(HttpTest, HeadersAndBodiesAreBounded) {
  Start({.max_header_bytes = 4096, .max_body_bytes = 1000});
  EXPECT_EQ(StatusOf({.method = "POST", .body = std::string(1000, 'x')}), 200);
  EXPECT_EQ(StatusOf({.method = "POST", .body = std::string(1001, 'x')}), 413);
  EXPECT_EQ(StatusOf({.target = "/" + std::string(2000, 'x')}), 200);
  EXPECT_EQ(StatusOf({.target = "/" + std::string(8000, 'x')}), 431);
  EXPECT_EQ(handled_, 2);
  RawTls chunked(server_->port());
  std::string flood = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 3; ++i) absl::StrAppend(&flood, "190\r\n", std::string(400, 'y'), "\r\n");
  ASSERT_TRUE(chunked.Write(flood));
  EXPECT_THAT(chunked.ReadAll(), ::testing::StartsWith("HTTP/1.1 413"));
  RawTls nonsense(server_->port());
  ASSERT_TRUE(nonsense.Write("this is no HTTP\r\n\r\n"));
  EXPECT_THAT(nonsense.ReadAll(), ::testing::StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(handled_, 2);
}

TEST_F(HttpTest, WhoIsSlowIsClosedAndDelaysNobody) {
  Start({.max_step = absl::Milliseconds(300)});
  std::vector<std::unique_ptr<Raw>> silent;
  for (int i = 0; i < 64; ++i) silent.push_back(std::make_unique<Raw>(server_->port()));
  RawTls header(server_->port()), body(server_->port());
  ASSERT_TRUE(header.connected() && header.Write("GET / HTTP/1.1\r\nHost: x\r\nA: "));
  ASSERT_TRUE(body.connected() &&
              body.Write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"));
  EXPECT_EQ(StatusOf({}), 200);
  for (const auto& connection : silent) EXPECT_TRUE(connection->Closed());
  EXPECT_EQ(header.ReadAll(), "");
  EXPECT_EQ(body.ReadAll(), "");
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpTest, ConnectionsAreCountedInAllAndForEachAddress) {
  for (const ServerOptions& options :
       {ServerOptions{.max_connections = 3},
        ServerOptions{.max_connections_per_address = 3, .limit_loopback = true}}) {
    Start(options);
    std::vector<std::unique_ptr<RawTls>> open;
    for (int i = 0; i < 3; ++i) {
      open.push_back(std::make_unique<RawTls>(server_->port()));
      ASSERT_TRUE(open.back()->connected());
    }
    EXPECT_TRUE(Raw(server_->port()).Closed());
    for (auto& connection : open) {
      ASSERT_TRUE(connection->Write("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
      EXPECT_THAT(connection->ReadAll(), ::testing::StartsWith("HTTP/1.1 200"));
    }
    open.clear();
    // The server sees the ends of those connections a moment later.
    const absl::Time give_up = absl::Now() + absl::Seconds(10);
    while (StatusOf({}) != 200 && absl::Now() < give_up) {
    }
    EXPECT_EQ(StatusOf({}), 200);
  }
}

TEST_F(HttpTest, AnAddressThatAsksTooOftenIsToldSo) {
  Start({.limit_loopback = true, .requests_per_second = 0.001, .request_burst = 2});
  EXPECT_EQ(StatusOf({}), 200);
  EXPECT_EQ(StatusOf({}), 200);
  EXPECT_EQ(StatusOf({}), 429);
}

TEST(RateTest, EarnsBackWhatWasUsedUp) {
  Rate rate(/*per_second=*/2, /*burst=*/3);
  const absl::Time start = absl::UnixEpoch();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(rate.Take("a", start));
  EXPECT_FALSE(rate.Take("a", start));
  EXPECT_TRUE(rate.Take("b", start));
  EXPECT_TRUE(rate.Take("a", start + absl::Milliseconds(500)));
  EXPECT_FALSE(rate.Take("a", start + absl::Milliseconds(900)));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(rate.Take("a", start + absl::Hours(1)));
  EXPECT_FALSE(rate.Take("a", start + absl::Hours(1)));
}

TEST_F(HttpTest, ReadsItsFilesAnewWhenTheyChange) {
  Start();
  EXPECT_EQ(StatusOf({}), 200);
  const rpc::TlsFiles node = pki_.IssueNode("finance", "n1");
  std::filesystem::rename(node.key, tls_.key);
  std::filesystem::rename(node.cert, tls_.cert);
  EXPECT_THAT(Ask(Pinned()).status(),
              StatusIs(absl::StatusCode::kUnauthenticated, "SERVER_NOT_TRUSTED"));
  const rpc::TlsFiles again = pki_.IssueHub("agency");
  std::filesystem::rename(again.key, tls_.key);
  std::filesystem::rename(again.cert, tls_.cert);
  EXPECT_EQ(StatusOf({}), 200);
}

TEST_F(HttpTest, DoesNotStartOnFilesThatCannotBeUsed) {
  const auto start = [&](const std::string& cert, const std::string& key) {
    return Server::Start({.address = "127.0.0.1:0", .cert = cert, .key = key},
                         [](const Request&) { return Response{}; })
        .status();
  };
  const auto bad = StatusIs(absl::StatusCode::kInvalidArgument, "BAD_TLS_FILES");
  EXPECT_THAT(start(dir_.File("nothing"), tls_.key), bad);
  EXPECT_THAT(start(tls_.cert, pki_.IssueHub("task").key), bad);
}

}  // namespace
}  // namespace duban::http
