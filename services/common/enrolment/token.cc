#include "services/common/enrolment/token.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/common/base/status.h"
#include "services/common/sign/sign.h"

namespace duban::enrolment {
namespace {

constexpr char kPrefix[] = "duban-join-";

absl::Status BadToken() {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_TOKEN",
                   "not a join token: it begins with duban-join- and has 116 characters");
}

// Takes `bytes` bytes in hex from the front; false when they are not there.
bool TakeHex(absl::string_view& text, size_t bytes, std::string& out) {
  const absl::string_view digits = text.substr(0, 2 * bytes);
  if (digits.size() != 2 * bytes || !std::all_of(digits.begin(), digits.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
      })) {
    return false;
  }
  out = absl::HexStringToBytes(digits);
  text.remove_prefix(2 * bytes);
  return true;
}

}  // namespace

Token Token::New(absl::string_view pin, Ids& ids) {
  return {.pin = std::string(pin), .secret = ids.Bytes(kSecretBytes)};
}

absl::StatusOr<Token> Token::Parse(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  Token token;
  if (!absl::ConsumePrefix(&text, kPrefix) || !TakeHex(text, kPinBytes, token.pin) ||
      !absl::ConsumePrefix(&text, "-") || !TakeHex(text, kSecretBytes, token.secret) ||
      !text.empty()) {
    return BadToken();
  }
  return token;
}

std::string Token::ToString() const {
  return absl::StrCat(kPrefix, sign::HexEncode(pin), "-", sign::HexEncode(secret));
}

std::string HashOfSecret(absl::string_view secret) { return sign::HexEncode(sign::Sha256(secret)); }

}  // namespace duban::enrolment
