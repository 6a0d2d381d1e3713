#include "services/common/rpc/handler.h"

#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"
#include "services/common/auth/caller.h"
#include "services/common/base/ids.h"
#include "services/common/base/log.h"
#include "services/common/rpc/tls_files.h"

namespace duban::rpc {
namespace {

constexpr char kDomain[] = "duban";
constexpr char kCallerKey[] = "duban-caller-bin";
constexpr char kRequestIdKey[] = "duban-request-id";
constexpr int kRequestIdLength = 16;
constexpr size_t kMaxRequestIdLength = 64;

absl::string_view View(grpc::string_ref ref) { return {ref.data(), ref.size()}; }

std::string Value(const grpc::CallbackServerContext& context, const char* key) {
  auto found = context.client_metadata().find(key);
  return found == context.client_metadata().end() ? "" : std::string(View(found->second));
}

bool IsRequestId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxRequestIdLength) return false;
  for (char c : id) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') return false;
  }
  return true;
}

absl::Status ShuttingDown() {
  return MakeError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                   "the service is shutting down; try again");
}

absl::Status DeadlineRequired() {
  return MakeError(absl::StatusCode::kInvalidArgument, "DEADLINE_REQUIRED",
                   "the call has no deadline; set one");
}

absl::Status DeadlineTooLong() {
  const std::string most = absl::FormatDuration(kMaxDeadline);
  return MakeError(absl::StatusCode::kInvalidArgument, "DEADLINE_TOO_LONG",
                   absl::StrCat("the deadline is further off than ", most), {{"most", most}});
}

absl::Status RequestTooLarge(size_t bytes, int most) {
  return MakeError(absl::StatusCode::kResourceExhausted, "REQUEST_TOO_LARGE",
                   absl::StrCat("the request has ", bytes, " bytes; the method takes ", most),
                   {{"bytes", absl::StrCat(bytes)}, {"most", absl::StrCat(most)}});
}

void LogCall(const Call& call, absl::Duration took, const absl::Status& status) {
  Log(status.ok() ? LogLevel::kInfo : LogLevel::kWarning, "call",
      {{"method", call.method},
       {"caller", call.caller.identity.ToString()},
       {"code", absl::StatusCodeToString(status.code())},
       {"reason", ErrorReason(status)},
       {"message", std::string(status.message())},
       {"ms", absl::StrCat(absl::ToInt64Milliseconds(took))},
       {"request_id", call.request_id}});
}

// The certificate of the connection. TLS looks at it once, when the connection is made.
PeerCertificate CertificateOf(const grpc::CallbackServerContext& context) {
  const auto pem = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  return pem.size() == 1 ? ReadPeer(View(pem[0])) : PeerCertificate{absl::InfinitePast(), ""};
}

bool Mutates(const std::string& method) {
  auto access = auth::AccessOf(method);
  return access.ok() && access->mutates();
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(std::string(status.message()));
  google::rpc::ErrorInfo info;
  info.set_domain(kDomain);
  info.set_reason(ErrorReason(status));
  if (info.reason().empty()) info.set_reason(absl::StatusCodeToString(status.code()));
  for (const auto& [key, value] : ErrorMetadata(status)) (*info.mutable_metadata())[key] = value;
  wire.add_details()->PackFrom(info);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), wire.message(),
                      wire.SerializeAsString());
}

absl::Status CheckCertificate(absl::Time end, absl::Time now) {
  if (now <= end) return absl::OkStatus();
  return MakeError(absl::StatusCode::kUnauthenticated, "CERTIFICATE_EXPIRED",
                   absl::StrCat("the caller's certificate ended at ", absl::FormatTime(end)),
                   {{"end_time", absl::FormatTime(end)}});
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::Status wire;
  google::rpc::ErrorInfo info;
  if (wire.ParseFromString(status.error_details())) {
    for (const auto& detail : wire.details()) {
      if (!detail.UnpackTo(&info)) continue;
      return MakeError(code, info.reason(), status.error_message(),
                       Metadata(info.metadata().begin(), info.metadata().end()));
    }
  }
  return MakeError(code, absl::StatusCodeToString(code), status.error_message());
}

namespace internal {

absl::StatusOr<Call> Admit(Runtime& runtime, grpc::CallbackServerContext& context,
                           absl::string_view method, size_t request_bytes, bool streaming) {
  Call call;
  call.method = std::string(method);
  auth::Peer peer{.caller_header = Value(context, kCallerKey),
                  .request_id = Value(context, kRequestIdKey)};
  auto ids = context.auth_context()->FindPropertyValues("peer_spiffe_id");
  if (ids.size() == 1) peer.spiffe_id = std::string(View(ids[0]));
  call.request_id =
      IsRequestId(peer.request_id) ? peer.request_id : SystemIds().Base32(kRequestIdLength);
  call.locale = absl::StartsWith(Value(context, "accept-language"), "en") ? "en" : "zh";
  if (runtime.draining()) return ShuttingDown();
  const PeerCertificate certificate = CertificateOf(context);
  call.certificate_end = certificate.not_after;
  call.certificate_serial = peer.certificate_serial = certificate.serial;
  DUBAN_RETURN_IF_ERROR(CheckCertificate(call.certificate_end, runtime.clock().Now()));
  DUBAN_ASSIGN_OR_RETURN(call.caller, runtime.authenticate()(peer));
  auto access = auth::AccessOf(method);
  if (!access.ok()) return auth::NotAllowed();
  DUBAN_RETURN_IF_ERROR(auth::Authorize(call.caller, *access));
  const int most =
      access->max_request_bytes() > 0 ? access->max_request_bytes() : kDefaultMaxRequestBytes;
  if (request_bytes > static_cast<size_t>(most)) return RequestTooLarge(request_bytes, most);
  call.deadline = absl::InfiniteFuture();
  if (streaming) return call;
  if (context.deadline() == std::chrono::system_clock::time_point::max()) return DeadlineRequired();
  call.deadline = absl::FromChrono(context.deadline());
  // The caller's and this machine's clocks are not compared: gRPC carries a timeout, and a second
  // of slack covers what the call took to get here.
  if (call.deadline - absl::Now() > kMaxDeadline + absl::Seconds(1)) return DeadlineTooLong();
  return call;
}

void LogEnd(const Runtime& runtime, const Call& call, absl::Time start,
            const absl::Status& status) {
  if (!status.ok() || Mutates(call.method)) {
    LogCall(call, runtime.clock().Now() - start, status);
  }
}

void Finish(const Runtime& runtime, const Call& call, absl::Time start, const absl::Status& status,
            grpc::ServerUnaryReactor* reactor) {
  LogEnd(runtime, call, start, status);
  reactor->Finish(ToGrpc(status));
}

grpc::ServerUnaryReactor* Refuse(grpc::CallbackServerContext& context, absl::string_view method,
                                 const absl::Status& status) {
  LogRefusal(context, method, status);
  grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

void LogRefusal(const grpc::CallbackServerContext& context, absl::string_view method,
                const absl::Status& status) {
  std::string identity;
  auto ids = context.auth_context()->FindPropertyValues("peer_spiffe_id");
  if (ids.size() == 1) identity = std::string(View(ids[0]));
  const std::string request_id = Value(context, kRequestIdKey);
  Log(LogLevel::kWarning, "refused",
      {{"method", std::string(method)},
       {"request_id", IsRequestId(request_id) ? request_id : ""},
       {"caller", identity},
       {"peer", context.peer()},
       {"code", absl::StatusCodeToString(status.code())},
       {"reason", ErrorReason(status)}});
}

}  // namespace internal
}  // namespace duban::rpc
