#include "services/common/base/status.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace duban {
namespace {

// Payload: reason NUL (key NUL value NUL)*. Own to this file; the wire form is made in common/rpc.
constexpr char kPayloadUrl[] = "duban/error";

// At most `most` bytes of `text`, whole UTF-8 characters: what a caller sent may be long, and the
// error must fit the trailers of the answer.
absl::string_view Cut(absl::string_view text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                       Metadata metadata) {
  absl::Status status(code, Cut(message, kMaxErrorMessageBytes));
  std::string payload = absl::StrCat(reason, absl::string_view("\0", 1));
  for (const auto& [key, value] : metadata) {
    absl::StrAppend(&payload, key, absl::string_view("\0", 1), Cut(value, kMaxErrorValueBytes),
                    absl::string_view("\0", 1));
  }
  status.SetPayload(kPayloadUrl, absl::Cord(payload));
  return status;
}

std::string ErrorReason(const absl::Status& status) {
  auto payload = status.GetPayload(kPayloadUrl);
  if (!payload) return "";
  std::string bytes(*payload);
  return bytes.substr(0, bytes.find('\0'));
}

Metadata ErrorMetadata(const absl::Status& status) {
  Metadata metadata;
  auto payload = status.GetPayload(kPayloadUrl);
  if (!payload) return metadata;
  std::string bytes(*payload);
  size_t at = bytes.find('\0') + 1;
  while (at < bytes.size()) {
    size_t key_end = bytes.find('\0', at);
    size_t value_end = bytes.find('\0', key_end + 1);
    metadata[bytes.substr(at, key_end - at)] = bytes.substr(key_end + 1, value_end - key_end - 1);
    at = value_end + 1;
  }
  return metadata;
}

}  // namespace duban
