// The register's nodes: what the RPCs on nodes do inside a transaction.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "duban/agency/v1/agency_service.pb.h"
#include "services/common/feed/store.h"

namespace duban::agency {

namespace pb = duban::agency::v1;

absl::Status CreateNode(const pb::CreateNodeRequest& request, absl::string_view trust_domain,
                        feed::Tx& tx, pb::Node& response);
absl::Status ListNodes(const pb::ListNodesRequest& request, feed::View& view,
                       pb::ListNodesResponse& response);
absl::Status RevokeNode(const pb::RevokeNodeRequest& request, feed::Tx& tx, pb::Node& response);
absl::Status RevokeNodeCertificate(const pb::RevokeNodeCertificateRequest& request, feed::Tx& tx,
                                   pb::Node& response);

}  // namespace duban::agency
