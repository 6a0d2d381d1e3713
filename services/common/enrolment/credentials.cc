#include "services/common/enrolment/credentials.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "services/common/base/files.h"
#include "services/common/base/status.h"
#include "services/common/enrolment/json.h"
#include "services/common/enrolment/slot.h"
#include "services/common/sign/sign.h"

namespace duban::enrolment {
namespace {

constexpr char kCert[] = "cert.pem";
constexpr char kKey[] = "key.pem";
constexpr char kCa[] = "ca.pem";
constexpr char kSign[] = "sign.pem";
constexpr char kNode[] = "node.json";
constexpr char kRequest[] = "request.json";  // while it waits for its answer
constexpr size_t kMaxText = 4096;

absl::Status NotEnrolled(const std::string& dir) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "NOT_ENROLLED",
                   absl::StrCat(dir, " holds no credentials; enrol the node first"),
                   {{"path", dir}});
}

absl::Status BadCredentials(const std::string& path, absl::string_view why) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "BAD_CREDENTIALS",
                   absl::StrCat(path, ": ", why), {{"path", path}, {"why", std::string(why)}});
}

// What node.json holds.
struct Facts {
  NodeName node;
  int64_t epoch = 0;
  std::string enrol_address, hub_address;
  std::string token;  // HashOfSecret of the one that it was enrolled by
};

std::string ToJson(const Facts& facts) {
  return nlohmann::json{{"agency", facts.node.agency},
                        {"node", facts.node.node},
                        {"epoch", facts.epoch},
                        {"enrol_address", facts.enrol_address},
                        {"hub_address", facts.hub_address},
                        {"token_sha256", facts.token}}
             .dump(1) +
         "\n";
}

absl::StatusOr<Facts> ReadFacts(const std::string& path) {
  DUBAN_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  Fields fields(text);
  Facts facts{
      .node = {.agency = fields.Text("agency", kMaxText), .node = fields.Text("node", kMaxText)},
      .epoch = fields.Number("epoch"),
      .enrol_address = fields.Text("enrol_address", kMaxText),
      .hub_address = fields.Text("hub_address", kMaxText),
      .token = fields.Text("token_sha256", kMaxText)};
  const Fields::Fault fault = fields.Finish(/*open=*/true);
  if (!fault.why.empty()) return BadCredentials(path, absl::StrCat(fault.field, " ", fault.why));
  return facts;
}

// A certificate with its key, as files. BAD_CREDENTIALS.
absl::StatusOr<sign::Certificate> ReadPair(const std::string& cert, const std::string& key) {
  DUBAN_ASSIGN_OR_RETURN(const std::string cert_pem, ReadFile(cert));
  DUBAN_ASSIGN_OR_RETURN(const std::string key_pem, ReadFile(key));
  const auto certificate = sign::ReadCertificate(cert_pem);
  if (!certificate.ok()) return BadCredentials(cert, certificate.status().message());
  if (certificate->uris.size() != 1) return BadCredentials(cert, "does not name exactly one URI");
  if (!sign::IsKeyOf(key_pem, cert_pem)) {
    return BadCredentials(key, absl::StrCat("is not the key of ", cert));
  }
  return certificate;
}

// What the hub gave must be what was asked for. UNAVAILABLE / BAD_ANSWER.
absl::Status CheckGrant(const Grant& grant, const std::string& key_pem,
                        const std::optional<std::string>& identity) {
  const auto bad = [](absl::string_view why) {
    return MakeError(absl::StatusCode::kUnavailable, "BAD_ANSWER",
                     absl::StrCat("the hub's answer cannot be used: ", why),
                     {{"why", std::string(why)}});
  };
  const auto certificate = sign::ReadCertificate(grant.certificate);
  if (!certificate.ok() || certificate->uris.size() != 1) return bad("certificate");
  if (!sign::IsKeyOf(key_pem, grant.certificate)) return bad("the certificate is of another key");
  if (!sign::IssuerOf(grant.certificate, grant.ca).ok()) return bad("ca");
  const auto named = Identity::Parse(certificate->uris[0]);
  if (!named.ok() || named->agency != grant.agency) return bad("the certificate is of another one");
  if (identity && certificate->uris[0] != *identity)
    return bad("the certificate is of another one");
  if (!NodeName::Parse(NodeName{grant.agency, grant.node}.ToString()).ok()) return bad("node");
  return absl::OkStatus();
}

// The version that holds the request by this token, which may wait for its answer; 0 when there is
// none.
int Waiting(const Slot& slot, const Token& token) {
  for (const int version : slot.versions()) {
    if (version == slot.current()) continue;
    const auto text = ReadFile(slot.Path(version, kRequest));
    if (!text.ok()) continue;
    const auto request = EnrolRequest::Parse(*text);
    if (request.ok() && request->secret == token.secret) return version;
  }
  return 0;
}

// The token is used up; its secret is worth nothing any more.
void ForgetSecret(const Slot& slot) {
  std::error_code ignored;
  std::filesystem::remove(slot.Path(kRequest), ignored);
}

absl::StatusOr<int> MakeRequest(const Slot& slot, const Token& token) {
  DUBAN_ASSIGN_OR_RETURN(const std::string key, sign::NewP256Pem());
  DUBAN_ASSIGN_OR_RETURN(const std::string sign_pem, sign::NewEd25519Pem());
  DUBAN_ASSIGN_OR_RETURN(const auto signer, sign::SignerFromPem(sign_pem));
  EnrolRequest request{.secret = token.secret,
                       .request = {},
                       .signing_key = signer->public_key(),
                       .version = OwnVersion(),
                       .signature = {}};
  DUBAN_ASSIGN_OR_RETURN(request.request, sign::NewCertificateRequest(key));
  request.signature = signer->Sign(request.Transcript(token.pin));
  return slot.Prepare({{kKey, key}, {kSign, sign_pem}, {kRequest, request.ToJson()}});
}

// A new key with its certificate, for `identity`, asked for by the node's signing key.
struct Renewed {
  std::string key;
  Grant grant;
};
absl::StatusOr<Renewed> AskToRenew(const Credentials& own, const std::string& identity,
                                   const Clock& clock) {
  Renewed renewed;
  DUBAN_ASSIGN_OR_RETURN(const std::string sign_pem, ReadFile(own.sign));
  DUBAN_ASSIGN_OR_RETURN(const auto signer, sign::SignerFromPem(sign_pem));
  DUBAN_ASSIGN_OR_RETURN(const std::string ca, ReadFile(own.ca));
  DUBAN_ASSIGN_OR_RETURN(renewed.key, sign::NewP256Pem());
  RenewRequest request{.node = own.node.ToString(),
                       .identity = identity,
                       .request = {},
                       .time = clock.Now(),
                       .version = OwnVersion(),
                       .signature = {}};
  DUBAN_ASSIGN_OR_RETURN(request.request, sign::NewCertificateRequest(renewed.key));
  request.signature = signer->Sign(request.Transcript());
  DUBAN_ASSIGN_OR_RETURN(renewed.grant,
                         Ask({.address = own.enrol_address, .pin = {}, .ca = ca}, request));
  DUBAN_RETURN_IF_ERROR(CheckGrant(renewed.grant, renewed.key, identity));
  return renewed;
}

std::string SystemFolder(const std::string& dir, const std::string& system) {
  return absl::StrCat(dir, "/systems/", system);
}

}  // namespace

absl::StatusOr<Credentials> ReadCredentials(const std::string& dir) {
  const Slot slot(dir);
  Credentials found;
  found.version = slot.current();
  if (found.version == 0) return NotEnrolled(dir);
  found.cert = slot.Path(kCert), found.key = slot.Path(kKey), found.ca = slot.Path(kCa);
  found.sign = slot.Path(kSign);
  DUBAN_ASSIGN_OR_RETURN(Facts facts, ReadFacts(slot.Path(kNode)));
  DUBAN_ASSIGN_OR_RETURN(found.certificate, ReadPair(found.cert, found.key));
  found.identity = found.certificate.uris[0];
  const auto identity = Identity::Parse(found.identity);
  if (!identity.ok() || identity->kind != Identity::Kind::kNode ||
      identity->agency != facts.node.agency || identity->name != facts.node.node) {
    return BadCredentials(found.cert, absl::StrCat("is not of ", facts.node.ToString()));
  }
  DUBAN_ASSIGN_OR_RETURN(const std::string sign_pem, ReadFile(found.sign));
  if (!sign::SignerFromPem(sign_pem).ok()) return BadCredentials(found.sign, "no Ed25519 key");
  found.node = std::move(facts.node);
  found.epoch = facts.epoch;
  found.enrol_address = std::move(facts.enrol_address);
  found.hub_address = std::move(facts.hub_address);
  return found;
}

absl::StatusOr<Credentials> Enrol(const std::string& dir, const std::string& address,
                                  const Token& token) {
  const Slot slot(dir);
  DUBAN_ASSIGN_OR_RETURN(const Slot::Lock lock, slot.Take());
  const std::string token_hash = HashOfSecret(token.secret);
  if (slot.current() != 0) {
    const auto facts = ReadFacts(slot.Path(kNode));
    if (facts.ok() && facts->token == token_hash) {
      ForgetSecret(slot);
      DUBAN_RETURN_IF_ERROR(slot.RemoveOthers(slot.current()));
      return ReadCredentials(dir);
    }
  }
  int version = Waiting(slot, token);
  DUBAN_RETURN_IF_ERROR(slot.RemoveOthers(version));
  if (version == 0) {
    DUBAN_ASSIGN_OR_RETURN(version, MakeRequest(slot, token));
  }
  DUBAN_ASSIGN_OR_RETURN(const std::string text, ReadFile(slot.Path(version, kRequest)));
  DUBAN_ASSIGN_OR_RETURN(const EnrolRequest request, EnrolRequest::Parse(text));
  DUBAN_ASSIGN_OR_RETURN(const std::string key, ReadFile(slot.Path(version, kKey)));
  DUBAN_ASSIGN_OR_RETURN(const Grant grant,
                         Ask({.address = address, .pin = token.pin, .ca = {}}, request));
  DUBAN_RETURN_IF_ERROR(CheckGrant(grant, key, std::nullopt));
  DUBAN_RETURN_IF_ERROR(slot.Add(version, {{kCert, grant.certificate},
                                           {kCa, grant.ca},
                                           {kNode, ToJson({.node = {grant.agency, grant.node},
                                                           .epoch = grant.epoch,
                                                           .enrol_address = address,
                                                           .hub_address = grant.hub_address,
                                                           .token = token_hash})}}));
  DUBAN_RETURN_IF_ERROR(slot.Use(version));
  ForgetSecret(slot);
  return ReadCredentials(dir);
}

absl::StatusOr<Credentials> Renew(const std::string& dir, const Clock& clock) {
  const Slot slot(dir);
  DUBAN_ASSIGN_OR_RETURN(const Slot::Lock lock, slot.Take());
  DUBAN_ASSIGN_OR_RETURN(const Credentials own, ReadCredentials(dir));
  DUBAN_ASSIGN_OR_RETURN(Facts facts, ReadFacts(slot.Path(kNode)));
  DUBAN_ASSIGN_OR_RETURN(const std::string sign_pem, ReadFile(own.sign));
  DUBAN_ASSIGN_OR_RETURN(const Renewed renewed, AskToRenew(own, own.identity, clock));
  facts.hub_address = renewed.grant.hub_address;
  DUBAN_ASSIGN_OR_RETURN(const int version, slot.Prepare({{kKey, renewed.key},
                                                          {kSign, sign_pem},
                                                          {kCert, renewed.grant.certificate},
                                                          {kCa, renewed.grant.ca},
                                                          {kNode, ToJson(facts)}}));
  DUBAN_RETURN_IF_ERROR(slot.Use(version));
  return ReadCredentials(dir);
}

absl::StatusOr<std::string> RenewSystem(const std::string& dir, const std::string& system,
                                        const Clock& clock) {
  DUBAN_ASSIGN_OR_RETURN(const Credentials own, ReadCredentials(dir));
  DUBAN_ASSIGN_OR_RETURN(Identity identity, Identity::Parse(own.identity));
  identity.kind = Identity::Kind::kAgencySystem;
  identity.name = system;
  // The same rule as for any identity: what it gives must be one.
  DUBAN_RETURN_IF_ERROR(Identity::Parse(identity.ToString()).status());
  const Slot slot(SystemFolder(dir, system));
  DUBAN_ASSIGN_OR_RETURN(const Slot::Lock lock, slot.Take());
  DUBAN_ASSIGN_OR_RETURN(const Renewed renewed, AskToRenew(own, identity.ToString(), clock));
  DUBAN_ASSIGN_OR_RETURN(const int version, slot.Prepare({{kKey, renewed.key},
                                                          {kCert, renewed.grant.certificate},
                                                          {kCa, renewed.grant.ca}}));
  DUBAN_RETURN_IF_ERROR(slot.Use(version));
  return absl::StrCat(SystemFolder(dir, system), "/current");
}

std::vector<std::string> SystemsOf(const std::string& dir) {
  std::vector<std::string> systems;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(absl::StrCat(dir, "/systems"), error)) {
    const std::string name = entry.path().filename().string();
    if (Slot(SystemFolder(dir, name)).current() != 0) systems.push_back(name);
  }
  std::sort(systems.begin(), systems.end());
  return systems;
}

absl::StatusOr<sign::Certificate> ReadSystem(const std::string& dir, const std::string& system) {
  const Slot slot(SystemFolder(dir, system));
  return ReadPair(slot.Path(kCert), slot.Path(kKey));
}

absl::Time RenewAt(const sign::Certificate& certificate, double jitter) {
  const absl::Time issued = certificate.not_before + kBackdated;
  const absl::Duration life = certificate.not_after - issued;
  return issued + life * (2.0 / 3 - jitter * kRenewalJitter);
}

}  // namespace duban::enrolment
