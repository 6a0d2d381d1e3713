// What a certificate file says, read before it is served.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/common/base/status.h"
#include "services/common/rpc/server.h"
#include "services/common/rpc/tls_files.h"
#include "services/common/sign/x509.h"

namespace duban::rpc {
namespace {

constexpr size_t kMaxRememberedCertificates = 256;

struct Free {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

absl::Status BadFile(const std::string& file, absl::string_view what) {
  ERR_clear_error();
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_TLS_FILES",
                   absl::StrCat(file, ": ", what), {{"file", file}});
}

absl::StatusOr<Owned<X509>> ReadCertificate(const std::string& file) {
  Owned<BIO> bio(BIO_new_file(file.c_str(), "r"));
  if (!bio) return BadFile(file, "cannot be read");
  Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return BadFile(file, "holds no certificate in PEM form");
  return certificate;
}

std::vector<std::string> UriNames(const X509& certificate) {
  std::vector<std::string> uris;
  Owned<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      ASN1_STRING_length(uri));
  }
  return uris;
}

}  // namespace

PeerCertificate ReadPeer(absl::string_view pem) {
  static absl::Mutex mutex(absl::kConstInit);
  static auto* const known = new absl::flat_hash_map<std::string, PeerCertificate>();
  absl::MutexLock lock(&mutex);
  if (const auto it = known->find(pem); it != known->end()) return it->second;
  if (known->size() >= kMaxRememberedCertificates) known->clear();
  const auto read = sign::ReadCertificate(pem);
  PeerCertificate peer{absl::InfinitePast(), ""};
  if (read.ok()) peer = {read->not_after, read->serial};
  return known->emplace(std::string(pem), std::move(peer)).first->second;
}

absl::StatusOr<Identity> IdentityOfCertificate(const std::string& cert_file) {
  DUBAN_ASSIGN_OR_RETURN(Owned<X509> certificate, ReadCertificate(cert_file));
  std::vector<std::string> uris = UriNames(*certificate);
  if (uris.size() != 1) return BadFile(cert_file, "must carry exactly one URI name");
  auto identity = Identity::Parse(uris[0]);
  if (!identity.ok()) return BadFile(cert_file, absl::StrCat(uris[0], " is no identity of ours"));
  return identity;
}

absl::Status CheckTlsFiles(const TlsFiles& files) {
  DUBAN_RETURN_IF_ERROR(IdentityOfCertificate(files.cert).status());
  DUBAN_ASSIGN_OR_RETURN(Owned<X509> certificate, ReadCertificate(files.cert));
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) <= 0) {
    return BadFile(files.cert, "has expired");
  }
  if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) > 0) {
    return BadFile(files.cert, "is not valid yet; check this machine's clock");
  }
  Owned<BIO> bio(BIO_new_file(files.key.c_str(), "r"));
  if (!bio) return BadFile(files.key, "cannot be read");
  Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!key) return BadFile(files.key, "holds no private key in PEM form");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return BadFile(files.key, absl::StrCat("is not the key of ", files.cert));
  }
  return ReadCertificate(files.ca).status();
}

}  // namespace duban::rpc
