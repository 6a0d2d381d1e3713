#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/domain/plantext/plantext.h"

namespace duban::task {

// What the agency register says, as far as reading a plan needs it.
struct RegisterNames {
  std::vector<plantext::RegisterName> names;  // every name of every agency
  std::set<std::string> collectives;          // ids of the agencies that are collectives
};

// Where the private copy of an agency's register record is kept.
inline std::string RegisterKey(absl::string_view agency) {
  return absl::StrCat("register/agencies/", agency);
}

}  // namespace duban::task
