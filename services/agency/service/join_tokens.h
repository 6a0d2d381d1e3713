// Join tokens: what the RPCs on them do inside a transaction.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "duban/agency/v1/agency_service.pb.h"
#include "services/common/base/ids.h"
#include "services/common/feed/store.h"

namespace duban::agency {

namespace pb = duban::agency::v1;

// Where nodes enrol, and whom they are to trust there.
struct EnrolmentDoor {
  std::string address;  // of the listener, as nodes reach it; empty: nobody can enrol here
  std::string
      pin;  // hash of the key of the authority that the listener's certificate is of, 32 bytes
};

// `creator`: SPIFFE id of the caller.
absl::Status CreateJoinToken(const pb::CreateJoinTokenRequest& request, const EnrolmentDoor& door,
                             const std::string& creator, Ids& ids, feed::Tx& tx,
                             pb::CreateJoinTokenResponse& response);
absl::Status ListJoinTokens(const pb::ListJoinTokensRequest& request, feed::View& view,
                            pb::ListJoinTokensResponse& response);
absl::Status RevokeJoinToken(const pb::RevokeJoinTokenRequest& request, feed::Tx& tx,
                             pb::JoinToken& response);

// The token whose secret this is. PERMISSION_DENIED / TOKEN_REFUSED {why: unknown}.
absl::StatusOr<pb::JoinToken> FindJoinToken(absl::string_view secret, feed::View& view);

}  // namespace duban::agency
