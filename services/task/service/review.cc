#include "services/task/service/review.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/common/feed/messages.h"
#include "services/domain/fields/fields.h"
#include "services/task/domain/limits.h"
#include "services/task/domain/plan_rules.h"
#include "services/task/service/rows.h"
#include "services/task/service/units.h"

namespace duban::task {
namespace {

absl::Status CheckDecision(const pb::ReviewDecision& decision, const std::string& plan,
                           const std::string& at) {
  const auto text = [&](absl::string_view field, const std::string& value,
                        const fields::TextRule& rule) -> absl::Status {
    if (auto fault = fields::TextFault(value, rule)) {
      return InvalidDecision(absl::StrCat(at, ".", field), *fault);
    }
    return absl::OkStatus();
  };
  const fields::TextRule shown{.max_chars = kMaxDecisionTextChars, .lines = true};
  DUBAN_RETURN_IF_ERROR(
      text("key", decision.key(), {.max_chars = kMaxDecisionKeyChars, .required = true}));
  DUBAN_RETURN_IF_ERROR(text("rule", decision.rule(), shown));
  DUBAN_RETURN_IF_ERROR(text("text", decision.text(), shown));
  DUBAN_RETURN_IF_ERROR(text("decided_by", decision.decided_by(),
                             {.max_chars = kMaxDecidedByChars, .required = true}));
  if (!decision.has_decide_time()) return InvalidDecision(at + ".decide_time", "is required");
  if (!pb::Verdict_IsValid(decision.verdict()) || decision.verdict() == pb::VERDICT_UNSPECIFIED) {
    return InvalidDecision(at + ".verdict", "is not a verdict");
  }
  const bool needs_agency = decision.verdict() == pb::VERDICT_AGENCY;
  if (needs_agency && !AgencyName::Parse(decision.agency()).ok()) {
    return InvalidDecision(at + ".agency", "is not agencies/{agency}");
  }
  if (!needs_agency && !decision.agency().empty()) {
    return InvalidDecision(at + ".agency", "is for VERDICT_AGENCY alone");
  }
  if (decision.verdict() != pb::VERDICT_SAME_TASK) {
    if (decision.task().empty()) return absl::OkStatus();
    return InvalidDecision(at + ".task", "is for VERDICT_SAME_TASK alone");
  }
  const auto task = TaskName::Parse(decision.task());
  if (!task.ok() || task->plan != plan) {
    return InvalidDecision(at + ".task", "is no plans/{plan}/tasks/{task} of this plan");
  }
  return absl::OkStatus();
}

plantext::Verdict VerdictOf(pb::Verdict verdict) {
  switch (verdict) {
    case pb::VERDICT_AGENCY:
      return plantext::Verdict::kAgency;
    case pb::VERDICT_NOT_A_TASK:
      return plantext::Verdict::kNotATask;
    default:
      return plantext::Verdict::kAccepted;
  }
}

}  // namespace

absl::Status CheckDecisions(const pb::ImportPlanRequest& request) {
  if (request.decisions_size() > kMaxDecisions) {
    return InvalidDecision("decisions", absl::StrCat("are more than ", kMaxDecisions));
  }
  for (int i = 0; i < request.decisions_size(); ++i) {
    DUBAN_RETURN_IF_ERROR(
        CheckDecision(request.decisions(i), request.plan_id(), absl::StrCat("decisions[", i, "]")));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<pb::ReviewDecision>> RecordedDecisions(const PlanName& plan,
                                                                  feed::View& view) {
  std::vector<pb::ReviewDecision> recorded;
  DUBAN_ASSIGN_OR_RETURN(const auto found, feed::GetMessage<pb::Plan>(view, plan.ToString()));
  if (!found) return recorded;
  DUBAN_ASSIGN_OR_RETURN(const auto source, feed::GetMessage<pb::PlanSource>(
                                                view, SourceKey(plan, EditionOf(*found))));
  if (source) recorded.assign(source->decisions().begin(), source->decisions().end());
  return recorded;
}

absl::StatusOr<std::vector<pb::ReviewDecision>> NewDecisions(
    const pb::ImportPlanRequest& request, absl::Span<const pb::ReviewDecision> recorded,
    feed::View& view) {
  // Said anew at another time, which task is which is new: it holds for one edition.
  using Said = std::tuple<int, std::string, std::string, std::string>;
  std::map<std::string, Said> said;
  const auto what = [](const pb::ReviewDecision& d) {
    return Said(d.verdict(), d.agency(), d.task(),
                d.task().empty() ? "" : d.decide_time().SerializeAsString());
  };
  for (const pb::ReviewDecision& decision : recorded) said[decision.key()] = what(decision);
  std::map<std::string, const pb::ReviewDecision*> last;
  for (const pb::ReviewDecision& decision : request.decisions()) last[decision.key()] = &decision;
  std::vector<pb::ReviewDecision> fresh;
  for (const pb::ReviewDecision& decision : request.decisions()) {
    const auto known = said.find(decision.key());
    if (last[decision.key()] != &decision) continue;
    if (known != said.end() && known->second == what(decision)) continue;
    if (!decision.agency().empty()) {
      DUBAN_RETURN_IF_ERROR(FindAgency(decision.agency(), view).status());
    }
    fresh.push_back(decision);
    fresh.back().clear_actor();
    fresh.back().clear_record_time();
  }
  if (recorded.size() + fresh.size() > kMaxDecisions) {
    return InvalidDecision("decisions",
                           absl::StrCat("are more than ", kMaxDecisions, " of the plan"));
  }
  return fresh;
}

std::vector<plantext::Decision> DecisionsOf(absl::Span<const pb::ReviewDecision> decisions) {
  std::vector<plantext::Decision> all;
  all.reserve(decisions.size());
  for (const pb::ReviewDecision& decision : decisions) {
    if (decision.verdict() == pb::VERDICT_SAME_TASK) continue;
    plantext::Decision& out = all.emplace_back(
        plantext::Decision{.key = decision.key(), .verdict = VerdictOf(decision.verdict())});
    if (auto name = AgencyName::Parse(decision.agency()); name.ok()) out.agency_id = name->agency;
  }
  return all;
}

}  // namespace duban::task
