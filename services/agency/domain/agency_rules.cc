#include "services/agency/domain/agency_rules.h"

#include "absl/strings/str_cat.h"
#include "services/agency/domain/limits.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/domain/fields/fields.h"
#include "services/domain/plantext/plantext.h"

namespace duban::agency {
namespace {

absl::Status CheckName(absl::string_view field, absl::string_view name, bool required) {
  if (auto fault = fields::TextFault(name, {.max_chars = kMaxNameChars, .required = required})) {
    return InvalidAgency(field, *fault);
  }
  if (!name.empty() && plantext::FoldName(name).empty()) {
    return InvalidAgency(field, "has no letter or digit");
  }
  return absl::OkStatus();
}

absl::Status CheckNames(absl::string_view field, const std::vector<std::string>& names) {
  if (names.size() > kMaxNamesOfAKind) {
    return InvalidAgency(field, absl::StrCat("has more than ", kMaxNamesOfAKind, " names"));
  }
  for (const std::string& name : names) DUBAN_RETURN_IF_ERROR(CheckName(field, name, true));
  return absl::OkStatus();
}

absl::Status CheckDay(absl::string_view field, absl::string_view day) {
  if (day.empty() || fields::IsDay(day)) return absl::OkStatus();
  return InvalidAgency(field, "is not a day as YYYY-MM-DD");
}

}  // namespace

absl::Status InvalidAgency(absl::string_view field, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_AGENCY",
                   absl::StrCat(field, " ", why),
                   {{"field", std::string(field)}, {"why", std::string(why)}});
}

absl::Status AgencyNotFound(absl::string_view name) {
  return MakeError(absl::StatusCode::kNotFound, "AGENCY_NOT_FOUND",
                   absl::StrCat("there is no ", name), {{"name", std::string(name)}});
}

absl::Status AgencyExists(absl::string_view name) {
  return MakeError(absl::StatusCode::kAlreadyExists, "AGENCY_EXISTS",
                   absl::StrCat(name, " is registered already"), {{"name", std::string(name)}});
}

absl::Status NameTaken(absl::string_view text, absl::string_view agency) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "NAME_TAKEN",
                   absl::StrCat(agency, " has the name ", text, " already"),
                   {{"text", std::string(text)}, {"agency", std::string(agency)}});
}

absl::Status CheckAgency(const AgencyRecord& record) {
  DUBAN_RETURN_IF_ERROR(CheckName("full_name", record.full_name, true));
  DUBAN_RETURN_IF_ERROR(CheckName("short_name", record.short_name, false));
  DUBAN_RETURN_IF_ERROR(CheckName("english_name", record.english_name, false));
  DUBAN_RETURN_IF_ERROR(CheckNames("former_names", record.former_names));
  DUBAN_RETURN_IF_ERROR(CheckNames("aliases", record.aliases));
  if (!record.kind_known) return InvalidAgency("kind", "is not known");
  if (!record.parent.empty() && !AgencyName::Parse(record.parent).ok()) {
    return InvalidAgency("parent", "is not the name of an agency");
  }
  DUBAN_RETURN_IF_ERROR(CheckDay("valid_from", record.valid_from));
  DUBAN_RETURN_IF_ERROR(CheckDay("valid_to", record.valid_to));
  if (!record.valid_from.empty() && !record.valid_to.empty() &&
      record.valid_to < record.valid_from) {
    return InvalidAgency("valid_to", "is before valid_from");
  }
  return absl::OkStatus();
}

std::vector<std::string> NamesOf(const AgencyRecord& record) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty()) names.push_back(name);
  };
  add(record.full_name);
  add(record.short_name);
  add(record.english_name);
  for (const std::string& name : record.former_names) add(name);
  for (const std::string& name : record.aliases) add(name);
  return names;
}

absl::Status CheckParents(absl::string_view name, absl::string_view parent, ParentOf parent_of) {
  std::string above(parent);
  for (int level = 0; !above.empty(); ++level) {
    if (above == name) return InvalidAgency("parent", "leads back to the agency itself");
    if (level == kMaxParents) {
      return InvalidAgency("parent",
                           absl::StrCat("has more than ", kMaxParents, " agencies above it"));
    }
    DUBAN_ASSIGN_OR_RETURN(std::optional<std::string> next, parent_of(above));
    if (!next) return InvalidAgency("parent", absl::StrCat(above, " is not registered"));
    above = *std::move(next);
  }
  return absl::OkStatus();
}

}  // namespace duban::agency
