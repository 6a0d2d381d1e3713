#include "services/common/enrolment/messages.h"

#include <array>
#include <initializer_list>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/common/base/status.h"
#include "services/common/enrolment/json.h"
#include "services/common/enrolment/token.h"
#include "services/common/sign/sign.h"

namespace duban::enrolment {
namespace {

using nlohmann::json;

constexpr size_t kSignatureBytes = 64;
constexpr size_t kSigningKeyBytes = 32;
constexpr size_t kMaxAnswerTextBytes = 256 << 10;
constexpr int kLastCode = static_cast<int>(absl::StatusCode::kUnauthenticated);

absl::Status BadAnswer(absl::string_view why) {
  return MakeError(absl::StatusCode::kUnavailable, "BAD_ANSWER",
                   absl::StrCat("the hub's answer cannot be read: ", why),
                   {{"why", std::string(why)}});
}

std::string Encoded(absl::string_view bytes) { return absl::Base64Escape(bytes); }

std::string Dump(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

// A title, then each part behind its length, so that no two lists of parts give the same bytes.
std::string Joined(absl::string_view title, std::initializer_list<absl::string_view> parts) {
  std::string out = absl::StrCat(title, "\n");
  for (const absl::string_view part : parts) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      out.push_back(static_cast<char>(part.size() >> shift & 0xFF));
    }
    absl::StrAppend(&out, part);
  }
  return out;
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

bool ParseTimeText(const std::string& text, absl::Time& time) {
  std::string error;
  return absl::ParseTime(absl::RFC3339_full, text, &time, &error);
}

absl::Status RequestFault(Fields& fields) {
  const Fields::Fault fault = fields.Finish(/*open=*/false);
  return fault.why.empty() ? absl::OkStatus() : BadRequest(fault.field, fault.why);
}

// Further fields in answers are those of a newer hub.
absl::Status AnswerFault(Fields& fields) {
  const Fields::Fault fault = fields.Finish(/*open=*/true);
  return fault.why.empty() ? absl::OkStatus()
                           : BadAnswer(absl::StrCat(fault.field, " ", fault.why));
}

}  // namespace

absl::Status BadRequest(absl::string_view field, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_ENROLMENT_REQUEST",
                   absl::StrCat(field, " ", why),
                   {{"field", std::string(field)}, {"why", std::string(why)}});
}

std::string EnrolRequest::ToJson() const {
  return Dump({{"secret", Encoded(secret)},
               {"request", request},
               {"signing_key", Encoded(signing_key)},
               {"version", version},
               {"signature", Encoded(signature)}});
}

absl::StatusOr<EnrolRequest> EnrolRequest::Parse(absl::string_view text) {
  Fields fields(text);
  EnrolRequest parsed{.secret = fields.Bytes("secret", kSecretBytes),
                      .request = fields.Text("request", kMaxTextBytes),
                      .signing_key = fields.Bytes("signing_key", kSigningKeyBytes),
                      .version = fields.Text("version", kMaxTextBytes),
                      .signature = fields.Bytes("signature", kSignatureBytes)};
  DUBAN_RETURN_IF_ERROR(RequestFault(fields));
  return parsed;
}

std::string EnrolRequest::Transcript(absl::string_view pin) const {
  return Joined("DUBAN-ENROL-V1", {sign::Sha256(secret), pin, request, signing_key, version});
}

std::string RenewRequest::ToJson() const {
  return Dump({{"node", node},
               {"identity", identity},
               {"request", request},
               {"time", TimeText(time)},
               {"version", version},
               {"signature", Encoded(signature)}});
}

absl::StatusOr<RenewRequest> RenewRequest::Parse(absl::string_view text) {
  Fields fields(text);
  RenewRequest parsed{.node = fields.Text("node", kMaxTextBytes),
                      .identity = fields.Text("identity", kMaxTextBytes),
                      .request = fields.Text("request", kMaxTextBytes),
                      .time = absl::InfinitePast(),
                      .version = fields.Text("version", kMaxTextBytes),
                      .signature = fields.Bytes("signature", kSignatureBytes)};
  const std::string time = fields.Text("time", kMaxTextBytes);
  DUBAN_RETURN_IF_ERROR(RequestFault(fields));
  // What was signed is made anew from the time, so it must be written in one way alone.
  if (!ParseTimeText(time, parsed.time) || TimeText(parsed.time) != time) {
    return BadRequest("time", "is not a time in UTC");
  }
  return parsed;
}

std::string RenewRequest::Transcript() const {
  return Joined("DUBAN-RENEW-V1", {node, identity, request, TimeText(time), version});
}

std::string Grant::ToJson() const {
  return Dump({{"agency", agency},
               {"node", node},
               {"epoch", epoch},
               {"certificate", certificate},
               {"ca", ca},
               {"hub_address", hub_address}});
}

absl::StatusOr<Grant> Grant::Parse(absl::string_view text) {
  Fields fields(text);
  Grant parsed{.agency = fields.Text("agency", kMaxTextBytes),
               .node = fields.Text("node", kMaxTextBytes),
               .epoch = fields.Number("epoch"),
               .certificate = fields.Text("certificate", kMaxAnswerTextBytes),
               .ca = fields.Text("ca", kMaxAnswerTextBytes),
               .hub_address = fields.Text("hub_address", kMaxTextBytes)};
  DUBAN_RETURN_IF_ERROR(AnswerFault(fields));
  return parsed;
}

std::string CheckRequest::ToJson() const { return Dump({{"node", node}, {"serial", serial}}); }

absl::StatusOr<CheckRequest> CheckRequest::Parse(absl::string_view text) {
  Fields fields(text);
  CheckRequest parsed{.node = fields.Text("node", kMaxTextBytes),
                      .serial = fields.Text("serial", kMaxTextBytes)};
  DUBAN_RETURN_IF_ERROR(RequestFault(fields));
  return parsed;
}

std::string CheckAnswer::ToJson() const {
  return Dump({{"time", TimeText(time)},
               {"version", version},
               {"min_version", min_version},
               {"certificate", certificate}});
}

absl::StatusOr<CheckAnswer> CheckAnswer::Parse(absl::string_view text) {
  Fields fields(text);
  CheckAnswer parsed{.time = absl::InfinitePast(),
                     .version = fields.Text("version", kMaxTextBytes),
                     .min_version = fields.Text("min_version", kMaxTextBytes),
                     .certificate = fields.Text("certificate", kMaxTextBytes)};
  const std::string time = fields.Text("time", kMaxTextBytes);
  DUBAN_RETURN_IF_ERROR(AnswerFault(fields));
  if (!ParseTimeText(time, parsed.time)) return BadAnswer("time is not a time");
  return parsed;
}

std::string ErrorToJson(const absl::Status& status) {
  json metadata = json::object();
  for (const auto& [key, value] : ErrorMetadata(status)) metadata[key] = value;
  return Dump({{"code", absl::StatusCodeToString(status.code())},
               {"reason", ErrorReason(status)},
               {"message", std::string(status.message())},
               {"metadata", metadata}});
}

absl::Status ErrorFromJson(absl::string_view text) {
  const json object = json::parse(text.begin(), text.end(), nullptr, false);
  const auto member = [&](const char* name) {
    return object.is_object() && object.contains(name) && object[name].is_string()
               ? object[name].get<std::string>()
               : std::string();
  };
  for (int code = 1; code <= kLastCode; ++code) {
    if (member("code") != absl::StatusCodeToString(static_cast<absl::StatusCode>(code))) continue;
    Metadata metadata;
    if (object.contains("metadata") && object["metadata"].is_object()) {
      for (const auto& [key, value] : object["metadata"].items()) {
        if (value.is_string()) metadata[key] = value.get<std::string>();
      }
    }
    return MakeError(static_cast<absl::StatusCode>(code), member("reason"), member("message"),
                     std::move(metadata));
  }
  return BadAnswer("it is neither an answer nor an error of a hub");
}

namespace {

std::array<int, 3> Numbers(absl::string_view version) {
  std::array<int, 3> numbers = {-1, -1, -1};
  const std::vector<absl::string_view> parts = absl::StrSplit(version, '.');
  if (parts.size() != numbers.size()) return numbers;
  std::array<int, 3> read{};
  for (size_t i = 0; i < read.size(); ++i) {
    if (!absl::SimpleAtoi(parts[i], &read[i])) return numbers;
  }
  return read;
}

}  // namespace

absl::Status CheckVersion(absl::string_view version, absl::string_view min_version) {
  if (min_version.empty() || Numbers(version) >= Numbers(min_version)) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "VERSION_TOO_OLD",
      absl::StrCat("the node runs version ", version, "; the hub takes ", min_version, " or newer"),
      {{"version", std::string(version)}, {"min_version", std::string(min_version)}});
}

std::string OwnVersion() { return DUBAN_VERSION; }

}  // namespace duban::enrolment
