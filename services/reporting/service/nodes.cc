#include "services/reporting/service/nodes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/feed/messages.h"
#include "services/reporting/domain/limits.h"
#include "services/reporting/service/keys.h"
#include "services/reporting/service/ledger.h"

namespace duban::reporting {
namespace {

using EnrolledNode = duban::agency::v1::Node;

}  // namespace

absl::Status NodeUnknown() {
  return MakeError(absl::StatusCode::kPermissionDenied, "NODE_UNKNOWN",
                   "the register has no such node");
}

absl::Status CertificateRevoked(absl::string_view serial) {
  return MakeError(absl::StatusCode::kUnauthenticated, "CERTIFICATE_REVOKED",
                   absl::StrCat("the certificate ", serial, " was revoked"),
                   {{"serial", std::string(serial)}});
}

absl::Status ApplyRegister(feed::Tx& tx, const FeedRows& feed, std::vector<std::string>* changed) {
  DUBAN_ASSIGN_OR_RETURN(const auto rows,
                         CopyRows(tx, kRegisterPrefix, {EnrolledNode::descriptor()->full_name()},
                                  feed, kAgencyCursor));
  for (const CopiedRow& row : rows) {
    changed->push_back(row.name);
    if (row.after.empty()) continue;
    DUBAN_RETURN_IF_ERROR(AppendHubLeaf(tx, kNodeLeaf, row.after).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<EnrolledNode>> FindNode(feed::View& view, const NodeName& name) {
  DUBAN_ASSIGN_OR_RETURN(auto node, feed::GetMessage<EnrolledNode>(view, RegisterKey(name)));
  if (node && node->has_revoke_time()) node.reset();
  return node;
}

absl::Status Nodes::Load(feed::View& view) {
  return feed::ScanMessages<EnrolledNode>(view, {.prefix = kRegisterPrefix},
                                          [&](const EnrolledNode& node) {
                                            Set(node.name(), node);
                                            return true;
                                          });
}

absl::Status Nodes::Reload(feed::View& view, const std::vector<std::string>& names) {
  absl::Status status;
  for (const std::string& text : names) {
    DUBAN_ASSIGN_OR_RETURN(const NodeName name, NodeName::Parse(text));
    auto node = FindNode(view, name);
    if (!node.ok()) status.Update(node.status());
    Set(text, node.ok() ? *std::move(node) : std::nullopt);
  }
  return status;
}

void Nodes::Set(const std::string& name, std::optional<EnrolledNode> node) {
  std::vector<std::function<void()>> rechecks;
  {
    std::lock_guard lock(mutex_);
    if (node && !node->has_revoke_time()) {
      nodes_[name] = std::make_shared<const EnrolledNode>(*std::move(node));
    } else {
      nodes_.erase(name);
    }
    for (const auto& [token, stream] : streams_) {
      if (stream.node == name) rechecks.push_back(stream.recheck);
    }
  }
  for (const auto& recheck : rechecks) recheck();
}

Nodes::Node Nodes::Find(const NodeName& name) const {
  std::lock_guard lock(mutex_);
  auto at = nodes_.find(name.ToString());
  return at == nodes_.end() ? nullptr : at->second;
}

absl::Status Nodes::Check(const NodeName& name, absl::string_view certificate_serial) const {
  const Node node = Find(name);
  if (node == nullptr) return NodeUnknown();
  const auto& issued = node->certificates();
  const bool counts = std::any_of(issued.begin(), issued.end(), [&](const auto& one) {
    return one.serial() == certificate_serial && !one.has_revoke_time();
  });
  return counts || issued.empty() ? absl::OkStatus() : CertificateRevoked(certificate_serial);
}

void Nodes::Seen(const NodeName& name, absl::Time now) {
  std::lock_guard lock(mutex_);
  last_seen_[name.ToString()] = now;
}

int64_t Nodes::Opened(const NodeName& name, absl::Time now, std::function<void()> recheck) {
  const std::string node = name.ToString();
  int64_t opened = 0;
  std::vector<std::function<void()>> too_many;
  {
    std::lock_guard lock(mutex_);
    last_seen_[node] = now;
    opened = next_token_++;
    streams_[opened] = {node, std::move(recheck)};
    for (const auto& [token, stream] : streams_) {
      if (stream.node == node && NewerStreams(node, token) >= kMaxStreamsPerNode) {
        too_many.push_back(stream.recheck);
      }
    }
  }
  for (const auto& end : too_many) end();
  return opened;
}

int Nodes::NewerStreams(const std::string& node, int64_t token) const {
  return static_cast<int>(std::count_if(
      streams_.upper_bound(token), streams_.end(),
      [&](const auto& entry) { return entry.second.node == node; }));
}

bool Nodes::Current(int64_t token) const {
  std::lock_guard lock(mutex_);
  const auto at = streams_.find(token);
  return at == streams_.end() || NewerStreams(at->second.node, token) < kMaxStreamsPerNode;
}

void Nodes::Closed(int64_t token, absl::Time now) {
  std::lock_guard lock(mutex_);
  auto at = streams_.find(token);
  if (at == streams_.end()) return;
  last_seen_[at->second.node] = now;
  streams_.erase(at);
}

std::vector<duban::reporting::v1::Presence> Nodes::Presences() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, duban::reporting::v1::Presence> found;
  for (const auto& [name, node] : nodes_) found[name].set_node(name);
  for (const auto& [name, time] : last_seen_) {
    found[name].set_node(name);
    *found[name].mutable_last_seen_time() = feed::ToTimestamp(time);
  }
  for (const auto& [token, stream] : streams_) found[stream.node].set_online(true);
  std::vector<duban::reporting::v1::Presence> all;
  for (auto& [name, presence] : found) all.push_back(std::move(presence));
  return all;
}

auth::Authenticate UplinkAuthenticate(absl::string_view trust_domain, const Nodes& nodes) {
  return [domain = std::string(trust_domain),
          &nodes](const auth::Peer& peer) -> absl::StatusOr<auth::Caller> {
    auto identity = Identity::Parse(peer.spiffe_id);
    if (!identity.ok() || identity->trust_domain != domain) {
      return MakeError(absl::StatusCode::kUnauthenticated, "NO_IDENTITY",
                       "the certificate does not carry exactly one SPIFFE id of this suite");
    }
    if (identity->kind != Identity::Kind::kNode) return auth::NotAllowed();
    DUBAN_RETURN_IF_ERROR(
        nodes.Check({identity->agency, identity->name}, peer.certificate_serial));
    return auth::Caller{
        .identity = *identity, .roles = {auth::Role::ROLE_NODE}, .agency = identity->agency};
  };
}

NodeName NodeOf(const auth::Caller& caller) { return {caller.agency, caller.identity.name}; }

}  // namespace duban::reporting
