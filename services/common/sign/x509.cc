#include "services/common/sign/x509.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"
#include "services/common/sign/sign.h"

namespace duban::sign {
namespace {

constexpr int kSerialBits = 127;
constexpr size_t kMaxCertificates = 16;  // of a bundle

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Memory = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Freer<X509_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, Freer<X509_REQ_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;
using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;

absl::Status Bad(absl::string_view reason, absl::string_view why) {
  ERR_clear_error();
  return MakeError(absl::StatusCode::kInvalidArgument, reason, why, {{"why", std::string(why)}});
}
absl::Status BadCertificate(absl::string_view why) { return Bad("BAD_CERTIFICATE", why); }
absl::Status BadRequest(absl::string_view why) { return Bad("BAD_CERTIFICATE_REQUEST", why); }
absl::Status BadIssuer(absl::string_view why) { return Bad("BAD_ISSUER", why); }

absl::Status OpenSslFailed() { return absl::InternalError("OpenSSL could not make an object"); }

Memory Reading(absl::string_view text) {
  return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string Written(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return std::string(data, static_cast<size_t>(size));
}

// Null when there is none. An empty passphrase, so that nothing is asked on the terminal.
X509Ptr ParseCertificate(BIO* memory) {
  return X509Ptr(PEM_read_bio_X509(memory, nullptr, nullptr, const_cast<char*>("")));
}
Key ParseKey(absl::string_view pem) {
  return Key(PEM_read_bio_PrivateKey(Reading(pem).get(), nullptr, nullptr, const_cast<char*>("")));
}

absl::StatusOr<X509Ptr> Parse(absl::string_view pem) {
  X509Ptr certificate = ParseCertificate(Reading(pem).get());
  if (certificate == nullptr) return BadCertificate("no certificate in PEM form");
  return certificate;
}

std::string ToPem(X509* certificate) {
  Memory memory(BIO_new(BIO_s_mem()));
  return PEM_write_bio_X509(memory.get(), certificate) == 1 ? Written(memory.get()) : "";
}

std::string SpkiHash(const X509_PUBKEY* key) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_PUBKEY(key, &bytes);
  if (size <= 0) return "";
  std::string hash =
      Sha256(absl::string_view(reinterpret_cast<char*>(bytes), static_cast<size_t>(size)));
  OPENSSL_free(bytes);
  return hash;
}

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InfinitePast();
  return absl::FromTM(parts, absl::UTCTimeZone());
}

std::vector<std::string> TextsOf(const GENERAL_NAMES* names, int type) {
  std::vector<std::string> texts;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != type) continue;
    const ASN1_IA5STRING* text = name->d.ia5;  // of a URI and a DNS name alike
    texts.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<size_t>(ASN1_STRING_length(text)));
  }
  return texts;
}

std::string SerialOf(const X509& certificate) {
  Number number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
  char* hex = number == nullptr ? nullptr : BN_bn2hex(number.get());
  std::string serial = hex == nullptr ? "" : absl::AsciiStrToLower(hex);
  OPENSSL_free(hex);
  return serial;
}

absl::StatusOr<RequestPtr> ParseRequest(absl::string_view pem) {
  RequestPtr request(
      PEM_read_bio_X509_REQ(Reading(pem).get(), nullptr, nullptr, const_cast<char*>("")));
  if (request == nullptr) return BadRequest("no certificate request in PEM form");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  char group[32] = "";
  if (key == nullptr || EVP_PKEY_get_id(key) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key, group, sizeof(group), nullptr) != 1 ||
      absl::string_view(group) != SN_X9_62_prime256v1) {
    return BadRequest("not for a P-256 key");
  }
  if (X509_REQ_verify(request.get(), key) != 1) return BadRequest("not signed by its own key");
  return request;
}

bool AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// Exactly these names: a text could smuggle further ones in through OpenSSL's own syntax.
bool AddNames(X509* certificate, const CertificateContent& content) {
  Names names(GENERAL_NAMES_new());
  const auto add = [&](int type, const std::string& text) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    ASN1_IA5STRING* value = ASN1_IA5STRING_new();
    if (name == nullptr || value == nullptr ||
        ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) != 1) {
      GENERAL_NAME_free(name);
      ASN1_STRING_free(value);
      return false;
    }
    GENERAL_NAME_set0_value(name, type, value);
    if (sk_GENERAL_NAME_push(names.get(), name) > 0) return true;
    GENERAL_NAME_free(name);
    return false;
  };
  return names != nullptr && add(GEN_URI, content.uri) &&
         (content.dns_name.empty() || add(GEN_DNS, content.dns_name)) &&
         X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) ==
             1;
}

bool SetSerial(X509* certificate) {
  Number number(BN_new());
  return number != nullptr &&
         BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

class IssuerImpl final : public Issuer {
 public:
  IssuerImpl(X509Ptr certificate, Key key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}

  absl::Time not_after() const override { return ToTime(X509_get0_notAfter(certificate_.get())); }

  absl::StatusOr<std::string> Issue(absl::string_view request,
                                    const CertificateContent& content) const override {
    DUBAN_ASSIGN_OR_RETURN(const RequestPtr asked, ParseRequest(request));
    X509Ptr made(X509_new());
    X509* const issuer = certificate_.get();
    if (made == nullptr || X509_set_version(made.get(), X509_VERSION_3) != 1 ||
        !SetSerial(made.get()) ||
        ASN1_TIME_set(X509_getm_notBefore(made.get()), absl::ToTimeT(content.not_before)) ==
            nullptr ||
        ASN1_TIME_set(X509_getm_notAfter(made.get()), absl::ToTimeT(content.not_after)) ==
            nullptr ||
        X509_set_pubkey(made.get(), X509_REQ_get0_pubkey(asked.get())) != 1 ||
        X509_set_issuer_name(made.get(), X509_get_subject_name(issuer)) != 1 ||
        !AddExtension(made.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") ||
        !AddExtension(made.get(), issuer, NID_key_usage, "critical,digitalSignature") ||
        !AddExtension(made.get(), issuer, NID_ext_key_usage, "clientAuth,serverAuth") ||
        !AddExtension(made.get(), issuer, NID_authority_key_identifier, "keyid") ||
        !AddNames(made.get(), content) || X509_sign(made.get(), key_.get(), EVP_sha256()) <= 0) {
      ERR_clear_error();
      return OpenSslFailed();
    }
    return ToPem(made.get());
  }

 private:
  const X509Ptr certificate_;
  const Key key_;
};

}  // namespace

absl::StatusOr<Certificate> ReadCertificate(absl::string_view pem) {
  DUBAN_ASSIGN_OR_RETURN(const X509Ptr x509, Parse(pem));
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509.get(), NID_subject_alt_name, nullptr, nullptr)));
  return Certificate{.serial = SerialOf(*x509),
                     .spki_sha256 = SpkiHash(X509_get_X509_PUBKEY(x509.get())),
                     .uris = TextsOf(names.get(), GEN_URI),
                     .dns_names = TextsOf(names.get(), GEN_DNS),
                     .not_before = ToTime(X509_get0_notBefore(x509.get())),
                     .not_after = ToTime(X509_get0_notAfter(x509.get()))};
}

absl::StatusOr<std::vector<std::string>> SplitCertificates(absl::string_view bundle) {
  const Memory memory = Reading(bundle);
  std::vector<std::string> all;
  while (const X509Ptr x509 = ParseCertificate(memory.get())) {
    if (all.size() == kMaxCertificates) return BadCertificate("too many certificates in one file");
    all.push_back(ToPem(x509.get()));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (all.empty() || !at_end) return BadCertificate("no certificate in PEM form");
  return all;
}

absl::StatusOr<std::string> IssuerOf(absl::string_view pem, absl::string_view bundle) {
  DUBAN_ASSIGN_OR_RETURN(const X509Ptr x509, Parse(pem));
  DUBAN_ASSIGN_OR_RETURN(const std::vector<std::string> all, SplitCertificates(bundle));
  for (const std::string& candidate : all) {
    DUBAN_ASSIGN_OR_RETURN(const X509Ptr issuer, Parse(candidate));
    if (X509_check_issued(issuer.get(), x509.get()) == X509_V_OK &&
        X509_verify(x509.get(), X509_get0_pubkey(issuer.get())) == 1) {
      return candidate;
    }
  }
  return BadCertificate("none of the authorities issued it");
}

bool IsKeyOf(absl::string_view key_pem, absl::string_view pem) {
  const Key key = ParseKey(key_pem);
  const X509Ptr x509 = ParseCertificate(Reading(pem).get());
  const bool same =
      key != nullptr && x509 != nullptr && X509_check_private_key(x509.get(), key.get()) == 1;
  ERR_clear_error();
  return same;
}

absl::StatusOr<std::string> NewP256Pem() {
  const Key key(EVP_EC_gen(SN_X9_62_prime256v1));
  const Memory memory(BIO_new(BIO_s_mem()));
  if (key == nullptr || PEM_write_bio_PKCS8PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0,
                                                      nullptr, nullptr) != 1) {
    return OpenSslFailed();
  }
  return Written(memory.get());
}

absl::StatusOr<std::string> NewCertificateRequest(absl::string_view key_pem) {
  const Key key = ParseKey(key_pem);
  if (key == nullptr) return Bad("BAD_KEY", "not a private key in PEM form");
  const RequestPtr request(X509_REQ_new());
  const Memory memory(BIO_new(BIO_s_mem()));
  if (request == nullptr || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_pubkey(request.get(), key.get()) != 1 ||
      X509_REQ_sign(request.get(), key.get(), EVP_sha256()) <= 0 ||
      PEM_write_bio_X509_REQ(memory.get(), request.get()) != 1) {
    ERR_clear_error();
    return OpenSslFailed();
  }
  return Written(memory.get());
}

absl::StatusOr<std::string> KeyOfRequest(absl::string_view pem) {
  DUBAN_ASSIGN_OR_RETURN(const RequestPtr request, ParseRequest(pem));
  return SpkiHash(X509_REQ_get_X509_PUBKEY(request.get()));
}

absl::StatusOr<std::unique_ptr<Issuer>> Issuer::FromPem(absl::string_view pem,
                                                        absl::string_view key_pem) {
  X509Ptr x509 = ParseCertificate(Reading(pem).get());
  Key key = ParseKey(key_pem);
  if (x509 == nullptr) return BadIssuer("no certificate in PEM form");
  if (key == nullptr) return BadIssuer("no private key in PEM form");
  if (X509_check_private_key(x509.get(), key.get()) != 1) return BadIssuer("not its key");
  if (X509_check_ca(x509.get()) != 1) return BadIssuer("not an authority");
  return std::make_unique<IssuerImpl>(std::move(x509), std::move(key));
}

}  // namespace duban::sign
