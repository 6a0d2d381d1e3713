#include "services/common/sign/x509.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/sign/sign.h"
#include "services/common/testing/pki.h"
#include "services/common/testing/status_matchers.h"
#include "services/common/testing/temp_dir.h"

namespace duban::sign {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::StatusIs;

constexpr char kUri[] = "spiffe://duban.test/agency/finance/node/n1";

std::string Slurp(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string P384Pem() {
  EVP_PKEY* key = EVP_EC_gen("P-384");
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  const std::string pem(data, static_cast<size_t>(size));
  BIO_free_all(memory);
  EVP_PKEY_free(key);
  return pem;
}

class X509Test : public ::testing::Test {
 protected:
  std::unique_ptr<Issuer> NewIssuer(const testing::Pki& pki) {
    auto issuer = Issuer::FromPem(Slurp(pki.ca_file()), Slurp(pki.ca_key_file()));
    EXPECT_THAT(issuer.status(), IsOk());
    return *std::move(issuer);
  }

  testing::TempDir dir_;
  testing::Pki pki_{dir_.File("one"), "duban.test"}, other_{dir_.File("other"), "duban.test"};
  const std::string key_ = *NewP256Pem();
  const std::string request_ = *NewCertificateRequest(key_);
  const absl::Time now_ = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
};

TEST_F(X509Test, ARequestProvesItsKey) {
  const auto key = KeyOfRequest(request_);
  ASSERT_THAT(key.status(), IsOk());
  EXPECT_EQ(key->size(), 32u);
  EXPECT_NE(*key, *KeyOfRequest(*NewCertificateRequest(*NewP256Pem())));
}

TEST_F(X509Test, ARequestThatWasChangedOrIsForAnotherKindOfKeyIsRefused) {
  const auto refused = StatusIs(absl::StatusCode::kInvalidArgument, "BAD_CERTIFICATE_REQUEST");
  EXPECT_THAT(KeyOfRequest("").status(), refused);
  EXPECT_THAT(KeyOfRequest(*NewCertificateRequest(P384Pem())).status(), refused);
  EXPECT_THAT(NewCertificateRequest("no key").status(),
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_KEY"));
  // Each character of the PEM changed in turn: never a request for another key.
  const std::string right = *KeyOfRequest(request_);
  int refusals = 0;
  for (size_t i = request_.find('\n') + 1; i < request_.rfind("\n---"); ++i) {
    std::string changed = request_;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto key = KeyOfRequest(changed);
    refusals += key.ok() ? 0 : 1;
    // The last digits of base64 can have bits that mean nothing.
    EXPECT_EQ(key.value_or(right), right) << i;
  }
  EXPECT_GT(refusals, 200);
}

TEST_F(X509Test, IssuesExactlyWhatItIsToldForTheRequestsKey) {
  const auto pem = NewIssuer(pki_)->Issue(request_, {.uri = kUri,
                                                     .dns_name = "n1.finance.node.duban.test",
                                                     .not_before = now_ - absl::Hours(24),
                                                     .not_after = now_ + absl::Hours(1)});
  ASSERT_THAT(pem.status(), IsOk());
  const auto made = ReadCertificate(*pem);
  ASSERT_THAT(made.status(), IsOk());
  EXPECT_THAT(made->uris, ElementsAre(kUri));
  EXPECT_THAT(made->dns_names, ElementsAre("n1.finance.node.duban.test"));
  EXPECT_EQ(made->not_before, now_ - absl::Hours(24));
  EXPECT_EQ(made->not_after, now_ + absl::Hours(1));
  EXPECT_EQ(made->serial.size(), 32u);
  EXPECT_EQ(made->spki_sha256, *KeyOfRequest(request_));
  EXPECT_TRUE(IsKeyOf(key_, *pem));
  EXPECT_FALSE(IsKeyOf(*NewP256Pem(), *pem));
}

TEST_F(X509Test, NamesAreTakenAsTheyAreAndNotAsOpenSslWouldReadThem) {
  const std::string uri = absl::StrCat(kUri, ",DNS:gateway.hub.duban.test");
  const auto pem = NewIssuer(pki_)->Issue(
      request_, {.uri = uri, .dns_name = {}, .not_before = now_, .not_after = now_});
  ASSERT_THAT(pem.status(), IsOk());
  EXPECT_THAT(ReadCertificate(*pem)->uris, ElementsAre(uri));
  EXPECT_THAT(ReadCertificate(*pem)->dns_names, IsEmpty());
}

TEST_F(X509Test, FindsTheAuthorityThatIssued) {
  const std::string both = Slurp(other_.ca_file()) + Slurp(pki_.ca_file());
  const std::string leaf = Slurp(pki_.IssueHub("agency").cert);
  EXPECT_THAT(SplitCertificates(both).value(), ::testing::SizeIs(2));
  EXPECT_EQ(IssuerOf(leaf, both).value(), Slurp(pki_.ca_file()));
  EXPECT_THAT(IssuerOf(leaf, Slurp(other_.ca_file())).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_CERTIFICATE"));
  EXPECT_THAT(SplitCertificates("nothing").status(),
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_CERTIFICATE"));
}

TEST_F(X509Test, OnlyAnAuthorityWithItsOwnKeyIssues) {
  const auto refused = StatusIs(absl::StatusCode::kInvalidArgument, "BAD_ISSUER");
  const rpc::TlsFiles leaf = pki_.IssueHub("agency");
  EXPECT_THAT(Issuer::FromPem(Slurp(leaf.cert), Slurp(leaf.key)).status(), refused);
  EXPECT_THAT(Issuer::FromPem(Slurp(pki_.ca_file()), Slurp(other_.ca_key_file())).status(),
              refused);
  EXPECT_THAT(Issuer::FromPem("", "").status(), refused);
}

}  // namespace
}  // namespace duban::sign
