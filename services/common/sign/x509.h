// X.509 as the suite uses it: P-256 keys, requests and certificates, all in PEM form.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace duban::sign {

// What a certificate says.
struct Certificate {
  std::string serial;       // lower-case hex
  std::string spki_sha256;  // 32 bytes, of the public key's SubjectPublicKeyInfo
  std::vector<std::string> uris, dns_names;
  absl::Time not_before, not_after;
};

// The first certificate in `pem`. INVALID_ARGUMENT / BAD_CERTIFICATE.
absl::StatusOr<Certificate> ReadCertificate(absl::string_view pem);

// Each certificate of a bundle by itself. INVALID_ARGUMENT / BAD_CERTIFICATE when one cannot be
// read or there is none.
absl::StatusOr<std::vector<std::string>> SplitCertificates(absl::string_view bundle);

// The certificate in `bundle` that signed the first one in `pem`. INVALID_ARGUMENT /
// BAD_CERTIFICATE when none did.
absl::StatusOr<std::string> IssuerOf(absl::string_view pem, absl::string_view bundle);

// Whether the first certificate in `pem` is that of the private key.
bool IsKeyOf(absl::string_view key_pem, absl::string_view pem);

// Makes a P-256 private key (PKCS #8).
absl::StatusOr<std::string> NewP256Pem();

// A request for a certificate of the key, signed by it; it names nobody. INVALID_ARGUMENT /
// BAD_KEY.
absl::StatusOr<std::string> NewCertificateRequest(absl::string_view key_pem);

// SHA-256 of the public key (SubjectPublicKeyInfo) in a request, whose signature proves that its
// maker has the private one. Names in it mean nothing. INVALID_ARGUMENT / BAD_CERTIFICATE_REQUEST,
// also for a key that is not P-256.
absl::StatusOr<std::string> KeyOfRequest(absl::string_view pem);

// What a new certificate says; not an authority, for digital signatures, as client and as server.
struct CertificateContent {
  std::string uri, dns_name;  // no DNS name when empty
  absl::Time not_before, not_after;
};

// An authority that issues. Thread-safe.
class Issuer {
 public:
  // INVALID_ARGUMENT / BAD_ISSUER unless `pem` is a valid authority's certificate and `key_pem` its
  // key.
  static absl::StatusOr<std::unique_ptr<Issuer>> FromPem(absl::string_view pem,
                                                         absl::string_view key_pem);
  virtual ~Issuer() = default;

  virtual absl::Time not_after() const = 0;

  // A certificate for the request's key, with a random serial number of 127 bits. INVALID_ARGUMENT
  // / BAD_CERTIFICATE_REQUEST.
  virtual absl::StatusOr<std::string> Issue(absl::string_view request,
                                            const CertificateContent& content) const = 0;
};

}  // namespace duban::sign
