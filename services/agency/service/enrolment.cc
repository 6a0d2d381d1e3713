#include "services/agency/service/enrolment.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "duban/agency/v1/agency.pb.h"
#include "services/agency/domain/enrolment_rules.h"
#include "services/agency/domain/limits.h"
#include "services/agency/domain/node_rules.h"
#include "services/agency/service/join_tokens.h"
#include "services/common/auth/caller.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/enrolment/credentials.h"
#include "services/common/enrolment/token.h"
#include "services/common/feed/messages.h"
#include "services/common/rpc/server_name.h"
#include "services/common/sign/sign.h"

namespace duban::agency {
namespace {

// The last answer to a node or by a token, a private row: hash of the request, its time, the
// certificate.
struct Answered {
  std::string hash;  // 32 bytes
  absl::Time time;
  std::string certificate;
};

constexpr size_t kHashBytes = 32;

std::string EnrolledKey(const pb::JoinToken& token) {
  return absl::StrCat("enrolled/", token.name());
}
std::string RenewedKey(const NodeName& node) { return absl::StrCat("renewed/", node.ToString()); }

absl::StatusOr<std::optional<Answered>> ReadAnswered(feed::View& view, const std::string& key) {
  DUBAN_ASSIGN_OR_RETURN(const auto row, view.Get(key));
  if (!row) return std::optional<Answered>();
  const size_t end = row->image.find('\n', kHashBytes);
  Answered answered;
  std::string error;
  if (end == std::string::npos ||
      !absl::ParseTime(absl::RFC3339_full, row->image.substr(kHashBytes, end - kHashBytes),
                       &answered.time, &error)) {
    return MakeError(absl::StatusCode::kDataLoss, "ROW_DAMAGED",
                     absl::StrCat("row ", key, " cannot be read"), {{"key", key}});
  }
  answered.hash = row->image.substr(0, kHashBytes);
  answered.certificate = row->image.substr(end + 1);
  return std::make_optional(std::move(answered));
}

absl::Status PutAnswered(feed::Tx& tx, const std::string& key, const Answered& answered) {
  return tx.Put(
      {.key = key,
       .image = absl::StrCat(
           answered.hash, absl::FormatTime(absl::RFC3339_full, answered.time, absl::UTCTimeZone()),
           "\n", answered.certificate),
       .logged = false});
}

absl::StatusOr<std::string> Issue(const std::string& request, const IssuingHub& hub,
                                  const Identity& identity, absl::Time now) {
  return hub.issuer.Issue(
      request,
      {.uri = identity.ToString(),
       .dns_name = identity.kind == Identity::Kind::kNode
                       ? rpc::NodeServerName(identity.agency, identity.name, identity.trust_domain)
                       : "",
       .not_before = now - enrolment::kBackdated,
       .not_after = std::min(now + hub.certificate_life, hub.issuer.not_after())});
}

// Notes a certificate with its node; those that have ended are forgotten, and the oldest when there
// are too many.
absl::Status AddCertificate(pb::Node& node, const std::string& pem, absl::Time now) {
  DUBAN_ASSIGN_OR_RETURN(const sign::Certificate issued, sign::ReadCertificate(pem));
  auto& all = *node.mutable_certificates();
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](const pb::NodeCertificate& one) {
                             return feed::FromTimestamp(one.not_after()) < now;
                           }),
            all.end());
  if (all.size() >= kMaxNodeCertificates) all.erase(all.begin());
  pb::NodeCertificate& added = *all.Add();
  added.set_serial(issued.serial);
  added.set_spki_sha256(issued.spki_sha256);
  *added.mutable_issue_time() = feed::ToTimestamp(now);
  *added.mutable_not_after() = feed::ToTimestamp(issued.not_after);
  return absl::OkStatus();
}

// Nothing that the node had counts any more.
void RevokeOlder(pb::Node& node, absl::Time now) {
  for (auto& key : *node.mutable_signing_keys()) {
    if (!key.has_revoke_time()) *key.mutable_revoke_time() = feed::ToTimestamp(now);
  }
  for (auto& certificate : *node.mutable_certificates()) {
    if (!certificate.has_revoke_time()) {
      *certificate.mutable_revoke_time() = feed::ToTimestamp(now);
    }
  }
}

void AddSigningKey(pb::Node& node, const std::string& public_key) {
  auto& all = *node.mutable_signing_keys();
  if (all.size() >= kMaxSigningKeys) all.erase(all.begin());
  pb::SigningKey& added = *all.Add();
  added.set_algorithm(sign::kEd25519);
  added.set_public_key(public_key);
  added.set_key_id(sign::KeyId(sign::kEd25519, public_key));
}

enrolment::Grant ToGrant(const IssuingHub& hub, const NodeName& name, int64_t epoch,
                         std::string certificate) {
  return {.agency = name.agency,
          .node = name.node,
          .epoch = epoch,
          .certificate = std::move(certificate),
          .ca = hub.ca,
          .hub_address = hub.uplink_address};
}

Identity IdentityOf(const NodeName& name, const IssuingHub& hub) {
  return {.trust_domain = hub.trust_domain,
          .kind = Identity::Kind::kNode,
          .agency = name.agency,
          .name = name.node};
}

// The node whose signing key in force signed the request. NODE_UNKNOWN.
absl::StatusOr<pb::Node> Signer(const enrolment::RenewRequest& request, feed::View& view) {
  const auto name = NodeName::Parse(request.node);
  if (!name.ok()) return enrolment::BadRequest("node", "is not agencies/{agency}/nodes/{node}");
  DUBAN_ASSIGN_OR_RETURN(auto node, feed::GetMessage<pb::Node>(view, request.node));
  if (!node) return NodeUnknown();
  const std::string transcript = request.Transcript();
  for (const pb::SigningKey& key : node->signing_keys()) {
    if (!key.has_revoke_time() &&
        sign::VerifyEd25519(key.public_key(), transcript, request.signature)) {
      return *std::move(node);
    }
  }
  return NodeUnknown();
}

}  // namespace

absl::StatusOr<enrolment::Grant> Enrol(const enrolment::EnrolRequest& request,
                                       const IssuingHub& hub, feed::Tx& tx) {
  DUBAN_ASSIGN_OR_RETURN(pb::JoinToken token, FindJoinToken(request.secret, tx));
  if (token.has_revoke_time()) return TokenRefused("revoked");
  DUBAN_RETURN_IF_ERROR(sign::KeyOfRequest(request.request).status());
  const std::string transcript = request.Transcript(hub.pin);
  if (!sign::VerifyEd25519(request.signing_key, transcript, request.signature)) return BadProof();
  DUBAN_RETURN_IF_ERROR(enrolment::CheckVersion(request.version, hub.min_version));
  DUBAN_ASSIGN_OR_RETURN(const NodeName name, NodeName::Parse(token.node()));
  DUBAN_ASSIGN_OR_RETURN(auto known, feed::GetMessage<pb::Node>(tx, token.node()));
  if (known && known->has_revoke_time()) return NodeRevoked(token.node());
  const std::string hash = sign::Sha256(transcript);
  DUBAN_ASSIGN_OR_RETURN(const auto before, ReadAnswered(tx, EnrolledKey(token)));
  if (before && before->hash != hash) return TokenRefused("used");
  if (before) return ToGrant(hub, name, known->epoch(), before->certificate);
  if (feed::FromTimestamp(token.expire_time()) < tx.now()) return TokenRefused("expired");

  pb::Node node = known.value_or(pb::Node());
  RevokeOlder(node, tx.now());
  node.set_name(name.ToString());
  node.set_identity(IdentityOf(name, hub).ToString());
  node.set_epoch(node.epoch() + 1);
  node.set_custody(token.custody());
  AddSigningKey(node, request.signing_key);
  DUBAN_ASSIGN_OR_RETURN(const std::string certificate,
                         Issue(request.request, hub, IdentityOf(name, hub), tx.now()));
  DUBAN_RETURN_IF_ERROR(AddCertificate(node, certificate, tx.now()));
  DUBAN_RETURN_IF_ERROR(feed::PutMessage(tx, node, "", name.agency));
  *token.mutable_use_time() = feed::ToTimestamp(tx.now());
  DUBAN_RETURN_IF_ERROR(feed::PutMessage(tx, token, "", name.agency));
  DUBAN_RETURN_IF_ERROR(PutAnswered(tx, EnrolledKey(token),
                                    {.hash = hash, .time = tx.now(), .certificate = certificate}));
  return ToGrant(hub, name, node.epoch(), certificate);
}

absl::StatusOr<enrolment::Grant> Renew(const enrolment::RenewRequest& request,
                                       const IssuingHub& hub, feed::Tx& tx) {
  DUBAN_ASSIGN_OR_RETURN(pb::Node node, Signer(request, tx));
  DUBAN_ASSIGN_OR_RETURN(const NodeName name, NodeName::Parse(node.name()));
  if (node.has_revoke_time()) return NodeRevoked(node.name());
  DUBAN_RETURN_IF_ERROR(enrolment::CheckVersion(request.version, hub.min_version));
  const auto identity = Identity::Parse(request.identity);
  const bool own = request.identity == node.identity();
  if (!identity.ok() || identity->trust_domain != hub.trust_domain ||
      identity->agency != name.agency ||
      (!own && identity->kind != Identity::Kind::kAgencySystem)) {
    return auth::NotAllowed();
  }
  const std::string hash = sign::Sha256(request.Transcript());
  DUBAN_ASSIGN_OR_RETURN(const auto last, ReadAnswered(tx, RenewedKey(name)));
  const bool again = last && last->hash == hash;
  DUBAN_RETURN_IF_ERROR(
      CheckFreshness(request.time, last && !again ? last->time : absl::InfinitePast(), tx.now()));
  if (again) return ToGrant(hub, name, node.epoch(), last->certificate);
  DUBAN_ASSIGN_OR_RETURN(const std::string certificate,
                         Issue(request.request, hub, *identity, tx.now()));
  if (own) {
    DUBAN_RETURN_IF_ERROR(AddCertificate(node, certificate, tx.now()));
    DUBAN_RETURN_IF_ERROR(feed::PutMessage(tx, node, "", name.agency));
  }
  DUBAN_RETURN_IF_ERROR(PutAnswered(
      tx, RenewedKey(name), {.hash = hash, .time = request.time, .certificate = certificate}));
  return ToGrant(hub, name, node.epoch(), certificate);
}

absl::StatusOr<std::string> StateOfCertificate(const enrolment::CheckRequest& request,
                                               feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(const auto node, feed::GetMessage<pb::Node>(view, request.node));
  if (!node) return "unknown";
  for (const pb::NodeCertificate& one : node->certificates()) {
    if (one.serial() != request.serial) continue;
    return one.has_revoke_time() || node->has_revoke_time() ? "revoked" : "in force";
  }
  return "unknown";
}

}  // namespace duban::agency
