#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace duban::agency {

// What a register record says, without its id. Days are `YYYY-MM-DD` or empty.
struct AgencyRecord {
  std::string full_name, short_name, english_name;
  std::vector<std::string> former_names, aliases;
  bool kind_known = true;  // the kind is one that this program knows
  std::string parent;      // `agencies/{agency}` or empty
  std::string valid_from, valid_to;
};

// INVALID_ARGUMENT / INVALID_AGENCY {field, why}.
absl::Status InvalidAgency(absl::string_view field, absl::string_view why);
// NOT_FOUND / AGENCY_NOT_FOUND {name}.
absl::Status AgencyNotFound(absl::string_view name);
// ALREADY_EXISTS / AGENCY_EXISTS {name}.
absl::Status AgencyExists(absl::string_view name);
// FAILED_PRECONDITION / NAME_TAKEN {text, agency}: `agency` has that name already.
absl::Status NameTaken(absl::string_view text, absl::string_view agency);

// Checks the record by itself: texts, days, and that each name has a letter or digit in it.
// INVALID_AGENCY.
absl::Status CheckAgency(const AgencyRecord& record);

// All names of the record that are not empty, the full one first.
std::vector<std::string> NamesOf(const AgencyRecord& record);

// Answers the parent of an agency (`agencies/{agency}`, or empty for none), or nullopt when there
// is no such agency.
using ParentOf = absl::FunctionRef<absl::StatusOr<std::optional<std::string>>(absl::string_view)>;

// Checks that the agencies above `name` exist, are not more than kMaxParents, and that it is not
// among them. INVALID_AGENCY.
absl::Status CheckParents(absl::string_view name, absl::string_view parent, ParentOf parent_of);

}  // namespace duban::agency
