#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "services/common/base/clock.h"
#include "services/common/enrolment/credentials.h"
#include "services/common/enrolment/messages.h"
#include "services/common/enrolment/slot.h"
#include "services/common/enrolment/token.h"
#include "services/common/http/server.h"
#include "services/common/sign/sign.h"
#include "services/common/testing/pki.h"
#include "services/common/testing/status_matchers.h"
#include "services/common/testing/temp_dir.h"

namespace duban::enrolment {
namespace {

using testing::ElementsAre;
using testing::IsOk;
using testing::StatusIs;

std::string Slurp(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(TokenTest, IsReadAsItWasWrittenAndNothingElseIs) {
  const Token token = Token::New(std::string(kPinBytes, 'p'), SystemIds());
  const std::string text = token.ToString();
  EXPECT_EQ(text.size(), 116u);
  const auto read = Token::Parse(absl::StrCat(" ", text, "\n"));
  ASSERT_THAT(read.status(), IsOk());
  EXPECT_EQ(read->pin, token.pin);
  EXPECT_EQ(read->secret, token.secret);
  EXPECT_EQ(HashOfSecret(token.secret).size(), 64u);
  for (const std::string& wrong :
       {std::string(), text.substr(1), text.substr(0, 115), text + "0", absl::AsciiStrToUpper(text),
        text.substr(0, 60) + "g" + text.substr(61)}) {
    EXPECT_THAT(Token::Parse(wrong).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, "BAD_TOKEN"))
        << wrong;
  }
}

TEST(MessagesTest, ARequestIsReadStrictly) {
  const EnrolRequest request{.secret = std::string(20, 's'),
                             .request = "PEM",
                             .signing_key = std::string(32, 'k'),
                             .version = "0.1.0",
                             .signature = std::string(64, 'x')};
  const std::string json = request.ToJson();
  ASSERT_THAT(EnrolRequest::Parse(json).status(), IsOk());
  EXPECT_EQ(EnrolRequest::Parse(json)->ToJson(), json);
  const auto refused = StatusIs(absl::StatusCode::kInvalidArgument, "BAD_ENROLMENT_REQUEST");
  const std::string open = json.substr(0, json.size() - 1);
  for (const std::string& wrong :
       {std::string("[]"), std::string(), open, open + ",\"more\":1}", open + ",\"version\":\"2\"}",
        absl::StrReplaceAll(json, {{"\"PEM\"", "7"}}),
        absl::StrReplaceAll(json, {{"\"version\"", "\"v\""}}),
        absl::StrReplaceAll(json, {{"\"PEM\"", "{\"a\":{\"b\":{}}}"}}),
        absl::StrReplaceAll(json, {{"PEM", std::string(5000, 'x')}})}) {
    EXPECT_THAT(EnrolRequest::Parse(wrong).status(), refused) << wrong.substr(0, 200);
  }
}

TEST(MessagesTest, WhatIsSignedCoversEveryField) {
  const EnrolRequest enrol{
      .secret = "s", .request = "r", .signing_key = "k", .version = "v", .signature = {}};
  const auto changed = [&](std::string EnrolRequest::*field) {
    EnrolRequest other = enrol;
    other.*field += "x";
    return other.Transcript("pin");
  };
  EXPECT_NE(changed(&EnrolRequest::secret), enrol.Transcript("pin"));
  EXPECT_NE(changed(&EnrolRequest::request), enrol.Transcript("pin"));
  EXPECT_NE(changed(&EnrolRequest::signing_key), enrol.Transcript("pin"));
  EXPECT_NE(changed(&EnrolRequest::version), enrol.Transcript("pin"));
  EXPECT_NE(enrol.Transcript("pin"), enrol.Transcript("pix"));
  RenewRequest renew{.node = "n",
                     .identity = "i",
                     .request = "r",
                     .time = absl::UnixEpoch(),
                     .version = "v",
                     .signature = {}};
  const std::string right = renew.Transcript();
  for (std::string RenewRequest::*field : {&RenewRequest::node, &RenewRequest::identity,
                                           &RenewRequest::request, &RenewRequest::version}) {
    RenewRequest other = renew;
    other.*field += "x";
    EXPECT_NE(other.Transcript(), right);
  }
  renew.time += absl::Nanoseconds(1);
  EXPECT_NE(renew.Transcript(), right);
  renew.signature = std::string(64, 'x');
  EXPECT_EQ(RenewRequest::Parse(renew.ToJson())->Transcript(), renew.Transcript());
}

TEST(MessagesTest, ErrorsTravelWhole) {
  const absl::Status error =
      MakeError(absl::StatusCode::kPermissionDenied, "TOKEN_REFUSED", "used", {{"why", "used"}});
  const absl::Status read = ErrorFromJson(ErrorToJson(error));
  EXPECT_EQ(read, error);
  EXPECT_EQ(ErrorMetadata(read)["why"], "used");
  for (const char* nonsense : {"", "{}", "<html>", "{\"code\":\"OK\"}"}) {
    EXPECT_THAT(ErrorFromJson(nonsense), StatusIs(absl::StatusCode::kUnavailable, "BAD_ANSWER"));
  }
}

TEST(MessagesTest, VersionsAreComparedByNumber) {
  const auto old = StatusIs(absl::StatusCode::kFailedPrecondition, "VERSION_TOO_OLD");
  EXPECT_THAT(CheckVersion("0.9.0", "0.10.0"), old);
  EXPECT_THAT(CheckVersion("0.10.0", "0.9.9"), IsOk());
  EXPECT_THAT(CheckVersion("1.2.3", "1.2.3"), IsOk());
  EXPECT_THAT(CheckVersion("what", "0.0.1"), old);
  EXPECT_THAT(CheckVersion("what", ""), IsOk());
}

TEST(SlotTest, AVersionCountsWhenItIsUsedAndTheOthersGo) {
  testing::TempDir dir;
  const Slot slot(dir.File("slot"));
  EXPECT_EQ(slot.current(), 0);
  ASSERT_EQ(slot.Prepare({{"a", "1"}}).value(), 1);
  EXPECT_EQ(slot.current(), 0);
  ASSERT_THAT(slot.Use(1), IsOk());
  EXPECT_EQ(Slurp(slot.Path("a")), "1");
  ASSERT_EQ(slot.Prepare({{"a", "2"}}).value(), 2);
  EXPECT_EQ(Slurp(slot.Path("a")), "1");
  ASSERT_THAT(slot.Add(2, {{"b", "3"}}), IsOk());
  ASSERT_THAT(slot.Use(2), IsOk());
  EXPECT_EQ(Slurp(slot.Path("a")) + Slurp(slot.Path("b")), "23");
  EXPECT_THAT(slot.versions(), ElementsAre(2));
  struct stat info {};
  ASSERT_EQ(stat(slot.Path("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto lock = slot.Take();
  ASSERT_THAT(lock.status(), IsOk());
  EXPECT_THAT(slot.Take().status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, "CREDENTIALS_IN_USE"));
}

TEST(RenewalTest, IsDueAtTwoThirdsOfTheLife) {
  const absl::Time issued = absl::FromUnixSeconds(1'800'000'000);
  const sign::Certificate certificate{.not_before = issued - kBackdated,
                                      .not_after = issued + absl::Hours(30)};
  EXPECT_LT(absl::AbsDuration(RenewAt(certificate, 0) - (issued + absl::Hours(20))),
            absl::Seconds(1));
  EXPECT_LT(absl::AbsDuration(RenewAt(certificate, 1) - (issued + absl::Hours(18.5))),
            absl::Seconds(1));
}

// A hub's listener that grants everything to agencies/finance/nodes/n1 and keeps what it was sent.
class EnrolTest : public ::testing::Test {
 protected:
  EnrolTest() {
    const rpc::TlsFiles tls = pki_.IssueHub("agency");
    auto server = http::Server::Start(
        {.address = "127.0.0.1:0", .cert = tls.cert, .key = tls.key, .chain = pki_.ca_file()},
        [this](const http::Request& request) { return Answer(request); });
    EXPECT_THAT(server.status(), IsOk());
    server_ = *std::move(server);
  }

  http::Response Answer(const http::Request& request) {
    std::lock_guard lock(mutex_);
    sent_.push_back(request.body);
    if (fail_)
      return {
          .status = 503,
          .body = ErrorToJson(MakeError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "later"))};
    const auto enrol = EnrolRequest::Parse(request.body);
    const auto renew = RenewRequest::Parse(request.body);
    const std::string node = "spiffe://duban.test/agency/finance/node/n1";
    const auto issuer = sign::Issuer::FromPem(Slurp(pki_.ca_file()), Slurp(pki_.ca_key_file()));
    const auto made = (*issuer)->Issue(enrol.ok() ? enrol->request : renew->request,
                                       {.uri = enrol.ok() ? node : renew->identity,
                                        .dns_name = {},
                                        .not_before = absl::Now() - kBackdated,
                                        .not_after = absl::Now() + absl::Hours(1)});
    Grant grant{.agency = "finance",
                .node = "n1",
                .epoch = ++epoch_,
                .certificate = *made,
                .ca = Slurp(pki_.ca_file()),
                .hub_address = "hub:1"};
    if (other_key_) grant.certificate = Slurp(pki_.IssueNode("finance", "n1").cert);
    return {.status = 200, .body = grant.ToJson()};
  }

  absl::StatusOr<Credentials> Run(const Token& token) {
    return Enrol(dir_.File("node"), absl::StrCat("127.0.0.1:", server_->port()), token);
  }
  Token NewToken() {
    return Token::New(sign::ReadCertificate(Slurp(pki_.ca_file()))->spki_sha256, SystemIds());
  }

  testing::TempDir dir_;
  testing::Pki pki_{dir_.File("pki"), "duban.test"};
  std::mutex mutex_;
  std::vector<std::string> sent_;
  bool fail_ = false, other_key_ = false;
  int64_t epoch_ = 0;
  std::unique_ptr<http::Server> server_;
};

TEST_F(EnrolTest, WhatWasInterruptedGoesOnWithTheSameRequest) {
  const Token token = NewToken();
  fail_ = true;
  EXPECT_THAT(Run(token).status(), StatusIs(absl::StatusCode::kUnavailable, "SHUTTING_DOWN"));
  EXPECT_THAT(ReadCredentials(dir_.File("node")).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, "NOT_ENROLLED"));
  // Killed while the answer was being written.
  std::ofstream(dir_.File("node/1/cert.pem")) << "half";
  fail_ = false;
  const auto own = Run(token);
  ASSERT_THAT(own.status(), IsOk());
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[0], sent_[1]);
  EXPECT_EQ(own->node.ToString(), "agencies/finance/nodes/n1");
  // Once more asks nobody, and no secret is left.
  EXPECT_EQ(Run(token)->certificate.serial, own->certificate.serial);
  EXPECT_EQ(sent_.size(), 2u);
  EXPECT_FALSE(std::filesystem::exists(dir_.File("node/current/request.json")));
}

TEST_F(EnrolTest, AnotherTokenMakesOtherKeys) {
  const auto first = Run(NewToken());
  ASSERT_THAT(first.status(), IsOk());
  const std::string sign_before = Slurp(first->sign), key_before = Slurp(first->key);
  const auto second = Run(NewToken());
  ASSERT_THAT(second.status(), IsOk());
  EXPECT_EQ(second->epoch, 2);
  EXPECT_NE(Slurp(second->sign), sign_before);
  EXPECT_NE(Slurp(second->key), key_before);
}

TEST_F(EnrolTest, RenewalChangesTheTlsKeyAlone) {
  const auto before = Run(NewToken());
  ASSERT_THAT(before.status(), IsOk());
  const std::string sign_before = Slurp(before->sign), key_before = Slurp(before->key);
  const auto after = Renew(dir_.File("node"), SystemClock());
  ASSERT_THAT(after.status(), IsOk());
  EXPECT_EQ(Slurp(after->sign), sign_before);
  EXPECT_NE(Slurp(after->key), key_before);
  EXPECT_NE(after->certificate.serial, before->certificate.serial);
  const RenewRequest request = *RenewRequest::Parse(sent_.back());
  const auto signer = sign::SignerFromPem(sign_before);
  EXPECT_TRUE(
      sign::VerifyEd25519((*signer)->public_key(), request.Transcript(), request.signature));
}

TEST_F(EnrolTest, AnAnswerForAnotherKeyIsNotTaken) {
  other_key_ = true;
  EXPECT_THAT(Run(NewToken()).status(), StatusIs(absl::StatusCode::kUnavailable, "BAD_ANSWER"));
  EXPECT_THAT(ReadCredentials(dir_.File("node")).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, "NOT_ENROLLED"));
}

TEST_F(EnrolTest, ASystemGetsACertificateOfItsAgency) {
  ASSERT_THAT(Run(NewToken()).status(), IsOk());
  const auto folder = RenewSystem(dir_.File("node"), "office", SystemClock());
  ASSERT_THAT(folder.status(), IsOk());
  EXPECT_THAT(SystemsOf(dir_.File("node")), ElementsAre("office"));
  EXPECT_THAT(ReadSystem(dir_.File("node"), "office")->uris,
              ElementsAre("spiffe://duban.test/agency/finance/system/office"));
  EXPECT_THAT(RenewSystem(dir_.File("node"), "../x", SystemClock()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_IDENTITY"));
}

}  // namespace
}  // namespace duban::enrolment
