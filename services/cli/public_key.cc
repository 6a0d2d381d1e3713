#include "services/cli/public_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "services/common/base/status.h"
#include "services/common/sign/sign.h"

namespace duban::cli {

absl::StatusOr<std::string> Ed25519PublicKey(absl::string_view pem) {
  if (const auto signer = sign::SignerFromPem(pem); signer.ok()) return (*signer)->public_key();
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  std::string raw(32, '\0');
  size_t size = raw.size();
  if (key == nullptr || EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()), &size) !=
          1) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_KEY",
                     "the file holds no Ed25519 key in PEM");
  }
  return raw;
}

}  // namespace duban::cli
