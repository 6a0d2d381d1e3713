#include "services/cli/decision_file.h"

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/cli/hub_data.h"
#include "services/cli/plan_parse/display_width.h"
#include "services/cli/session.h"
#include "services/cli/text_table.h"
#include "services/common/base/files.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"

namespace duban::cli {
namespace {

namespace tsk = duban::task::v1;

constexpr int kTextColumns = 200;  // of a doubt, kept for people

// What is missing in a decision; empty when nothing is.
std::string FaultOf(const tsk::ReviewDecision& decision) {
  if (decision.key().empty()) return "has no key";
  if (decision.decided_by().empty()) return "does not say who decided";
  if (!decision.has_decide_time()) return "does not say when it was decided";
  if (!tsk::Verdict_IsValid(decision.verdict()) || decision.verdict() == 0) return "has no verdict";
  const bool agency = AgencyName::Parse(decision.agency()).ok();
  if (agency != (decision.verdict() == tsk::VERDICT_AGENCY)) {
    return agency ? "has an agency that its verdict does not take" : "does not say which agency";
  }
  const bool task = TaskName::Parse(decision.task()).ok();
  if (task != (decision.verdict() == tsk::VERDICT_SAME_TASK)) {
    return task ? "has a task that its verdict does not take" : "does not say which task";
  }
  return "";
}

tsk::Verdict ToProto(plantext::Verdict verdict) {
  switch (verdict) {
    case plantext::Verdict::kAgency:
      return tsk::VERDICT_AGENCY;
    case plantext::Verdict::kNotATask:
      return tsk::VERDICT_NOT_A_TASK;
    case plantext::Verdict::kAccepted:
      break;
  }
  return tsk::VERDICT_ACCEPTED;
}

plantext::Verdict FromProto(tsk::Verdict verdict) {
  return verdict == tsk::VERDICT_AGENCY       ? plantext::Verdict::kAgency
         : verdict == tsk::VERDICT_NOT_A_TASK ? plantext::Verdict::kNotATask
                                              : plantext::Verdict::kAccepted;
}

}  // namespace

absl::StatusOr<tsk::ReviewDecisions> ReadDecisions(const std::string& path) {
  tsk::ReviewDecisions decisions;
  DUBAN_RETURN_IF_ERROR(FromJsonFile(path, decisions));
  for (int i = 0; i < decisions.decisions_size(); ++i) {
    const std::string fault = FaultOf(decisions.decisions(i));
    if (fault.empty()) continue;
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_FILE",
                     absl::StrCat(path, ": decision ", i + 1, " ", fault), {{"path", path}});
  }
  return decisions;
}

absl::StatusOr<tsk::ReviewDecisions> ReadDecisionsIfAny(const std::string& path) {
  auto decisions = ReadDecisions(path);
  if (ErrorReason(decisions.status()) == "NO_FILE") return tsk::ReviewDecisions();
  return decisions;
}

absl::Status WriteDecisions(const std::string& path, const tsk::ReviewDecisions& decisions) {
  DUBAN_ASSIGN_OR_RETURN(const std::string json, ToJson(decisions));
  return ReplaceFile(path, json);
}

tsk::ReviewDecision DecisionAbout(const plantext::Doubt& doubt, plantext::Verdict verdict,
                                  const std::string& agency, const Who& who) {
  tsk::ReviewDecision decision;
  decision.set_key(doubt.key);
  decision.set_verdict(ToProto(verdict));
  if (!agency.empty()) decision.set_agency(AgencyName{agency}.ToString());
  decision.set_rule(doubt.rule);
  decision.set_text(Clip(Printable(doubt.text), kTextColumns));
  decision.set_decided_by(who.name);
  decision.mutable_decide_time()->set_seconds(absl::ToUnixSeconds(who.when));
  return decision;
}

tsk::ReviewDecision DecisionAbout(const tsk::TaskDifference& now, const tsk::Task& was,
                                  const Who& who) {
  tsk::ReviewDecision decision;
  decision.set_key(now.key());
  decision.set_verdict(tsk::VERDICT_SAME_TASK);
  decision.set_task(was.name());
  decision.set_text(Clip(Printable(was.title().empty() ? was.body() : was.title()), kTextColumns));
  decision.set_decided_by(who.name);
  decision.mutable_decide_time()->set_seconds(absl::ToUnixSeconds(who.when));
  return decision;
}

std::vector<plantext::Decision> ForReader(const tsk::ReviewDecisions& decisions) {
  std::vector<plantext::Decision> out;
  for (const tsk::ReviewDecision& decision : decisions.decisions()) {
    if (decision.verdict() == tsk::VERDICT_SAME_TASK) continue;
    out.push_back({.key = decision.key(),
                   .verdict = FromProto(decision.verdict()),
                   .agency_id = IdOf(decision.agency())});
  }
  return out;
}

std::vector<Alias> ConfirmedAliases(const tsk::ReviewDecisions& decisions) {
  std::map<std::string, const tsk::ReviewDecision*> last;
  for (const auto& decision : decisions.decisions()) last[decision.key()] = &decision;
  std::vector<Alias> aliases;
  for (const auto& [key, decision] : last) {
    const bool of_the_register =
        decision->rule() == plantext::kNearRule || decision->rule() == plantext::kUnknownRule;
    const bool damaged = absl::StrContains(decision->text(), "\xEF\xBF\xBD");
    if (decision->verdict() != tsk::VERDICT_AGENCY || !of_the_register || damaged) continue;
    aliases.push_back({decision->agency(), decision->text()});
  }
  return aliases;
}

}  // namespace duban::cli
