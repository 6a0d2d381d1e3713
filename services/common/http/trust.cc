#include "services/common/http/trust.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/base/names.h"
#include "services/common/sign/sign.h"

namespace duban::http {
namespace {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Store = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Memory = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;

std::string KeyHash(const X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
  if (size <= 0) return "";
  std::string hash =
      sign::Sha256(absl::string_view(reinterpret_cast<char*>(bytes), static_cast<size_t>(size)));
  OPENSSL_free(bytes);
  return hash;
}

// The authorities that count: the pinned one out of what was sent, or those of the bundle.
Store Authorities(STACK_OF(X509) * sent, const Trust& trust) {
  Store store(X509_STORE_new());
  if (trust.pin.empty()) {
    const Memory bundle(BIO_new_mem_buf(trust.ca.data(), static_cast<int>(trust.ca.size())));
    while (const Certificate one{PEM_read_bio_X509(bundle.get(), nullptr, nullptr, nullptr)}) {
      X509_STORE_add_cert(store.get(), one.get());
    }
    return store;
  }
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* one = sk_X509_value(sent, i);
    if (X509_check_ca(one) != 0 && KeyHash(one) == trust.pin) X509_STORE_add_cert(store.get(), one);
  }
  return store;
}

// The only URI name of a certificate; empty when it has none or several.
std::string OnlyUri(const X509* certificate) {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  return uris.size() == 1 ? uris[0] : "";
}

bool Says(const X509* certificate, const Trust& trust) {
  const std::string uri = OnlyUri(certificate);
  const auto identity = Identity::Parse(uri);
  return identity.ok() && uri == absl::StrCat("spiffe://", identity->trust_domain, trust.identity);
}

}  // namespace

bool VerifyChain(X509_STORE_CTX* chain, const Trust& trust, std::string* why) {
  X509* const leaf = X509_STORE_CTX_get0_cert(chain);
  STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(chain);
  const Store authorities = Authorities(sent, trust);
  const StoreContext context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), authorities.get(), leaf, sent) != 1) return false;
  X509_STORE_CTX_set_default(context.get(), "ssl_server");
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;  // an authority counts without the one above it
  if (!trust.check_time) flags |= X509_V_FLAG_NO_CHECK_TIME;
  X509_STORE_CTX_set_flags(context.get(), flags);
  if (X509_verify_cert(context.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(context.get());
    *why = X509_verify_cert_error_string(error);
    X509_STORE_CTX_set_error(chain, error);
    return false;
  }
  if (!Says(leaf, trust)) {
    *why = absl::StrCat("it is not the certificate of ", trust.identity);
    X509_STORE_CTX_set_error(chain, X509_V_ERR_HOSTNAME_MISMATCH);
    return false;
  }
  X509_STORE_CTX_set_error(chain, X509_V_OK);
  return true;
}

}  // namespace duban::http
