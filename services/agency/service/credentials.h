// The register's credentials: what the RPCs on credentials do inside a transaction.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "duban/agency/v1/agency_service.pb.h"
#include "services/common/feed/store.h"

namespace duban::agency {

namespace pb = duban::agency::v1;

absl::Status CreateCredential(const pb::CreateCredentialRequest& request,
                              absl::string_view trust_domain, feed::Tx& tx,
                              pb::Credential& response);
absl::Status ListCredentials(const pb::ListCredentialsRequest& request, feed::View& view,
                             pb::ListCredentialsResponse& response);
absl::Status RevokeCredential(const pb::RevokeCredentialRequest& request, feed::Tx& tx,
                              pb::Credential& response);

// Creates `credentials/bootstrap-admin` (or `-2`, ...) with ROLE_ADMIN for `identity`, unless
// somebody is an administrator: for a new hub, and for one whose administrators' credentials ended.
// It replaces what else is in force for `identity`. INVALID_CREDENTIAL.
absl::Status BootstrapAdmin(absl::string_view identity, absl::string_view trust_domain,
                            feed::Tx& tx);

}  // namespace duban::agency
