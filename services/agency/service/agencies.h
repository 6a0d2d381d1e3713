// The register's records: what the RPCs on agencies do inside a transaction.
#pragma once

#include "absl/status/status.h"
#include "duban/agency/v1/agency_service.pb.h"
#include "services/common/feed/store.h"

namespace duban::agency {

namespace pb = duban::agency::v1;

absl::Status CreateAgency(const pb::CreateAgencyRequest& request, feed::Tx& tx,
                          pb::Agency& response);
absl::Status BatchCreateAgencies(const pb::BatchCreateAgenciesRequest& request, feed::Tx& tx,
                                 pb::BatchCreateAgenciesResponse& response);
absl::Status UpdateAgency(const pb::UpdateAgencyRequest& request, feed::Tx& tx,
                          pb::Agency& response);
absl::Status AddAlias(const pb::AddAliasRequest& request, feed::Tx& tx, pb::Agency& response);
absl::Status GetAgency(const pb::GetAgencyRequest& request, feed::View& view, pb::Agency& response);
absl::Status ListAgencies(const pb::ListAgenciesRequest& request, feed::View& view,
                          pb::ListAgenciesResponse& response);

// The agency under `name`. INVALID_NAME, AGENCY_NOT_FOUND.
absl::StatusOr<pb::Agency> FindAgency(absl::string_view name, feed::View& view);

}  // namespace duban::agency
