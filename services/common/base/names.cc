#include "services/common/base/names.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/common/base/status.h"

namespace duban {
namespace {

constexpr size_t kMaxId = 40;
constexpr size_t kMaxIdentity = 2048;  // bytes of a SPIFFE id
constexpr size_t kMaxTrustDomain = 255;
constexpr size_t kMaxSegment = 64;  // of an identity's path

absl::Status InvalidName(absl::string_view name, absl::string_view form) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_NAME",
                   absl::StrCat("\"", name, "\" is not a name of the form ", form),
                   {{"name", std::string(name)}, {"form", std::string(form)}});
}

absl::Status InvalidIdentity(absl::string_view id) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_IDENTITY",
                   absl::StrCat("\"", id, "\" is not an identity of this suite"),
                   {{"identity", std::string(id)}});
}

// The parts of `name` that stand where `form` has {braces}. INVALID_NAME unless the rest is the
// same and each part is a valid id.
absl::StatusOr<std::vector<std::string>> Match(absl::string_view name, absl::string_view form) {
  std::vector<absl::string_view> have = absl::StrSplit(name, '/');
  std::vector<absl::string_view> want = absl::StrSplit(form, '/');
  if (have.size() != want.size()) return InvalidName(name, form);
  std::vector<std::string> ids;
  for (size_t i = 0; i < want.size(); ++i) {
    if (want[i].front() != '{') {
      if (have[i] != want[i]) return InvalidName(name, form);
    } else if (IsValidId(have[i])) {
      ids.emplace_back(have[i]);
    } else {
      return InvalidName(name, form);
    }
  }
  return ids;
}

bool IsPeriodText(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxId &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(c) || absl::ascii_isupper(c) || c == '-';
         });
}

bool IsSegment(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxSegment && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
         });
}

bool IsTrustDomain(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxTrustDomain &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '-' ||
                  c == '_';
         });
}

}  // namespace

bool IsValidId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxId && std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

absl::StatusOr<PlanName> PlanName::Parse(absl::string_view name) {
  DUBAN_ASSIGN_OR_RETURN(auto ids, Match(name, "plans/{plan}"));
  return PlanName{ids[0]};
}

std::string PlanName::ToString() const { return absl::StrCat("plans/", plan); }

absl::StatusOr<TaskName> TaskName::Parse(absl::string_view name) {
  DUBAN_ASSIGN_OR_RETURN(auto ids, Match(name, "plans/{plan}/tasks/{task}"));
  return TaskName{ids[0], ids[1]};
}

std::string TaskName::ToString() const { return absl::StrCat("plans/", plan, "/tasks/", task); }

absl::StatusOr<AssignmentName> AssignmentName::Parse(absl::string_view name) {
  DUBAN_ASSIGN_OR_RETURN(auto ids, Match(name, "plans/{plan}/tasks/{task}/assignments/{agency}"));
  return AssignmentName{ids[0], ids[1], ids[2]};
}

std::string AssignmentName::ToString() const {
  return absl::StrCat("plans/", plan, "/tasks/", task, "/assignments/", agency);
}

absl::StatusOr<ReportName> ReportName::Parse(absl::string_view name) {
  constexpr absl::string_view kForm =
      "plans/{plan}/tasks/{task}/assignments/{agency}/reports/{period}@{version}";
  const size_t at = name.rfind("/reports/");
  if (at == absl::string_view::npos) return InvalidName(name, kForm);
  ReportName report;
  auto assignment = AssignmentName::Parse(name.substr(0, at));
  if (!assignment.ok()) return InvalidName(name, kForm);
  report.assignment = *std::move(assignment);
  std::vector<absl::string_view> parts =
      absl::StrSplit(absl::StripPrefix(name.substr(at), "/reports/"), '@');
  report.period = std::string(parts[0]);
  if (parts.size() > 2 || !IsPeriodText(report.period)) return InvalidName(name, kForm);
  if (parts.size() == 2 && (!absl::SimpleAtoi(parts[1], &report.version) || report.version < 1)) {
    return InvalidName(name, kForm);
  }
  if (report.ToString() != name) return InvalidName(name, kForm);  // such as @01
  return report;
}

std::string ReportName::ToString() const {
  std::string name = absl::StrCat(assignment.ToString(), "/reports/", period);
  if (version > 0) absl::StrAppend(&name, "@", version);
  return name;
}

absl::StatusOr<UnresolvedUnitName> UnresolvedUnitName::Parse(absl::string_view name) {
  DUBAN_ASSIGN_OR_RETURN(auto ids, Match(name, "plans/{plan}/unresolvedUnits/{unit}"));
  return UnresolvedUnitName{ids[0], ids[1]};
}

std::string UnresolvedUnitName::ToString() const {
  return absl::StrCat("plans/", plan, "/unresolvedUnits/", unit);
}

absl::StatusOr<AgencyName> AgencyName::Parse(absl::string_view name) {
  DUBAN_ASSIGN_OR_RETURN(auto ids, Match(name, "agencies/{agency}"));
  return AgencyName{ids[0]};
}

std::string AgencyName::ToString() const { return absl::StrCat("agencies/", agency); }

absl::StatusOr<NodeName> NodeName::Parse(absl::string_view name) {
  DUBAN_ASSIGN_OR_RETURN(auto ids, Match(name, "agencies/{agency}/nodes/{node}"));
  return NodeName{ids[0], ids[1]};
}

std::string NodeName::ToString() const {
  return absl::StrCat("agencies/", agency, "/nodes/", node);
}

absl::StatusOr<JoinTokenName> JoinTokenName::Parse(absl::string_view name) {
  DUBAN_ASSIGN_OR_RETURN(auto ids, Match(name, "joinTokens/{join_token}"));
  return JoinTokenName{ids[0]};
}

std::string JoinTokenName::ToString() const { return absl::StrCat("joinTokens/", join_token); }

absl::StatusOr<CredentialName> CredentialName::Parse(absl::string_view name) {
  DUBAN_ASSIGN_OR_RETURN(auto ids, Match(name, "credentials/{credential}"));
  return CredentialName{ids[0]};
}

std::string CredentialName::ToString() const { return absl::StrCat("credentials/", credential); }

absl::StatusOr<Identity> Identity::Parse(absl::string_view spiffe_id) {
  absl::string_view rest = spiffe_id;
  if (spiffe_id.size() > kMaxIdentity || !absl::ConsumePrefix(&rest, "spiffe://")) {
    return InvalidIdentity(spiffe_id);
  }
  std::vector<std::string> parts = absl::StrSplit(rest, '/');
  Identity identity;
  identity.trust_domain = parts[0];
  if (!IsTrustDomain(parts[0]) || !std::all_of(parts.begin() + 1, parts.end(), IsSegment)) {
    return InvalidIdentity(spiffe_id);
  }
  identity.name = parts.back();
  if (parts.size() == 3 && parts[1] == "hub") {
    identity.kind = Kind::kHubService;
  } else if (parts.size() == 3 && parts[1] == "system") {
    identity.kind = Kind::kSystem;
  } else if (parts.size() == 3 && parts[1] == "operator") {
    identity.kind = Kind::kOperator;
  } else if (parts.size() == 5 && parts[1] == "agency" && IsValidId(parts[2]) &&
             (parts[3] == "node" || parts[3] == "system")) {
    identity.kind = parts[3] == "node" ? Kind::kNode : Kind::kAgencySystem;
    identity.agency = parts[2];
  } else {
    return InvalidIdentity(spiffe_id);
  }
  return identity;
}

std::string Identity::ToString() const {
  const std::string domain = absl::StrCat("spiffe://", trust_domain);
  switch (kind) {
    case Kind::kHubService:
      return absl::StrCat(domain, "/hub/", name);
    case Kind::kNode:
      return absl::StrCat(domain, "/agency/", agency, "/node/", name);
    case Kind::kAgencySystem:
      return absl::StrCat(domain, "/agency/", agency, "/system/", name);
    case Kind::kSystem:
      return absl::StrCat(domain, "/system/", name);
    case Kind::kOperator:
      break;
  }
  return absl::StrCat(domain, "/operator/", name);
}

}  // namespace duban
