#include "services/common/testing/pki.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace duban::testing {
namespace {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

void Require(bool done) {
  if (!done) std::abort();
}

Key NewKey() {
  Key key(EVP_EC_gen("P-256"));
  Require(key != nullptr);
  return key;
}

void WriteKey(const std::string& file, EVP_PKEY* key) {
  FILE* out = fopen(file.c_str(), "w");
  Require(out != nullptr);
  Require(PEM_write_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  Require(fclose(out) == 0);
}

void WriteCertificate(const std::string& file, X509* certificate) {
  FILE* out = fopen(file.c_str(), "w");
  Require(out != nullptr);
  Require(PEM_write_X509(out, certificate) == 1);
  Require(fclose(out) == 0);
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  Require(extension != nullptr);
  Require(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// A certificate with everything but extensions and signature.
Certificate NewCertificate(const std::string& common_name, EVP_PKEY* key, absl::Time not_before,
                           absl::Time not_after) {
  Certificate certificate(X509_new());
  Require(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  uint64_t serial = 0;
  Require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  Require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1) == 1);
  Require(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(not_before)) !=
          nullptr);
  Require(ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(not_after)) !=
          nullptr);
  Require(X509_set_pubkey(certificate.get(), key) == 1);
  Require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(common_name.c_str()),
                                     -1, -1, 0) == 1);
  return certificate;
}

}  // namespace

struct Pki::Authority {
  Key key;
  Certificate certificate;
};

Pki::Pki(std::string dir, std::string trust_domain)
    : dir_(std::move(dir)),
      trust_domain_(std::move(trust_domain)),
      authority_(std::make_unique<Authority>()) {
  std::filesystem::create_directories(dir_);
  const absl::Time now = absl::Now();
  authority_->key = NewKey();
  authority_->certificate =
      NewCertificate(absl::StrCat("Test authority of ", trust_domain_), authority_->key.get(),
                     now - absl::Hours(24 * 365), now + absl::Hours(24 * 365));
  X509* ca = authority_->certificate.get();
  Require(X509_set_issuer_name(ca, X509_get_subject_name(ca)) == 1);
  AddExtension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  AddExtension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(ca, ca, NID_subject_key_identifier, "hash");
  Require(X509_sign(ca, authority_->key.get(), EVP_sha256()) > 0);
  WriteCertificate(ca_file(), ca);
  WriteKey(ca_key_file(), authority_->key.get());
}

Pki::~Pki() = default;

std::string Pki::ca_file() const { return absl::StrCat(dir_, "/ca.pem"); }
std::string Pki::ca_key_file() const { return absl::StrCat(dir_, "/ca.key"); }

rpc::TlsFiles Pki::Issue(const LeafOptions& options) {
  const std::string base = absl::StrCat(dir_, "/leaf", ++issued_);
  rpc::TlsFiles files{.cert = base + ".pem", .key = base + ".key", .ca = ca_file()};
  Key key = NewKey();
  Certificate leaf = NewCertificate(absl::StrCat("leaf", issued_), key.get(), options.not_before,
                                    options.not_after);
  X509* ca = authority_->certificate.get();
  Require(X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca)) == 1);
  AddExtension(leaf.get(), ca, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(leaf.get(), ca, NID_key_usage, "critical,digitalSignature");
  AddExtension(leaf.get(), ca, NID_ext_key_usage, "clientAuth,serverAuth");
  AddExtension(leaf.get(), ca, NID_authority_key_identifier, "keyid");
  std::vector<std::string> names;
  for (const std::string& uri : options.uri_sans) names.push_back(absl::StrCat("URI:", uri));
  if (!options.dns_san.empty()) names.push_back(absl::StrCat("DNS:", options.dns_san));
  if (!names.empty()) {
    AddExtension(leaf.get(), ca, NID_subject_alt_name, absl::StrJoin(names, ","));
  }
  Require(X509_sign(leaf.get(), authority_->key.get(), EVP_sha256()) > 0);
  WriteKey(files.key, key.get());
  WriteCertificate(files.cert, leaf.get());
  return files;
}

rpc::TlsFiles Pki::Issue(absl::string_view path, absl::string_view dns_san) {
  return Issue({.uri_sans = {absl::StrCat("spiffe://", trust_domain_, path)},
                .dns_san = std::string(dns_san),
                .not_before = absl::Now() - absl::Hours(24),
                .not_after = absl::Now() + absl::Hours(24 * 30)});
}

rpc::TlsFiles Pki::IssueHub(absl::string_view service) {
  return Issue(absl::StrCat("/hub/", service), absl::StrCat(service, ".hub.", trust_domain_));
}

rpc::TlsFiles Pki::IssueNode(absl::string_view agency, absl::string_view node) {
  return Issue(absl::StrCat("/agency/", agency, "/node/", node),
               absl::StrCat(node, ".", agency, ".node.", trust_domain_));
}

}  // namespace duban::testing
