#include "services/agency/service/enrolment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/agency/domain/limits.h"
#include "services/agency/service/agencies.h"
#include "services/agency/service/join_tokens.h"
#include "services/agency/service/nodes.h"
#include "services/common/enrolment/credentials.h"
#include "services/common/enrolment/token.h"
#include "services/common/feed/messages.h"
#include "services/common/sign/sign.h"
#include "services/common/testing/fake_clock.h"
#include "services/common/testing/pki.h"
#include "services/common/testing/status_matchers.h"
#include "services/common/testing/temp_dir.h"

namespace duban::agency {
namespace {

using testing::IsOk;
using testing::StatusIs;

constexpr char kNode[] = "agencies/finance/nodes/n1";
constexpr char kIdentity[] = "spiffe://duban.test/agency/finance/node/n1";

std::string Slurp(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

class EnrolmentTest : public ::testing::Test {
 protected:
  EnrolmentTest() {
    pb::CreateAgencyRequest request;
    request.mutable_agency()->set_name("agencies/finance");
    request.mutable_agency()->set_full_name("财政局");
    pb::Agency agency;
    EXPECT_THAT(Write([&](feed::Tx& tx) { return CreateAgency(request, tx, agency); }), IsOk());
  }

  absl::Status Write(feed::Store::Work work) {
    return store_->WriteAndWait(std::move(work)).status();
  }

  std::string NewToken() {
    pb::CreateJoinTokenRequest request;
    request.mutable_join_token()->set_node(kNode);
    pb::CreateJoinTokenResponse response;
    EXPECT_THAT(Write([&](feed::Tx& tx) {
                  return CreateJoinToken(request, {.address = "hub:1", .pin = hub_.pin},
                                         "spiffe://duban.test/operator/admin", SystemIds(), tx,
                                         response);
                }),
                IsOk());
    return enrolment::Token::Parse(response.token())->secret;
  }

  enrolment::EnrolRequest Request(const std::string& secret, const sign::Signer& signer) {
    enrolment::EnrolRequest request{.secret = secret,
                                    .request = *sign::NewCertificateRequest(*sign::NewP256Pem()),
                                    .signing_key = signer.public_key(),
                                    .version = "0.1.0",
                                    .signature = {}};
    request.signature = signer.Sign(request.Transcript(hub_.pin));
    return request;
  }

  enrolment::RenewRequest Renewal(const sign::Signer& signer,
                                  const std::string& identity = kIdentity) {
    enrolment::RenewRequest request{.node = kNode,
                                    .identity = identity,
                                    .request = *sign::NewCertificateRequest(*sign::NewP256Pem()),
                                    .time = clock_.Now(),
                                    .version = "0.1.0",
                                    .signature = {}};
    request.signature = signer.Sign(request.Transcript());
    return request;
  }

  template <typename R>
  absl::StatusOr<enrolment::Grant> Ask(const R& request) {
    enrolment::Grant grant;
    const absl::Status status = Write([&](feed::Tx& tx) -> absl::Status {
      if constexpr (std::is_same_v<R, enrolment::EnrolRequest>) {
        DUBAN_ASSIGN_OR_RETURN(grant, Enrol(request, hub_, tx));
      } else {
        DUBAN_ASSIGN_OR_RETURN(grant, Renew(request, hub_, tx));
      }
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    return grant;
  }

  pb::Node Stored() {
    pb::Node node;
    EXPECT_THAT(store_->Read([&](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(auto found, feed::GetMessage<pb::Node>(view, kNode));
      node = found.value_or(pb::Node());
      return absl::OkStatus();
    }),
                IsOk());
    return node;
  }

  void RevokeTheNode() {
    pb::RevokeNodeRequest request;
    request.set_name(kNode);
    pb::Node node;
    ASSERT_THAT(Write([&](feed::Tx& tx) { return RevokeNode(request, tx, node); }), IsOk());
  }

  testing::TempDir dir_;
  testing::Pki pki_{dir_.File("pki"), "duban.test"};
  testing::FakeClock clock_{absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()))};
  const std::unique_ptr<feed::Store> store_ = feed::NewMemoryStore(clock_, SystemIds());
  const std::unique_ptr<sign::Issuer> issuer_ =
      *sign::Issuer::FromPem(Slurp(pki_.ca_file()), Slurp(pki_.ca_key_file()));
  IssuingHub hub_{.issuer = *issuer_,
                  .ca = Slurp(pki_.ca_file()),
                  .pin = std::string(32, 'p'),
                  .trust_domain = "duban.test",
                  .uplink_address = "hub:2",
                  .min_version = {},
                  .certificate_life = absl::Hours(24 * 90)};
  const std::unique_ptr<sign::Signer> signer_ = *sign::SignerFromPem(*sign::NewEd25519Pem());
  const std::unique_ptr<sign::Signer> other_ = *sign::SignerFromPem(*sign::NewEd25519Pem());
};

TEST_F(EnrolmentTest, ATokenMakesANodeWithItsKeyAndCertificate) {
  const auto grant = Ask(Request(NewToken(), *signer_));
  ASSERT_THAT(grant.status(), IsOk());
  EXPECT_EQ(grant->epoch, 1);
  EXPECT_EQ(grant->hub_address, "hub:2");
  const auto issued = sign::ReadCertificate(grant->certificate);
  EXPECT_THAT(issued->uris, ::testing::ElementsAre(kIdentity));
  EXPECT_THAT(issued->dns_names, ::testing::ElementsAre("n1.finance.node.duban.test"));
  EXPECT_EQ(issued->not_before, clock_.Now() - absl::Hours(24));
  EXPECT_EQ(issued->not_after, clock_.Now() + absl::Hours(24 * 90));
  const pb::Node node = Stored();
  ASSERT_EQ(node.certificates_size(), 1);
  EXPECT_EQ(node.certificates(0).serial(), issued->serial);
  EXPECT_EQ(node.signing_keys(0).public_key(), signer_->public_key());
  EXPECT_EQ(node.identity(), kIdentity);
}

TEST_F(EnrolmentTest, TheSameRequestGetsTheSameAnswerAndAnotherNone) {
  const std::string secret = NewToken();
  const auto request = Request(secret, *signer_);
  const auto first = Ask(request);
  ASSERT_THAT(first.status(), IsOk());
  clock_.Advance(kJoinTokenLife * 2);
  EXPECT_EQ(Ask(request)->certificate, first->certificate);
  EXPECT_EQ(Stored().certificates_size(), 1);
  const auto refused = Ask(Request(secret, *other_)).status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kPermissionDenied, "TOKEN_REFUSED"));
  EXPECT_EQ(ErrorMetadata(refused)["why"], "used");
  EXPECT_EQ(Stored().epoch(), 1);
  RevokeTheNode();
  EXPECT_THAT(Ask(request).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, "NODE_REVOKED"));
}

TEST_F(EnrolmentTest, AnUnknownExpiredOrRevokedTokenLetsNobodyIn) {
  const auto why = [&](const std::string& secret) {
    return ErrorMetadata(Ask(Request(secret, *signer_)).status())["why"];
  };
  EXPECT_EQ(why(std::string(20, 'x')), "unknown");
  const std::string revoked = NewToken();
  pb::RevokeJoinTokenRequest revoke;
  revoke.set_name(absl::StrCat("joinTokens/", enrolment::HashOfSecret(revoked).substr(0, 16)));
  pb::JoinToken token;
  ASSERT_THAT(Write([&](feed::Tx& tx) { return RevokeJoinToken(revoke, tx, token); }), IsOk());
  EXPECT_EQ(why(revoked), "revoked");
  const std::string expired = NewToken();
  clock_.Advance(kJoinTokenLife + absl::Seconds(1));
  EXPECT_EQ(why(expired), "expired");
  EXPECT_FALSE(Stored().has_revoke_time() || Stored().epoch() > 0);
}

TEST_F(EnrolmentTest, BothKeysAreProvedForThisHub) {
  const std::string secret = NewToken();
  const auto bad_proof = StatusIs(absl::StatusCode::kPermissionDenied, "BAD_PROOF");
  auto other_key = Request(secret, *signer_);
  other_key.signing_key = other_->public_key();
  EXPECT_THAT(Ask(other_key).status(), bad_proof);
  auto other_request = Request(secret, *signer_);
  other_request.request = *sign::NewCertificateRequest(*sign::NewP256Pem());
  EXPECT_THAT(Ask(other_request).status(), bad_proof);
  const auto elsewhere = Request(secret, *signer_);
  hub_.pin = std::string(32, 'q');
  EXPECT_THAT(Ask(elsewhere).status(), bad_proof);
  auto no_request = Request(secret, *signer_);
  no_request.request = "nothing";
  EXPECT_THAT(Ask(no_request).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_CERTIFICATE_REQUEST"));
  EXPECT_THAT(Ask(Request(secret, *signer_)).status(),
              IsOk());  // and the token is not used up by these
}

TEST_F(EnrolmentTest, EnrollingAnewEndsWhatWasBefore) {
  ASSERT_THAT(Ask(Request(NewToken(), *signer_)).status(), IsOk());
  const auto again = Ask(Request(NewToken(), *other_));
  ASSERT_THAT(again.status(), IsOk());
  EXPECT_EQ(again->epoch, 2);
  const pb::Node node = Stored();
  ASSERT_EQ(node.signing_keys_size(), 2);
  EXPECT_TRUE(node.signing_keys(0).has_revoke_time());
  EXPECT_FALSE(node.signing_keys(1).has_revoke_time());
  EXPECT_TRUE(node.certificates(0).has_revoke_time());
  EXPECT_FALSE(node.certificates(1).has_revoke_time());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Ask(Renewal(*signer_)).status(),
              StatusIs(absl::StatusCode::kPermissionDenied, "NODE_UNKNOWN"));
  EXPECT_THAT(Ask(Renewal(*other_)).status(), IsOk());
}

TEST_F(EnrolmentTest, ARenewalIsSignedFreshAndTakenOnce) {
  ASSERT_THAT(Ask(Request(NewToken(), *signer_)).status(), IsOk());
  const auto stale = StatusIs(absl::StatusCode::kFailedPrecondition, "STALE_REQUEST");
  const auto first = Renewal(*signer_);
  const auto granted = Ask(first);
  ASSERT_THAT(granted.status(), IsOk());
  EXPECT_EQ(Ask(first)->certificate, granted->certificate);  // its answer was lost
  EXPECT_EQ(Stored().certificates_size(), 2);
  EXPECT_THAT(Ask(Renewal(*signer_)).status(), stale);  // of the same moment
  clock_.Advance(absl::Seconds(1));
  const auto second = Renewal(*signer_);
  ASSERT_THAT(Ask(second).status(), IsOk());
  EXPECT_THAT(Ask(first).status(), stale);  // captured, and sent again later
  clock_.Advance(kMaxClockDifference + absl::Seconds(1));
  EXPECT_THAT(Ask(second).status(), stale);
  auto changed = Renewal(*signer_);
  changed.time += absl::Seconds(1);
  EXPECT_THAT(Ask(changed).status(), StatusIs(absl::StatusCode::kPermissionDenied, "NODE_UNKNOWN"));
  auto nobody = Renewal(*signer_);
  nobody.node = "agencies/finance/nodes/n2";
  EXPECT_THAT(Ask(nobody).status(), StatusIs(absl::StatusCode::kPermissionDenied, "NODE_UNKNOWN"));
}

TEST_F(EnrolmentTest, ANodeRenewsForItselfAndItsAgencysSystemsAlone) {
  ASSERT_THAT(Ask(Request(NewToken(), *signer_)).status(), IsOk());
  for (const char* identity :
       {"spiffe://duban.test/hub/agency", "spiffe://duban.test/operator/admin",
        "spiffe://duban.test/agency/health/system/office",
        "spiffe://duban.test/agency/finance/node/n2",
        "spiffe://elsewhere.test/agency/finance/system/office", "nothing"}) {
    clock_.Advance(absl::Seconds(1));
    EXPECT_THAT(Ask(Renewal(*signer_, identity)).status(),
                StatusIs(absl::StatusCode::kPermissionDenied, "NOT_ALLOWED"))
        << identity;
  }
  clock_.Advance(absl::Seconds(1));
  const std::string system = "spiffe://duban.test/agency/finance/system/office";
  const auto granted = Ask(Renewal(*signer_, system));
  ASSERT_THAT(granted.status(), IsOk());
  EXPECT_THAT(sign::ReadCertificate(granted->certificate)->uris, ::testing::ElementsAre(system));
  EXPECT_EQ(Stored().certificates_size(), 1);  // the node's own alone
  RevokeTheNode();
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Ask(Renewal(*signer_)).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, "NODE_REVOKED"));
}

TEST_F(EnrolmentTest, AnOldProgramIsRefusedAndUsesNothingUp) {
  const std::string secret = NewToken();
  hub_.min_version = "0.2.0";
  const auto old = StatusIs(absl::StatusCode::kFailedPrecondition, "VERSION_TOO_OLD");
  EXPECT_THAT(Ask(Request(secret, *signer_)).status(), old);
  hub_.min_version = "0.1.0";
  EXPECT_THAT(Ask(Request(secret, *signer_)).status(), IsOk());
}

TEST_F(EnrolmentTest, FewCertificatesAreRememberedAndOneIsRevokedByItsSerial) {
  ASSERT_THAT(Ask(Request(NewToken(), *signer_)).status(), IsOk());
  for (int i = 0; i < kMaxNodeCertificates + 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    ASSERT_THAT(Ask(Renewal(*signer_)).status(), IsOk());
  }
  EXPECT_EQ(Stored().certificates_size(), kMaxNodeCertificates);
  const std::string serial = Stored().certificates(3).serial();
  const auto state = [&](const std::string& node, const std::string& of) {
    std::string answer;
    EXPECT_THAT(store_->Read([&](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(answer, StateOfCertificate({.node = node, .serial = of}, view));
      return absl::OkStatus();
    }),
                IsOk());
    return answer;
  };
  EXPECT_EQ(state(kNode, serial), "in force");
  pb::RevokeNodeCertificateRequest request;
  request.set_name(kNode);
  request.set_serial(serial);
  pb::Node node;
  const auto revoke = [&] {
    return Write([&](feed::Tx& tx) { return RevokeNodeCertificate(request, tx, node); });
  };
  ASSERT_THAT(revoke(), IsOk());
  ASSERT_THAT(revoke(), IsOk());
  EXPECT_EQ(state(kNode, serial), "revoked");
  EXPECT_EQ(state(kNode, "00"), "unknown");
  EXPECT_EQ(state("agencies/finance/nodes/n2", serial), "unknown");
  request.set_serial("00");
  EXPECT_THAT(revoke(), StatusIs(absl::StatusCode::kNotFound, "CERTIFICATE_NOT_FOUND"));
}

}  // namespace
}  // namespace duban::agency
