// Signed bytes: Ed25519 and SHA-256 by OpenSSL, and the layout of an envelope's body.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace duban::sign {

inline constexpr char kEd25519[] = "ed25519";

// 32 bytes.
std::string Sha256(absl::string_view bytes);

std::string HexEncode(absl::string_view bytes);

// Hex of the first 8 bytes of SHA-256(algorithm || public key).
std::string KeyId(absl::string_view algorithm, absl::string_view public_key);

// A private key. Thread-safe.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual const std::string& key_id() const = 0;
  virtual const std::string& public_key() const = 0;  // raw, 32 bytes
  virtual std::string Sign(absl::string_view bytes) const = 0;  // 64 bytes
};

// Reads a PEM (PKCS #8) Ed25519 private key. INVALID_ARGUMENT / BAD_KEY when it is none.
absl::StatusOr<std::unique_ptr<Signer>> SignerFromPem(absl::string_view pem);

// Makes a key; `*pem` can be given to SignerFromPem.
absl::StatusOr<std::string> NewEd25519Pem();

// True when `signature` is that of `bytes` under the raw Ed25519 public key. False for malformed keys and signatures.
bool VerifyEd25519(absl::string_view public_key, absl::string_view bytes,
                   absl::string_view signature);

// RFC 6962 leaf hash: SHA-256(0x00 || bytes).
std::string LeafHash(absl::string_view bytes);

// True when `leaf` (a leaf hash) at `index` of a tree of `size` has `root` by the inclusion `path` (RFC 6962 §2.1.1).
bool VerifyInclusion(absl::string_view leaf, int64_t index, int64_t size,
                     const std::vector<std::string>& path, absl::string_view root);

// The body of an envelope: "DUBAN-ENV-V1\n", u32be length, header, u64be length, payload.
std::string MakeEnvelopeBody(absl::string_view header, absl::string_view payload);

struct EnvelopeParts {
  absl::string_view header, payload;  // into the body
};
// INVALID_ARGUMENT / MALFORMED_ENVELOPE unless the bytes are exactly such a body.
absl::StatusOr<EnvelopeParts> ParseEnvelopeBody(absl::string_view body);

}  // namespace duban::sign
