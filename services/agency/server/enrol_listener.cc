#include "services/agency/server/enrol_listener.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/agency/service/enrolment.h"
#include "services/common/base/files.h"
#include "services/common/base/log.h"
#include "services/common/base/status.h"
#include "services/common/enrolment/messages.h"
#include "services/common/http/server.h"
#include "services/common/sign/x509.h"

namespace duban::agency {
namespace {

absl::Status Incomplete(absl::string_view setting) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                   absl::StrCat("enrol_listen is set, so ", setting, " is needed"),
                   {{"fault1", std::string(setting)}});
}

// HTTP's word for an error; the answer's body says which one.
int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kFailedPrecondition:
      return 409;
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

template <typename Answer>
http::Response ToResponse(const absl::StatusOr<Answer>& answer) {
  if (answer.ok()) return {.status = 200, .body = answer->ToJson()};
  return {.status = HttpStatus(answer.status().code()),
          .body = enrolment::ErrorToJson(answer.status())};
}

class Listening final : public EnrolListener {
 public:
  Listening(const AgencyOptions& options, std::string trust_domain, feed::Store& store)
      : options_(options), trust_domain_(std::move(trust_domain)), store_(store) {}

  absl::Status Listen() {
    if (options_.issuer_cert.empty()) return Incomplete("issuer_cert");
    if (options_.issuer_key.empty()) return Incomplete("issuer_key");
    if (options_.uplink_address.empty()) return Incomplete("uplink_address");
    if (options_.certificate_life < absl::Seconds(1)) return Incomplete("certificate_life over 1s");
    DUBAN_RETURN_IF_ERROR(ReadIssuer().status());
    DUBAN_RETURN_IF_ERROR(Pin().status());
    DUBAN_ASSIGN_OR_RETURN(
        server_, http::Server::Start({.address = options_.enrol_listen,
                                      .cert = options_.tls_cert,
                                      .key = options_.tls_key,
                                      .chain = options_.tls_ca,
                                      .limit_loopback = options_.limit_loopback,
                                      .max_body_bytes = enrolment::kMaxRequestBytes,
                                      .requests_per_second = kRequestsPerSecond,
                                      .request_burst = kRequestBurst},
                                     [this](const http::Request& r) { return Serve(r); }));
    if (options_.enrol_port_file.empty()) return absl::OkStatus();
    return ReplaceFile(options_.enrol_port_file, absl::StrCat(port(), "\n"));
  }

  int port() const override { return server_->port(); }

  absl::StatusOr<EnrolmentDoor> Door() const override {
    EnrolmentDoor door;
    DUBAN_ASSIGN_OR_RETURN(door.pin, Pin());
    door.address = options_.enrol_address.empty() ? absl::StrCat("127.0.0.1:", port())
                                                  : options_.enrol_address;
    return door;
  }

 private:
  // An address that asks more often than this in the long run is guessing.
  static constexpr double kRequestsPerSecond = 1;
  static constexpr int kRequestBurst = 30;

  absl::StatusOr<std::unique_ptr<sign::Issuer>> ReadIssuer() const {
    DUBAN_ASSIGN_OR_RETURN(const std::string cert, ReadFile(options_.issuer_cert));
    DUBAN_ASSIGN_OR_RETURN(const std::string key, ReadFile(options_.issuer_key));
    return sign::Issuer::FromPem(cert, key);
  }

  // Of the authority that the listener's own certificate is of.
  absl::StatusOr<std::string> Pin() const {
    DUBAN_ASSIGN_OR_RETURN(const std::string cert, ReadFile(options_.tls_cert));
    DUBAN_ASSIGN_OR_RETURN(const std::string bundle, ReadFile(options_.tls_ca));
    DUBAN_ASSIGN_OR_RETURN(const std::string issuer, sign::IssuerOf(cert, bundle));
    DUBAN_ASSIGN_OR_RETURN(const sign::Certificate authority, sign::ReadCertificate(issuer));
    return authority.spki_sha256;
  }

  http::Response Serve(const http::Request& request) {
    if (request.method != "POST") return {.status = 405, .body = {}};
    if (request.target == enrolment::kCheckPath) return ToResponse(Check(request.body));
    if (request.target == enrolment::kEnrolPath) {
      return Granted<enrolment::EnrolRequest>("enrol", request, &Enrol);
    }
    if (request.target == enrolment::kRenewPath) {
      return Granted<enrolment::RenewRequest>("renew", request, &Renew);
    }
    return {.status = 404, .body = {}};
  }

  // Parses, grants in a transaction, and leaves a line in the log whatever comes of it.
  template <typename Request, typename Body>
  http::Response Granted(absl::string_view event, const http::Request& request, Body body) {
    const auto grant = [&]() -> absl::StatusOr<enrolment::Grant> {
      DUBAN_ASSIGN_OR_RETURN(const Request asked, Request::Parse(request.body));
      DUBAN_ASSIGN_OR_RETURN(const auto issuer, ReadIssuer());
      DUBAN_ASSIGN_OR_RETURN(const std::string bundle, ReadFile(options_.tls_ca));
      DUBAN_ASSIGN_OR_RETURN(const std::string pin, Pin());
      const IssuingHub hub{.issuer = *issuer,
                           .ca = bundle,
                           .pin = pin,
                           .trust_domain = trust_domain_,
                           .uplink_address = options_.uplink_address,
                           .min_version = options_.min_node_version,
                           .certificate_life = options_.certificate_life};
      enrolment::Grant made;
      DUBAN_RETURN_IF_ERROR(store_
                                .WriteAndWait([&](feed::Tx& tx) -> absl::Status {
                                  DUBAN_ASSIGN_OR_RETURN(made, body(asked, hub, tx));
                                  return absl::OkStatus();
                                })
                                .status());
      return made;
    }();
    const auto issued = grant.ok() ? sign::ReadCertificate(grant->certificate) : grant.status();
    Log(grant.ok() ? LogLevel::kInfo : LogLevel::kWarning, event,
        {{"peer", request.address},
         {"code", absl::StatusCodeToString(grant.status().code())},
         {"reason", ErrorReason(grant.status())},
         {"identity", issued.ok() && !issued->uris.empty() ? issued->uris[0] : ""},
         {"serial", issued.ok() ? issued->serial : ""}});
    return ToResponse(grant);
  }

  absl::StatusOr<enrolment::CheckAnswer> Check(const std::string& body) const {
    DUBAN_ASSIGN_OR_RETURN(const auto asked, enrolment::CheckRequest::Parse(body));
    enrolment::CheckAnswer answer{.time = absl::Now(),
                                  .version = enrolment::OwnVersion(),
                                  .min_version = options_.min_node_version,
                                  .certificate = {}};
    DUBAN_RETURN_IF_ERROR(store_.Read([&](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(answer.certificate, StateOfCertificate(asked, view));
      return absl::OkStatus();
    }));
    return answer;
  }

  const AgencyOptions options_;
  const std::string trust_domain_;
  feed::Store& store_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EnrolListener>> EnrolListener::Start(const AgencyOptions& options,
                                                                    const std::string& trust_domain,
                                                                    feed::Store& store) {
  auto listening = std::make_unique<Listening>(options, trust_domain, store);
  DUBAN_RETURN_IF_ERROR(listening->Listen());
  return listening;
}

}  // namespace duban::agency
