#include "services/cli/doctor.h"

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "services/common/base/files.h"
#include "services/common/base/status.h"
#include "services/common/enrolment/credentials.h"
#include "services/common/rpc/client.h"
#include "services/common/rpc/handler.h"

namespace duban::cli {
namespace {

constexpr absl::Duration kTolerated = absl::Minutes(5);  // between this clock and the hub's
constexpr int kConnectMs = 10'000;
constexpr absl::Duration kCallWithin = absl::Seconds(10);

constexpr struct {
  const char* reason;
  int status;
} kFaults[] = {{"FAULT_NAME", 3},
               {"FAULT_CLOCK", 4},
               {"FAULT_CERTIFICATE", 5},
               {"FAULT_NETWORK", 6},
               {"FAULT_VERSION", 7}};

absl::Status Fault(absl::string_view reason, absl::string_view what, absl::string_view remedy) {
  return MakeError(absl::StatusCode::kFailedPrecondition, reason,
                   absl::StrCat(what, ". What to do: ", remedy), {{"do", std::string(remedy)}});
}

absl::Status NameFault(const std::string& address) {
  return Fault("FAULT_NAME", absl::StrCat("name: the host in ", address, " is not known here"),
               "ask the office whether the address is right; check this machine's DNS "
               "(`getent hosts NAME`) or put the name into /etc/hosts");
}

absl::Status NetworkFault(const std::string& address, absl::string_view why) {
  return Fault(
      "FAULT_NETWORK", absl::StrCat("network: no connection to ", address, ": ", why),
      "let this machine open TCP connections to that address through firewalls and routers; "
      "no proxy may stand in between; ask the office whether the hub is up");
}

absl::Status CertificateFault(absl::string_view what, absl::string_view remedy) {
  return Fault("FAULT_CERTIFICATE", absl::StrCat("certificate: ", what), remedy);
}

constexpr char kNewToken[] =
    "ask the office for a new join token and run `duban node enrol` with it, in the same folder";

// What asking the hub's enrolment listener says about the way there.
absl::Status FaultOf(const std::string& address, const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  if (reason == "SERVER_NAME_UNKNOWN") return NameFault(address);
  if (reason == "SERVER_NOT_TRUSTED") {
    return CertificateFault(
        absl::StrCat("this node does not believe what answers at ", address, ": ",
                     ErrorMetadata(status)["why"]),
        absl::StrCat("when the office exchanged its authority while this node was off, ", kNewToken,
                     "; else something stands between this machine and the hub"));
  }
  return NetworkFault(address, status.message());
}

// That a TCP connection can be made.
absl::Status Reach(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return NameFault(address);
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(address.substr(0, colon).c_str(), address.c_str() + colon + 1, &hints, &found) !=
      0) {
    return NameFault(address);
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, freeaddrinfo);
  int error = 0;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const int fd = socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    error = connect(fd, one->ai_addr, one->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      pollfd done{fd, POLLOUT, 0};
      socklen_t size = sizeof(error);
      if (poll(&done, 1, kConnectMs) <= 0) {
        error = ETIMEDOUT;
      } else {
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
      }
    }
    close(fd);
    if (error == 0) return absl::OkStatus();
  }
  return NetworkFault(address, std::strerror(error));
}

absl::Status CheckUplink(const enrolment::Credentials& own) {
  DUBAN_RETURN_IF_ERROR(Reach(own.hub_address));
  DUBAN_ASSIGN_OR_RETURN(const Identity identity, Identity::Parse(own.identity));
  const auto channel =
      rpc::NewChannel({.address = own.hub_address,
                       .server_name = rpc::HubServerName("reporting", identity.trust_domain),
                       .tls = {.cert = own.cert, .key = own.key, .ca = own.ca}});
  grpc::ClientContext context;
  rpc::Prepare(context, absl::Now() + kCallWithin, "");
  grpc::health::v1::HealthCheckResponse response;
  const absl::Status status =
      rpc::FromGrpc(grpc::health::v1::Health::NewStub(channel)->Check(&context, {}, &response));
  if (status.ok()) return absl::OkStatus();
  return CertificateFault(
      absl::StrCat(own.hub_address, " and this node do not accept each other: ", status.message()),
      "run `duban node rotate`; if that does not help, tell the office the lines above");
}

absl::Status CheckCertificate(const enrolment::Credentials& own, const std::string& state) {
  const std::string end =
      absl::FormatTime(absl::RFC3339_sec, own.certificate.not_after, absl::UTCTimeZone());
  if (state == "revoked" || state == "unknown") {
    return CertificateFault(
        absl::StrCat("the hub says that ", own.certificate.serial, " is ", state),
        "run `duban node rotate`; when the node itself was revoked or enrolled "
        "elsewhere, ask the office");
  }
  if (own.certificate.not_after < absl::Now()) {
    return CertificateFault(absl::StrCat("it ended at ", end),
                            "start duban-node, which renews it, or run `duban node rotate`");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Diagnose(const std::string& dir, std::ostream& out) {
  const auto own = enrolment::ReadCredentials(dir);
  if (!own.ok()) {
    return CertificateFault(own.status().message(),
                            ErrorReason(own.status()) == "NOT_ENROLLED"
                                ? "run `duban node enrol`, or say the right folder with --dir"
                                : kNewToken);
  }
  out << "credentials  ok: " << own->node.ToString() << ", epoch " << own->epoch << "\n";
  const auto ca = ReadFile(own->ca);
  if (!ca.ok()) return CertificateFault(ca.status().message(), kNewToken);
  enrolment::Hub hub{.address = own->enrol_address, .pin = {}, .ca = *ca, .check_time = false};
  const enrolment::CheckRequest request{.node = own->node.ToString(),
                                        .serial = own->certificate.serial};
  const auto answer = enrolment::Ask(hub, request);
  if (!answer.ok()) return FaultOf(hub.address, answer.status());
  out << "hub          ok: " << hub.address << " answers, version " << answer->version << "\n";
  const absl::Duration ahead = absl::Now() - answer->time;
  if (absl::AbsDuration(ahead) > kTolerated) {
    return Fault(
        "FAULT_CLOCK",
        absl::StrCat("clock: this machine is ",
                     absl::FormatDuration(absl::Trunc(absl::AbsDuration(ahead), absl::Seconds(1))),
                     ahead > absl::ZeroDuration() ? " ahead of" : " behind", " the hub"),
        "set the clock and keep it set (`timedatectl set-ntp true`), then look again");
  }
  out << "clock        ok\n";
  if (const auto status = enrolment::CheckVersion(enrolment::OwnVersion(), answer->min_version);
      !status.ok()) {
    return Fault("FAULT_VERSION", absl::StrCat("version: ", status.message()),
                 "install the newer duban on this machine, then start duban-node again");
  }
  out << "version      ok: " << enrolment::OwnVersion() << "\n";
  hub.check_time = true;
  if (const auto timed = enrolment::Ask(hub, request); !timed.ok()) {
    return CertificateFault(absl::StrCat("the hub's own is not valid: ", timed.status().message()),
                            "tell the office");
  }
  DUBAN_RETURN_IF_ERROR(CheckCertificate(*own, answer->certificate));
  out << "certificate  ok: until "
      << absl::FormatTime(absl::RFC3339_sec, own->certificate.not_after, absl::UTCTimeZone())
      << "\n";
  DUBAN_RETURN_IF_ERROR(CheckUplink(*own));
  out << "uplink       ok: " << own->hub_address << "\n";
  return absl::OkStatus();
}

int ExitStatusOfFault(const std::string& reason) {
  for (const auto& fault : kFaults) {
    if (reason == fault.reason) return fault.status;
  }
  return 0;
}

}  // namespace duban::cli
