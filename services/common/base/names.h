#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// One value type per resource name. Parse accepts exactly what ToString gives; anything else is INVALID_ARGUMENT / INVALID_NAME.
// Ids are 1 to 40 characters of [a-z0-9-].
namespace duban {

bool IsValidId(absl::string_view id);

struct PlanName {
  std::string plan;
  static absl::StatusOr<PlanName> Parse(absl::string_view name);
  std::string ToString() const;  // plans/{plan}
};

struct TaskName {
  std::string plan, task;
  static absl::StatusOr<TaskName> Parse(absl::string_view name);
  std::string ToString() const;  // plans/{plan}/tasks/{task}
};

struct AssignmentName {
  std::string plan, task, agency;
  static absl::StatusOr<AssignmentName> Parse(absl::string_view name);
  std::string ToString() const;  // plans/{plan}/tasks/{task}/assignments/{agency}
  TaskName task_name() const { return {plan, task}; }
};

struct ReportName {
  AssignmentName assignment;
  std::string period;  // not checked beyond [0-9A-Z-]
  int version = 0;     // 0: no version given
  static absl::StatusOr<ReportName> Parse(absl::string_view name);
  std::string ToString() const;  // …/reports/{period} or …/reports/{period}@{version}
};

struct UnresolvedUnitName {
  std::string plan, unit;
  static absl::StatusOr<UnresolvedUnitName> Parse(absl::string_view name);
  std::string ToString() const;  // plans/{plan}/unresolvedUnits/{unit}
};

struct AgencyName {
  std::string agency;
  static absl::StatusOr<AgencyName> Parse(absl::string_view name);
  std::string ToString() const;  // agencies/{agency}
};

struct NodeName {
  std::string agency, node;
  static absl::StatusOr<NodeName> Parse(absl::string_view name);
  std::string ToString() const;  // agencies/{agency}/nodes/{node}
};

struct JoinTokenName {
  std::string join_token;
  static absl::StatusOr<JoinTokenName> Parse(absl::string_view name);
  std::string ToString() const;  // joinTokens/{join_token}
};

struct CredentialName {
  std::string credential;
  static absl::StatusOr<CredentialName> Parse(absl::string_view name);
  std::string ToString() const;  // credentials/{credential}
};

// Who a certificate speaks for: spiffe://<trust domain>/<path>.
struct Identity {
  enum class Kind { kHubService, kNode, kAgencySystem, kSystem, kOperator };
  std::string trust_domain;
  Kind kind = Kind::kOperator;
  std::string agency;  // kNode and kAgencySystem
  std::string name;    // service, node, system or operator id
  // INVALID_ARGUMENT / INVALID_IDENTITY unless one of the five forms.
  static absl::StatusOr<Identity> Parse(absl::string_view spiffe_id);
  std::string ToString() const;
};

}  // namespace duban
