#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace duban::agency {

// What is asked for a new credential.
struct CredentialRecord {
  struct Role {
    int number = 0;         // of the role, whatever it means
    bool grantable = true;  // a credential may give it
  };
  std::string identity;
  std::vector<Role> roles;
  std::vector<std::string> plans;
};

// INVALID_ARGUMENT / INVALID_CREDENTIAL {field, why}.
absl::Status InvalidCredential(absl::string_view field, absl::string_view why);
// NOT_FOUND / CREDENTIAL_NOT_FOUND {name}.
absl::Status CredentialNotFound(absl::string_view name);
// ALREADY_EXISTS / CREDENTIAL_EXISTS {name}: the id is used, or that credential is in force for the
// same identity.
// FAILED_PRECONDITION / LAST_ADMIN {name}
absl::Status LastAdmin(absl::string_view name);
absl::Status CredentialExists(absl::string_view name);

// An operator's or system's identity in `trust_domain`; one grantable role at least, none twice;
// plan ids. INVALID_CREDENTIAL.
absl::Status CheckCredential(const CredentialRecord& record, absl::string_view trust_domain);

}  // namespace duban::agency
