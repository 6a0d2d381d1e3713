#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace duban::rpc {

// The name that a part's certificate carries as its only DNS SAN; a client connects only to a server that proves it.
// Hub services: "<service>.hub.<trust domain>"; nodes: "<node>.<agency>.node.<trust domain>".
std::string HubServerName(absl::string_view service, absl::string_view trust_domain);
std::string NodeServerName(absl::string_view agency, absl::string_view node,
                           absl::string_view trust_domain);

}  // namespace duban::rpc
