#include "services/cli/session.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"
#include "services/common/base/ids.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/rpc/client.h"
#include "services/common/rpc/handler.h"
#include "services/common/rpc/server.h"

namespace duban::cli {
namespace {

constexpr size_t kMaxFileBytes = size_t{128} << 20;
constexpr absl::Duration kLeastPause = absl::Milliseconds(20);
constexpr absl::Duration kMostPause = absl::Milliseconds(500);

// A part of the hub is there but has not caught up yet; the same call will be answered soon.
bool NotReadyYet(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  return status.code() == absl::StatusCode::kUnavailable &&
         (reason == "SERVICE_UNREACHABLE" || reason == "BOARD_NOT_READY" ||
          reason == "REGISTER_NOT_READY");
}

absl::Status InvalidFile(const std::string& path, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_FILE",
                   absl::StrCat(path, ": ", why), {{"path", path}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Session>> Session::Make(const Args& args, std::ostream& out) {
  std::unique_ptr<Session> session(new Session(args, out));
  const std::string format = args.get("format", "table");
  if (format != "table" && format != "json") {
    return UsageError(absl::StrCat("--format is table or json, not \"", format, "\""));
  }
  session->format_ = format == "json" ? Format::kJson : Format::kTable;
  session->style_ = Style::OfStdout();
  return session;
}

bool Session::interactive() const {
  return !json() && isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
}

std::string Session::Setting(const char* flag, const char* variable) const {
  if (args_.has(flag)) return args_.get(flag);
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

absl::StatusOr<rpc::TlsFiles> Session::Tls() const {
  rpc::TlsFiles tls{.cert = Setting("tls-cert", "DUBAN_TLS_CERT"),
                    .key = Setting("tls-key", "DUBAN_TLS_KEY"),
                    .ca = Setting("tls-ca", "DUBAN_TLS_CA")};
  if (tls.cert.empty() || tls.key.empty() || tls.ca.empty()) {
    return UsageError(
        "a certificate is needed: --tls-cert, --tls-key and --tls-ca, or DUBAN_TLS_CERT, "
        "DUBAN_TLS_KEY and DUBAN_TLS_CA");
  }
  for (const std::string& file : {tls.cert, tls.key, tls.ca}) {
    DUBAN_RETURN_IF_ERROR(ReadFile(file).status());
  }
  return tls;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Session::Gateway() {
  const std::string address = Setting("gateway", "DUBAN_GATEWAY");
  if (address.empty()) {
    return UsageError("the hub's address is needed: --gateway HOST:PORT, or DUBAN_GATEWAY");
  }
  DUBAN_ASSIGN_OR_RETURN(const rpc::TlsFiles tls, Tls());
  DUBAN_ASSIGN_OR_RETURN(const Identity own, rpc::IdentityOfCertificate(tls.cert));
  return rpc::NewChannel({.address = address,
                          .server_name = rpc::HubServerName("gateway", own.trust_domain),
                          .tls = tls});
}

absl::StatusOr<std::string> Session::NodeAgency() const {
  if (args_.has("agency")) return args_.get("agency");
  DUBAN_ASSIGN_OR_RETURN(const rpc::TlsFiles tls, Tls());
  DUBAN_ASSIGN_OR_RETURN(const Identity own, rpc::IdentityOfCertificate(tls.cert));
  if (own.agency.empty()) {
    return UsageError("the certificate is not of an agency; say which node with --agency");
  }
  return own.agency;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Session::Node() {
  const std::string address = Setting("node", "DUBAN_NODE");
  if (address.empty()) {
    return UsageError("the node's address is needed: --node HOST:PORT, or DUBAN_NODE");
  }
  DUBAN_ASSIGN_OR_RETURN(const rpc::TlsFiles tls, Tls());
  DUBAN_ASSIGN_OR_RETURN(const Identity own, rpc::IdentityOfCertificate(tls.cert));
  DUBAN_ASSIGN_OR_RETURN(const std::string agency, NodeAgency());
  return rpc::NewChannel(
      {.address = address,
       .server_name = rpc::NodeServerName(agency, args_.get("node-id", "n1"), own.trust_domain),
       .tls = tls});
}

absl::Status Session::Try(const std::function<grpc::Status(grpc::ClientContext*)>& call) {
  const absl::Time give_up = absl::Now() + kReadyTimeout;
  absl::BitGen random;
  for (absl::Duration pause = kLeastPause;; pause = std::min(pause * 2, kMostPause)) {
    grpc::ClientContext context;
    PrepareCall(context, absl::Now() + kCallTimeout);
    const absl::Status status = rpc::FromGrpc(call(&context));
    if (!NotReadyYet(status) || absl::Now() + pause > give_up) return status;
    absl::SleepFor(pause * absl::Uniform(random, 0.5, 1.0));
  }
}

void PrepareCall(grpc::ClientContext& context, absl::Time deadline) {
  rpc::Prepare(context, deadline, SystemIds().Base32(16));
}

absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (status.ok()) return json;
  return MakeError(
      absl::StatusCode::kInternal, "NOT_JSON",
      absl::StrCat("the answer cannot be shown as JSON: ",
                   absl::string_view(status.message().data(), status.message().size())));
}

absl::Status Session::PrintJson(const google::protobuf::Message& message) {
  DUBAN_ASSIGN_OR_RETURN(const std::string json, ToJson(message));
  out_ << json;
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) {
      return MakeError(absl::StatusCode::kNotFound, "NO_FILE",
                       absl::StrCat("cannot read the file ", path), {{"path", path}});
    }
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string content;
  char buffer[1 << 16];
  while (in.read(buffer, sizeof(buffer)), in.gcount() > 0) {
    content.append(buffer, static_cast<size_t>(in.gcount()));
    if (content.size() > kMaxFileBytes) {
      return MakeError(absl::StatusCode::kResourceExhausted, "FILE_TOO_LARGE",
                       absl::StrCat(path, " is larger than ", kMaxFileBytes, " bytes"),
                       {{"path", path}});
    }
  }
  if (in.bad() || (path != "-" && content.empty() && !file.eof())) {
    return MakeError(absl::StatusCode::kNotFound, "NO_FILE",
                     absl::StrCat("cannot read the file ", path), {{"path", path}});
  }
  return content;
}

std::string JsonFault(const std::string& text) {
  size_t at = 0;  // one after the last byte that was read
  try {
    if (!nlohmann::json::parse(text).is_discarded()) return "";
  } catch (const nlohmann::json::parse_error& error) {
    at = std::clamp<size_t>(error.byte, 1, text.size() + 1) - 1;
  }
  const absl::string_view before = absl::string_view(text).substr(0, at);
  const size_t line_begin =
      before.rfind('\n') == absl::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto characters =
      std::count_if(before.begin() + static_cast<int64_t>(line_begin), before.end(),
                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return absl::StrCat("line ", 1 + std::count(before.begin(), before.end(), '\n'), ", column ",
                      1 + characters, ": not JSON");
}

absl::Status FromJsonFile(const std::string& path, google::protobuf::Message& message) {
  DUBAN_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  if (const std::string fault = JsonFault(text); !fault.empty()) return InvalidFile(path, fault);
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return InvalidFile(path, "not a JSON object");
  json.erase("note");
  const auto status = google::protobuf::util::JsonStringToMessage(json.dump(), &message);
  if (status.ok()) return absl::OkStatus();
  return InvalidFile(path, absl::string_view(status.message().data(), status.message().size()));
}

std::string EnumName(const google::protobuf::EnumDescriptor& type, int value,
                     absl::string_view prefix) {
  const auto* entry = type.FindValueByNumber(value);
  if (entry == nullptr) return absl::StrCat(value);
  absl::string_view name = entry->name();
  absl::ConsumePrefix(&name, prefix);
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", "-"}});
}

absl::StatusOr<int> ParseEnum(const google::protobuf::EnumDescriptor& type, absl::string_view text,
                              absl::string_view prefix) {
  std::vector<std::string> names;
  const std::string wanted = absl::StrReplaceAll(absl::AsciiStrToLower(text), {{"_", "-"}});
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;
    names.push_back(EnumName(type, type.value(i)->number(), prefix));
    if (names.back() == wanted) return type.value(i)->number();
  }
  return UsageError(absl::StrCat("\"", text, "\" is none of ", absl::StrJoin(names, ", ")));
}

}  // namespace duban::cli
