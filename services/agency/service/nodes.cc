#include "services/agency/service/nodes.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "services/agency/domain/enrolment_rules.h"
#include "services/agency/domain/node_rules.h"
#include "services/agency/service/agencies.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"
#include "services/common/sign/sign.h"

namespace duban::agency {
namespace {

// The node as it would be stored, from what the caller may say: keys, epoch (1 when unset), custody
// (the agency's when unset).
pb::Node Asked(const NodeName& name, const pb::Node& said, absl::string_view trust_domain) {
  pb::Node node;
  node.set_name(name.ToString());
  node.set_identity(Identity{.trust_domain = std::string(trust_domain),
                             .kind = Identity::Kind::kNode,
                             .agency = name.agency,
                             .name = name.node}
                        .ToString());
  for (const pb::SigningKey& key : said.signing_keys()) {
    pb::SigningKey& added = *node.add_signing_keys();
    added.set_algorithm(key.algorithm());
    added.set_public_key(key.public_key());
    added.set_key_id(sign::KeyId(key.algorithm(), key.public_key()));
  }
  node.set_epoch(said.epoch() == 0 ? 1 : said.epoch());
  node.set_custody(said.custody() == pb::CUSTODY_UNSPECIFIED ? pb::CUSTODY_AGENCY : said.custody());
  return node;
}

NodeRecord ToRecord(const pb::Node& node) {
  NodeRecord record{.epoch = node.epoch(), .custody_known = pb::Custody_IsValid(node.custody())};
  for (const pb::SigningKey& key : node.signing_keys()) {
    record.signing_keys.push_back({.algorithm = key.algorithm(), .public_key = key.public_key()});
  }
  return record;
}

// Whether `stored` came from the same request as `asked`, whatever was revoked since.
bool SameRequest(pb::Node stored, const pb::Node& asked) {
  stored.clear_revision();
  stored.clear_revoke_time();
  stored.clear_certificates();
  for (pb::SigningKey& key : *stored.mutable_signing_keys()) key.clear_revoke_time();
  return stored.SerializeAsString() == asked.SerializeAsString();
}

}  // namespace

absl::Status CreateNode(const pb::CreateNodeRequest& request, absl::string_view trust_domain,
                        feed::Tx& tx, pb::Node& response) {
  auto name = NodeName::Parse(request.node().name());
  if (!name.ok() || AgencyName{name->agency}.ToString() != request.parent()) {
    return InvalidNode("name", "is not a node of the parent");
  }
  const pb::Node asked = Asked(*name, request.node(), trust_domain);
  DUBAN_RETURN_IF_ERROR(CheckNode(ToRecord(asked)));
  DUBAN_RETURN_IF_ERROR(FindAgency(request.parent(), tx).status());
  DUBAN_ASSIGN_OR_RETURN(auto existing, feed::GetMessage<pb::Node>(tx, asked.name()));
  if (existing && !SameRequest(*existing, asked)) return NodeExists(asked.name());
  if (existing && existing->has_revoke_time()) return NodeRevoked(asked.name());
  response = existing ? *std::move(existing) : asked;
  return existing ? absl::OkStatus() : feed::PutMessage(tx, response, "", name->agency);
}

absl::Status ListNodes(const pb::ListNodesRequest& request, feed::View& view,
                       pb::ListNodesResponse& response) {
  std::string prefix = "agencies/";
  if (request.parent() != "agencies/-") {
    DUBAN_ASSIGN_OR_RETURN(AgencyName parent, AgencyName::Parse(request.parent()));
    prefix = absl::StrCat(parent.ToString(), "/nodes/");
  }
  DUBAN_ASSIGN_OR_RETURN(feed::Page page,
                         feed::Page::Parse(request.page_size(), request.page_token(), prefix));
  DUBAN_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      feed::ListPage<pb::Node>(view, {.prefix = prefix}, page, response.mutable_nodes()));
  return absl::OkStatus();
}

absl::Status RevokeNode(const pb::RevokeNodeRequest& request, feed::Tx& tx, pb::Node& response) {
  DUBAN_ASSIGN_OR_RETURN(NodeName name, NodeName::Parse(request.name()));
  DUBAN_ASSIGN_OR_RETURN(auto node, feed::GetMessage<pb::Node>(tx, name.ToString()));
  if (!node) return NodeNotFound(request.name());
  response = *std::move(node);
  if (response.has_revoke_time()) return absl::OkStatus();
  *response.mutable_revoke_time() = feed::ToTimestamp(tx.now());
  return feed::PutMessage(tx, response, "", name.agency);
}

absl::Status RevokeNodeCertificate(const pb::RevokeNodeCertificateRequest& request, feed::Tx& tx,
                                   pb::Node& response) {
  DUBAN_ASSIGN_OR_RETURN(const NodeName name, NodeName::Parse(request.name()));
  DUBAN_ASSIGN_OR_RETURN(auto node, feed::GetMessage<pb::Node>(tx, name.ToString()));
  if (!node) return NodeNotFound(request.name());
  response = *std::move(node);
  for (pb::NodeCertificate& one : *response.mutable_certificates()) {
    if (one.serial() != request.serial()) continue;
    if (one.has_revoke_time()) return absl::OkStatus();
    *one.mutable_revoke_time() = feed::ToTimestamp(tx.now());
    return feed::PutMessage(tx, response, "", name.agency);
  }
  return CertificateNotFound(request.name(), request.serial());
}

}  // namespace duban::agency
