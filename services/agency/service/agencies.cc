#include "services/agency/service/agencies.h"

#include <map>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/agency/domain/agency_rules.h"
#include "services/agency/domain/limits.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"
#include "services/domain/plantext/plantext.h"

namespace duban::agency {
namespace {

AgencyRecord ToRecord(const pb::Agency& agency) {
  return {.full_name = agency.full_name(),
          .short_name = agency.short_name(),
          .english_name = agency.english_name(),
          .former_names = {agency.former_names().begin(), agency.former_names().end()},
          .aliases = {agency.aliases().begin(), agency.aliases().end()},
          .kind_known = pb::AgencyKind_IsValid(agency.kind()),
          .parent = agency.parent(),
          .valid_from = agency.valid_from(),
          .valid_to = agency.valid_to()};
}

// Its id. INVALID_AGENCY for any fault of the record by itself.
absl::StatusOr<AgencyName> Check(const pb::Agency& agency) {
  auto name = AgencyName::Parse(agency.name());
  if (!name.ok()) return InvalidAgency("name", "is not agencies/{agency}");
  DUBAN_RETURN_IF_ERROR(CheckAgency(ToRecord(agency)));
  return name;
}

bool SameContent(pb::Agency a, pb::Agency b) {
  for (pb::Agency* agency : {&a, &b}) {
    agency->clear_revision();
    agency->clear_update_time();
  }
  return a.SerializeAsString() == b.SerializeAsString();
}

std::string NameKey(absl::string_view folded) { return absl::StrCat("names/", folded); }

// Every folded name with the name it stands for: the first, where several fold to the same.
std::map<std::string, std::string> FoldedNames(const pb::Agency& agency) {
  std::map<std::string, std::string> folded;
  for (const std::string& name : NamesOf(ToRecord(agency)))
    folded.try_emplace(plantext::FoldName(name), name);
  return folded;
}

// Makes the agency's names its own, and gives up those that only `before` had. NAME_TAKEN.
absl::Status ClaimNames(const std::string& id, const pb::Agency& before, const pb::Agency& after,
                        feed::Tx& tx) {
  const auto names = FoldedNames(after);
  for (const auto& [folded, text] : names) {
    DUBAN_ASSIGN_OR_RETURN(std::optional<feed::Row> taken, tx.Get(NameKey(folded)));
    if (taken && taken->image != after.name()) return NameTaken(text, taken->image);
    if (taken) continue;
    DUBAN_RETURN_IF_ERROR(
        tx.Put({.key = NameKey(folded), .agency = id, .image = after.name(), .logged = false}));
  }
  for (const auto& [folded, text] : FoldedNames(before)) {
    if (!names.contains(folded)) DUBAN_RETURN_IF_ERROR(tx.Delete(NameKey(folded)));
  }
  return absl::OkStatus();
}

absl::Status CheckParentsIn(const pb::Agency& agency, feed::View& view) {
  return CheckParents(agency.name(), agency.parent(),
                      [&](absl::string_view name) -> absl::StatusOr<std::optional<std::string>> {
                        DUBAN_ASSIGN_OR_RETURN(auto above,
                                               feed::GetMessage<pb::Agency>(view, name));
                        if (!above) return std::optional<std::string>();
                        return std::make_optional(above->parent());
                      });
}

// Stores `agency` in the place of `before` (empty for a new one) and answers it as stored.
// NAME_TAKEN.
absl::StatusOr<pb::Agency> Store(const AgencyName& name, const pb::Agency& before,
                                 pb::Agency agency, feed::Tx& tx) {
  DUBAN_RETURN_IF_ERROR(ClaimNames(name.agency, before, agency, tx));
  *agency.mutable_update_time() = feed::ToTimestamp(tx.now());
  DUBAN_RETURN_IF_ERROR(feed::PutMessage(tx, agency, "", name.agency));
  return agency;
}

absl::Status TooMany(int count) {
  return MakeError(absl::StatusCode::kInvalidArgument, "TOO_MANY",
                   absl::StrCat(count, " agencies in one call; at most ", kMaxAgenciesPerBatch),
                   {{"count", absl::StrCat(count)}, {"limit", absl::StrCat(kMaxAgenciesPerBatch)}});
}

absl::Status ChangedSince(const pb::Agency& current, int64_t expected) {
  return MakeError(
      absl::StatusCode::kAborted, "CHANGED_SINCE",
      absl::StrCat(current.name(), " is at revision ", current.revision(), ", not ", expected),
      {{"name", current.name()},
       {"revision", absl::StrCat(current.revision())},
       {"expected", absl::StrCat(expected)}});
}

}  // namespace

absl::Status CreateAgency(const pb::CreateAgencyRequest& request, feed::Tx& tx,
                          pb::Agency& response) {
  DUBAN_ASSIGN_OR_RETURN(AgencyName name, Check(request.agency()));
  DUBAN_ASSIGN_OR_RETURN(auto existing, feed::GetMessage<pb::Agency>(tx, name.ToString()));
  if (existing && !SameContent(*existing, request.agency())) return AgencyExists(name.ToString());
  if (existing) {
    response = *std::move(existing);
    return absl::OkStatus();
  }
  DUBAN_RETURN_IF_ERROR(CheckParentsIn(request.agency(), tx));
  DUBAN_ASSIGN_OR_RETURN(response, Store(name, {}, request.agency(), tx));
  return absl::OkStatus();
}

absl::Status BatchCreateAgencies(const pb::BatchCreateAgenciesRequest& request, feed::Tx& tx,
                                 pb::BatchCreateAgenciesResponse& response) {
  if (request.agencies_size() > kMaxAgenciesPerBatch) return TooMany(request.agencies_size());
  for (const pb::Agency& agency : request.agencies()) {
    DUBAN_ASSIGN_OR_RETURN(AgencyName name, Check(agency));
    DUBAN_ASSIGN_OR_RETURN(auto existing, feed::GetMessage<pb::Agency>(tx, name.ToString()));
    if (existing && !SameContent(*existing, agency)) return AgencyExists(name.ToString());
    if (existing) {
      *response.add_agencies() = *std::move(existing);
      continue;
    }
    DUBAN_ASSIGN_OR_RETURN(*response.add_agencies(), Store(name, {}, agency, tx));
    response.set_created(response.created() + 1);
  }
  // A parent may stand after its child in the request.
  for (const pb::Agency& agency : request.agencies())
    DUBAN_RETURN_IF_ERROR(CheckParentsIn(agency, tx));
  response.set_revision(response.created() > 0 ? tx.next_revision() : tx.revision());
  return absl::OkStatus();
}

absl::Status UpdateAgency(const pb::UpdateAgencyRequest& request, feed::Tx& tx,
                          pb::Agency& response) {
  DUBAN_ASSIGN_OR_RETURN(AgencyName name, Check(request.agency()));
  DUBAN_ASSIGN_OR_RETURN(pb::Agency before, FindAgency(name.ToString(), tx));
  const int64_t expected = request.agency().revision();
  if (expected != 0 && expected != before.revision()) return ChangedSince(before, expected);
  if (SameContent(before, request.agency())) {
    response = std::move(before);
    return absl::OkStatus();
  }
  DUBAN_RETURN_IF_ERROR(CheckParentsIn(request.agency(), tx));
  DUBAN_ASSIGN_OR_RETURN(response, Store(name, before, request.agency(), tx));
  return absl::OkStatus();
}

absl::Status AddAlias(const pb::AddAliasRequest& request, feed::Tx& tx, pb::Agency& response) {
  DUBAN_ASSIGN_OR_RETURN(const pb::Agency before, FindAgency(request.name(), tx));
  response = before;
  response.add_aliases(request.alias());
  DUBAN_ASSIGN_OR_RETURN(const AgencyName name, Check(response));
  if (FoldedNames(before).contains(plantext::FoldName(request.alias()))) {
    response = before;
    return absl::OkStatus();
  }
  DUBAN_ASSIGN_OR_RETURN(response, Store(name, before, response, tx));
  return absl::OkStatus();
}

absl::Status GetAgency(const pb::GetAgencyRequest& request, feed::View& view,
                       pb::Agency& response) {
  DUBAN_ASSIGN_OR_RETURN(response, FindAgency(request.name(), view));
  return absl::OkStatus();
}

absl::Status ListAgencies(const pb::ListAgenciesRequest& request, feed::View& view,
                          pb::ListAgenciesResponse& response) {
  const std::string prefix = "agencies/";
  DUBAN_ASSIGN_OR_RETURN(feed::Page page,
                         feed::Page::Parse(request.page_size(), request.page_token(), prefix));
  DUBAN_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      feed::ListPage<pb::Agency>(view, {.prefix = prefix}, page, response.mutable_agencies()));
  return absl::OkStatus();
}

absl::StatusOr<pb::Agency> FindAgency(absl::string_view name, feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(AgencyName parsed, AgencyName::Parse(name));
  DUBAN_ASSIGN_OR_RETURN(auto agency, feed::GetMessage<pb::Agency>(view, parsed.ToString()));
  if (!agency) return AgencyNotFound(name);
  return *std::move(agency);
}

}  // namespace duban::agency
