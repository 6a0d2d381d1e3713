#include "services/common/sign/sign.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/common/base/status.h"

namespace duban::sign {
namespace {

constexpr size_t kKeyBytes = 32;        // Ed25519 public key
constexpr size_t kSignatureBytes = 64;  // Ed25519 signature
constexpr size_t kHashBytes = 32;
constexpr absl::string_view kEnvelopePrefix = "DUBAN-ENV-V1\n";

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using Memory = std::unique_ptr<BIO, Freer<BIO_free_all>>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

absl::Status BadKey() {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_KEY",
                   "not an Ed25519 private key in PEM form");
}

absl::Status MalformedEnvelope(absl::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, "MALFORMED_ENVELOPE",
                   absl::StrCat("not the body of an envelope: ", what),
                   {{"what", std::string(what)}});
}

std::string BigEndian(uint64_t value, int bytes) {
  std::string out(bytes, '\0');
  for (int i = bytes - 1; i >= 0; --i, value >>= 8) out[i] = static_cast<char>(value & 0xFF);
  return out;
}

// Takes a length of `bytes` bytes and then that many bytes from the front of `text`; false when it
// is too short.
bool TakeCounted(absl::string_view& text, size_t bytes, absl::string_view& part) {
  if (text.size() < bytes) return false;
  uint64_t length = 0;
  for (size_t i = 0; i < bytes; ++i) length = length << 8 | static_cast<unsigned char>(text[i]);
  text.remove_prefix(bytes);
  if (text.size() < length) return false;
  part = text.substr(0, length);
  text.remove_prefix(length);
  return true;
}

class Ed25519Signer : public Signer {
 public:
  Ed25519Signer(Key key, std::string public_key)
      : key_(std::move(key)),
        public_key_(std::move(public_key)),
        key_id_(KeyId(kEd25519, public_key_)) {}

  const std::string& key_id() const override { return key_id_; }
  const std::string& public_key() const override { return public_key_; }

  std::string Sign(absl::string_view bytes) const override {
    DigestContext context(EVP_MD_CTX_new());
    std::string signature(kSignatureBytes, '\0');
    size_t size = signature.size();
    // Neither call can fail for an Ed25519 key but for want of memory.
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(bytes), bytes.size()) != 1) {
      std::abort();
    }
    return signature;
  }

 private:
  const Key key_;
  const std::string public_key_;
  const std::string key_id_;
};

}  // namespace

std::string Sha256(absl::string_view bytes) {
  std::string hash(kHashBytes, '\0');
  if (EVP_Digest(bytes.data(), bytes.size(), Bytes(hash), nullptr, EVP_sha256(), nullptr) != 1) {
    std::abort();
  }
  return hash;
}

std::string HexEncode(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

std::string KeyId(absl::string_view algorithm, absl::string_view public_key) {
  return HexEncode(Sha256(absl::StrCat(algorithm, public_key)).substr(0, 8));
}

absl::StatusOr<std::unique_ptr<Signer>> SignerFromPem(absl::string_view pem) {
  Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // An empty passphrase, so that an encrypted key is an error and not a question on the terminal.
  Key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, const_cast<char*>("")));
  if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) return BadKey();
  std::string public_key(kKeyBytes, '\0');
  size_t size = public_key.size();
  if (EVP_PKEY_get_raw_public_key(key.get(), Bytes(public_key), &size) != 1) return BadKey();
  return std::make_unique<Ed25519Signer>(std::move(key), std::move(public_key));
}

absl::StatusOr<std::string> NewEd25519Pem() {
  Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  Memory memory(BIO_new(BIO_s_mem()));
  if (key == nullptr || PEM_write_bio_PKCS8PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0,
                                                      nullptr, nullptr) != 1) {
    return absl::InternalError("OpenSSL could not make an Ed25519 key");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, size);
}

bool VerifyEd25519(absl::string_view public_key, absl::string_view bytes,
                   absl::string_view signature) {
  if (public_key.size() != kKeyBytes || signature.size() != kSignatureBytes) return false;
  Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key), public_key.size()));
  DigestContext context(EVP_MD_CTX_new());
  return key != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(bytes),
                          bytes.size()) == 1;
}

std::string LeafHash(absl::string_view bytes) {
  return Sha256(absl::StrCat(absl::string_view("\0", 1), bytes));
}

bool VerifyInclusion(absl::string_view leaf, int64_t index, int64_t size,
                     const std::vector<std::string>& path, absl::string_view root) {
  if (index < 0 || index >= size || leaf.size() != kHashBytes) return false;
  // RFC 9162 §2.1.3.2, the same tree: `at` is the node's place in its level, `last` that of the
  // level's last node.
  int64_t at = index, last = size - 1;
  std::string hash(leaf);
  for (const std::string& other : path) {
    if (last == 0 || other.size() != kHashBytes) return false;
    if (at % 2 == 1 || at == last) {
      hash = Sha256(absl::StrCat("\x01", other, hash));
      while (at % 2 == 0 && at != 0) at >>= 1, last >>= 1;
    } else {
      hash = Sha256(absl::StrCat("\x01", hash, other));
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

std::string MakeEnvelopeBody(absl::string_view header, absl::string_view payload) {
  return absl::StrCat(kEnvelopePrefix, BigEndian(header.size(), 4), header,
                      BigEndian(payload.size(), 8), payload);
}

absl::StatusOr<EnvelopeParts> ParseEnvelopeBody(absl::string_view body) {
  EnvelopeParts parts;
  if (!absl::ConsumePrefix(&body, kEnvelopePrefix)) return MalformedEnvelope("prefix");
  if (!TakeCounted(body, 4, parts.header)) return MalformedEnvelope("header");
  if (!TakeCounted(body, 8, parts.payload)) return MalformedEnvelope("payload");
  if (!body.empty()) return MalformedEnvelope("bytes after the end");
  return parts;
}

}  // namespace duban::sign
