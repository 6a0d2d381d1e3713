#include "services/agency/service/join_tokens.h"

#include "absl/strings/str_cat.h"
#include "services/agency/domain/enrolment_rules.h"
#include "services/agency/domain/limits.h"
#include "services/agency/domain/node_rules.h"
#include "services/agency/service/agencies.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/enrolment/token.h"
#include "services/common/feed/messages.h"
#include "services/common/sign/sign.h"

namespace duban::agency {
namespace {

constexpr char kPrefix[] = "joinTokens/";
constexpr size_t kIdLength = 16;  // of the hash in hex

std::string NameOf(absl::string_view secret) {
  return absl::StrCat(kPrefix, enrolment::HashOfSecret(secret).substr(0, kIdLength));
}

}  // namespace

absl::Status CreateJoinToken(const pb::CreateJoinTokenRequest& request, const EnrolmentDoor& door,
                             const std::string& creator, Ids& ids, feed::Tx& tx,
                             pb::CreateJoinTokenResponse& response) {
  if (door.address.empty()) return EnrolmentOff();
  const auto node = NodeName::Parse(request.join_token().node());
  if (!node.ok()) return InvalidJoinToken("node", "is not agencies/{agency}/nodes/{node}");
  if (!pb::Custody_IsValid(request.join_token().custody())) {
    return InvalidJoinToken("custody", "is not known");
  }
  const absl::Time expiry = request.join_token().has_expire_time()
                                ? feed::FromTimestamp(request.join_token().expire_time())
                                : tx.now() + kJoinTokenLife;
  DUBAN_RETURN_IF_ERROR(CheckExpiry(expiry, tx.now()));
  DUBAN_RETURN_IF_ERROR(FindAgency(AgencyName{node->agency}.ToString(), tx).status());
  DUBAN_ASSIGN_OR_RETURN(const auto known, feed::GetMessage<pb::Node>(tx, node->ToString()));
  if (known && known->has_revoke_time()) return NodeRevoked(node->ToString());
  const enrolment::Token token = enrolment::Token::New(door.pin, ids);
  pb::JoinToken& made = *response.mutable_join_token();
  made.set_name(NameOf(token.secret));
  made.set_node(node->ToString());
  made.set_custody(request.join_token().custody() == pb::CUSTODY_UNSPECIFIED
                       ? pb::CUSTODY_AGENCY
                       : request.join_token().custody());
  *made.mutable_create_time() = feed::ToTimestamp(tx.now());
  *made.mutable_expire_time() = feed::ToTimestamp(expiry);
  made.set_creator(creator);
  made.set_secret_sha256(sign::Sha256(token.secret));
  response.set_token(token.ToString());
  response.set_enrol_address(door.address);
  return feed::PutMessage(tx, made, "", node->agency);
}

absl::Status ListJoinTokens(const pb::ListJoinTokensRequest& request, feed::View& view,
                            pb::ListJoinTokensResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(feed::Page page,
                         feed::Page::Parse(request.page_size(), request.page_token(), kPrefix));
  DUBAN_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                         feed::ListPage<pb::JoinToken>(view, {.prefix = kPrefix}, page,
                                                       response.mutable_join_tokens()));
  return absl::OkStatus();
}

absl::Status RevokeJoinToken(const pb::RevokeJoinTokenRequest& request, feed::Tx& tx,
                             pb::JoinToken& response) {
  DUBAN_ASSIGN_OR_RETURN(const JoinTokenName name, JoinTokenName::Parse(request.name()));
  DUBAN_ASSIGN_OR_RETURN(auto token, feed::GetMessage<pb::JoinToken>(tx, name.ToString()));
  if (!token) return JoinTokenNotFound(request.name());
  response = *std::move(token);
  if (response.has_revoke_time()) return absl::OkStatus();
  *response.mutable_revoke_time() = feed::ToTimestamp(tx.now());
  DUBAN_ASSIGN_OR_RETURN(const NodeName node, NodeName::Parse(response.node()));
  return feed::PutMessage(tx, response, "", node.agency);
}

absl::StatusOr<pb::JoinToken> FindJoinToken(absl::string_view secret, feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(auto token, feed::GetMessage<pb::JoinToken>(view, NameOf(secret)));
  if (!token || token->secret_sha256() != sign::Sha256(secret)) return TokenRefused("unknown");
  return *std::move(token);
}

}  // namespace duban::agency
