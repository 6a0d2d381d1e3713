#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "duban/common/v1/access.pb.h"
#include "services/common/base/names.h"

namespace duban::auth {

using Role = duban::common::v1::Role;

// Who calls, once known.
struct Caller {
  Identity identity;
  std::vector<Role> roles;
  std::string agency;              // nodes and agency systems: their agency
  std::vector<std::string> plans;  // plans it may see; empty: all
  bool has(Role role) const;
  bool may_see_plan(absl::string_view plan) const;
};

// What a connection and its metadata say, before anything is believed.
struct Peer {
  std::string spiffe_id;       // from the certificate; empty when it has none or several
  std::string caller_header;   // `duban-caller-bin`, or empty
  std::string request_id;      // `duban-request-id`, or empty
  std::string certificate_serial;  // of the connection's certificate, in lower-case hex
};

// Turns a peer into a caller: UNAUTHENTICATED / NO_IDENTITY or PERMISSION_DENIED / NOT_ALLOWED. Quick, no I/O.
using Authenticate = std::function<absl::StatusOr<Caller>(const Peer&)>;

// For services behind the gateway: hub services are ROLE_HUB; the gateway may vouch for somebody else by the caller header.
Authenticate HubAuthenticate(absl::string_view trust_domain);

// For a node: systems of its own agency (`/agency/<own>/system/<name>`) are ROLE_AGENCY_SYSTEM, all else is refused.
Authenticate NodeAuthenticate(absl::string_view trust_domain, absl::string_view agency);

// The access rule of "/package.Service/Method" from the proto's option. NOT_FOUND when there is no such method in the pool or it
// has no rule; such a method is never served.
absl::StatusOr<duban::common::v1::Access> AccessOf(absl::string_view method);

// PERMISSION_DENIED / NOT_ALLOWED, in the same bytes whatever the reason.
absl::Status NotAllowed();

// OK when `caller` has one of the roles of `access`.
absl::Status Authorize(const Caller& caller, const duban::common::v1::Access& access);

}  // namespace duban::auth
