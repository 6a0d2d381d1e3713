#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "duban/agency/v1/agency_service.pb.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "services/cli/command.h"
#include "services/cli/decision_file.h"
#include "services/cli/edition_view.h"
#include "services/cli/hub_data.h"
#include "services/cli/plan_parse/plan_parse.h"
#include "services/cli/plan_review.h"
#include "services/cli/session.h"
#include "services/common/base/status.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/review.h"

namespace duban::cli {
namespace {

namespace agn = duban::agency::v1;
namespace tsk = duban::task::v1;

// What a text is read against.
struct Register {
  std::vector<plantext::RegisterName> names;
  std::map<std::string, std::string> shown;  // id → name
};

Register RegisterOf(const std::vector<agn::Agency>& agencies) {
  Register all{.shown = ShortNames(agencies)};
  for (const agn::Agency& agency : agencies) {
    const std::string id = IdOf(agency.name());
    const auto add = [&](const std::string& name) {
      if (!name.empty()) all.names.push_back({id, name});
    };
    add(agency.full_name());
    add(agency.short_name());
    add(agency.english_name());
    for (const std::string& name : agency.former_names()) add(name);
    for (const std::string& name : agency.aliases()) add(name);
  }
  return all;
}

absl::StatusOr<Register> ReadRegister(const Args& args) {
  agn::BatchCreateAgenciesRequest file;
  if (args.has("register")) DUBAN_RETURN_IF_ERROR(FromJsonFile(args.get("register"), file));
  return RegisterOf({file.agencies().begin(), file.agencies().end()});
}

absl::Status Parse(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Register agencies, ReadRegister(args));
  tsk::ReviewDecisions decisions;
  if (args.has("decisions")) {
    DUBAN_ASSIGN_OR_RETURN(decisions, ReadDecisions(args.get("decisions")));
  }
  DUBAN_ASSIGN_OR_RETURN(const std::string text, ReadFile(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(auto parsed, plantext::Parse(text, {.names = agencies.names}));
  const plantext::Settled settled =
      plantext::Settle(std::move(parsed), agencies.names, ForReader(decisions));
  session.out() << (session.json() ? PlanAsJson(settled, agencies.names)
                                   : PlanAsTable(settled, agencies.names));
  return absl::OkStatus();
}

absl::StatusOr<tsk::ImportPlanResponse> CallImport(Session& session, const Channel& channel,
                                                   const tsk::ImportPlanRequest& request) {
  const auto stub = tsk::TaskService::NewStub(channel);
  return session.Call<tsk::ImportPlanResponse>(
      [&](auto* c, auto* r) { return stub->ImportPlan(c, request, r); });
}

// What the hub would make of the text.
absl::StatusOr<tsk::ImportPlanResponse> AskHub(Session& session, const Channel& channel,
                                               const std::string& plan, const std::string& bytes) {
  DUBAN_ASSIGN_OR_RETURN(const std::string name, PlanNameOf(plan));
  tsk::ImportPlanRequest request;
  request.set_plan_id(IdOf(name));
  request.set_content(bytes);
  request.set_validate_only(true);
  return CallImport(session, channel, request);
}

std::string LoginName() {
  const passwd* user = getpwuid(geteuid());
  return user == nullptr ? absl::StrCat("uid ", geteuid()) : user->pw_name;
}

// A review under way.
struct Review {
  ReviewedText text;
  std::vector<plantext::Doubt> doubts;  // all, decided or not
  std::vector<plantext::Doubt> open;
  tsk::ReviewDecisions decisions;  // of the file
  std::string file;
  std::string by;
  tsk::ImportPlanResponse at_hub;  // what the hub would make of the text, when it was asked

  Who who() const { return {.name = by, .when = absl::Now()}; }
  absl::Status Record(tsk::ReviewDecision decision) {
    *decisions.add_decisions() = std::move(decision);
    return WriteDecisions(file, decisions);
  }
};

// Those of `doubts` that are open at the hub, with the places where they are.
std::vector<plantext::Doubt> OpenAtHub(const std::vector<plantext::Doubt>& doubts,
                                       const tsk::ImportPlanResponse& hub) {
  std::map<std::string, std::set<int64_t>> open;  // key → where its places begin
  for (const tsk::Doubt& doubt : hub.doubts()) {
    for (const tsk::DoubtPlace& place : doubt.places()) {
      open[doubt.key()].insert(place.range().begin());
    }
  }
  std::vector<plantext::Doubt> found;
  for (plantext::Doubt doubt : doubts) {
    const std::set<int64_t>& places = open[doubt.key];
    std::erase_if(doubt.places, [&](const auto& p) { return !places.contains(p.range.begin); });
    if (!doubt.places.empty()) found.push_back(std::move(doubt));
  }
  return found;
}

absl::StatusOr<Review> OpenReview(Session& session, const Args& args) {
  if (args.has("register") && args.has("plan")) {
    return UsageError("--register or --plan, not both: the hub has its own register");
  }
  const std::string path = args.operand(0);
  if (path == "-" && !args.has("decisions")) {
    return UsageError("say with --decisions where decisions about standard input are kept");
  }
  Review review{.file = args.get("decisions", absl::StrCat(path, ".decisions.json")),
                .by = args.get("by", LoginName())};
  DUBAN_ASSIGN_OR_RETURN(review.decisions, ReadDecisionsIfAny(review.file));
  DUBAN_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  DUBAN_ASSIGN_OR_RETURN(review.text.original, plantext::Original::Decode(bytes));
  Register agencies;
  if (args.has("plan")) {
    DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
    DUBAN_ASSIGN_OR_RETURN(const auto all, ListAgencies(session, channel));
    agencies = RegisterOf(all);
    DUBAN_ASSIGN_OR_RETURN(review.at_hub, AskHub(session, channel, args.get("plan"), bytes));
  } else {
    DUBAN_ASSIGN_OR_RETURN(agencies, ReadRegister(args));
  }
  DUBAN_ASSIGN_OR_RETURN(review.text.plan, plantext::Parse(bytes, {.names = agencies.names}));
  review.text.agencies = agencies.shown;
  review.doubts = plantext::DoubtsOf(review.text.plan, agencies.names);
  review.open = plantext::OpenDoubts(
      args.has("plan") ? OpenAtHub(review.doubts, review.at_hub) : review.doubts,
      ForReader(review.decisions));
  return review;
}

absl::StatusOr<const plantext::Doubt*> FindDoubt(const Review& review, const std::string& key) {
  const auto found = std::find_if(review.doubts.begin(), review.doubts.end(),
                                  [&](const plantext::Doubt& doubt) { return doubt.key == key; });
  if (found != review.doubts.end()) return &*found;
  return UsageError(absl::StrCat("no doubt of this text has the key \"", key,
                                 "\"; without options the review lists them"));
}

// The task of the edition that "#7" or a key of the difference means.
absl::StatusOr<const tsk::TaskDifference*> FindNow(const tsk::PlanDifference& difference,
                                                   const std::string& what) {
  std::vector<const tsk::TaskDifference*> found;
  for (const tsk::TaskDifference& task : difference.tasks()) {
    if (task.key().empty()) continue;
    if (task.key() == what || absl::StrCat("#", task.number()) == what) found.push_back(&task);
  }
  if (found.size() == 1) return found.front();
  const auto key = [](std::string* out, const auto* task) { absl::StrAppend(out, task->key()); };
  return UsageError(
      found.empty() ? absl::StrCat("this text has no task \"", what, "\"")
                    : absl::StrCat("several tasks of this text are \"", what,
                                   "\": say which by its key: ", absl::StrJoin(found, ", ", key)));
}

// What --same-task NEW=OLD says.
absl::StatusOr<tsk::ReviewDecision> SameTask(const Review& review, const std::string& pair) {
  if (!review.at_hub.has_difference()) {
    return UsageError("--same-task is for another edition of a plan that the hub has: --plan ID");
  }
  const size_t equals = pair.rfind('=');
  if (equals == std::string::npos)
    return UsageError("--same-task is NEW=OLD, such as #12=t-7wq2ab");
  DUBAN_ASSIGN_OR_RETURN(const auto* now,
                         FindNow(review.at_hub.difference(), pair.substr(0, equals)));
  const std::string old = pair.substr(equals + 1);
  if (absl::StartsWith(old, "#")) {
    return UsageError("numbers are those of the new text: say the plan's task by its id");
  }
  const std::vector<tsk::Task> tasks(review.at_hub.tasks().begin(), review.at_hub.tasks().end());
  DUBAN_ASSIGN_OR_RETURN(const tsk::Task was, FindTask(tasks, old));
  return DecisionAbout(*now, was, review.who());
}

// Decides as the options say: --accept KEY, --not-a-task KEY, --agency KEY=ID, --same-task NEW=OLD.
// All are checked before the first is kept.
absl::Status DecideByOptions(Review& review, const Args& args) {
  std::vector<tsk::ReviewDecision> decided;
  const auto add = [&](const std::string& key, plantext::Verdict verdict,
                       const std::string& agency) -> absl::Status {
    DUBAN_ASSIGN_OR_RETURN(const plantext::Doubt* doubt, FindDoubt(review, key));
    if (!Fits(*doubt, verdict)) {
      return UsageError(absl::StrCat("\"", key, "\" ",
                                     verdict == plantext::Verdict::kAgency
                                         ? "is not the name of a unit"
                                         : "does not stand in one task"));
    }
    decided.push_back(DecisionAbout(*doubt, verdict, agency, review.who()));
    return absl::OkStatus();
  };
  for (const std::string& key : args.all("accept")) {
    DUBAN_RETURN_IF_ERROR(add(key, plantext::Verdict::kAccepted, ""));
  }
  for (const std::string& key : args.all("not-a-task")) {
    DUBAN_RETURN_IF_ERROR(add(key, plantext::Verdict::kNotATask, ""));
  }
  for (const std::string& pair : args.all("agency")) {
    const size_t equals = pair.rfind('=');
    if (equals == std::string::npos) return UsageError("--agency is KEY=AGENCY");
    const std::string id = IdOf(pair.substr(equals + 1));
    if (!review.text.agencies.contains(id)) {
      return UsageError(absl::StrCat("the register has no agency \"", id,
                                     "\"; give the register with --register or --plan"));
    }
    DUBAN_RETURN_IF_ERROR(add(pair.substr(0, equals), plantext::Verdict::kAgency, id));
  }
  for (const std::string& pair : args.all("same-task")) {
    DUBAN_ASSIGN_OR_RETURN(decided.emplace_back(), SameTask(review, pair));
  }
  for (tsk::ReviewDecision& decision : decided) {
    DUBAN_RETURN_IF_ERROR(review.Record(std::move(decision)));
  }
  return absl::OkStatus();
}

absl::Status AskPerson(Session& session, Review& review) {
  size_t number = 0;
  for (const plantext::Doubt& doubt : review.open) {
    session.out() << ++number << " of " << review.open.size() << "  "
                  << DoubtAsText(doubt, review.text, session.style());
    const Said said = AskAbout(doubt, review.text, std::cin, session.out());
    if (said.kind == Said::Kind::kQuit) break;
    if (said.kind == Said::Kind::kDecided) {
      DUBAN_RETURN_IF_ERROR(
          review.Record(DecisionAbout(doubt, said.verdict, said.agency, review.who())));
    }
    session.out() << "\n";
  }
  return absl::OkStatus();
}

absl::Status ReviewPlan(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(Review review, OpenReview(session, args));
  const bool by_options =
      args.has("accept") || args.has("not-a-task") || args.has("agency") || args.has("same-task");
  const bool ask = !by_options && session.interactive() && args.operand(0) != "-";
  if (by_options) DUBAN_RETURN_IF_ERROR(DecideByOptions(review, args));
  if (ask) DUBAN_RETURN_IF_ERROR(AskPerson(session, review));
  const std::vector<plantext::Doubt> open =
      plantext::OpenDoubts(review.open, ForReader(review.decisions));
  if (session.json()) {
    session.out() << DoubtsAsJson(open, review.text);
    return absl::OkStatus();
  }
  for (const plantext::Doubt& doubt : open) {
    if (!ask && !by_options) session.out() << DoubtAsText(doubt, review.text, session.style());
  }
  session.out() << "Doubts: " << review.doubts.size() << ", open: " << open.size() << "\n";
  if (review.decisions.decisions_size() > 0) {
    session.out() << "Decisions are kept in " << review.file << "\n";
  }
  return absl::OkStatus();
}

absl::StatusOr<tsk::ImportPlanRequest> ImportRequestOf(const Args& args) {
  tsk::ImportPlanRequest request;
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_plan_id(), args.required("plan"));
  request.set_validate_only(args.has("validate-only"));
  request.set_time_zone(args.get("time-zone"));
  request.set_difference_etag(args.get("apply"));
  if (args.has("cycle")) {
    DUBAN_ASSIGN_OR_RETURN(const int cycle, ParseEnum(*tsk::ReportingCycle_descriptor(),
                                                      args.get("cycle"), "REPORTING_CYCLE_"));
    request.set_reporting_cycle(static_cast<tsk::ReportingCycle>(cycle));
  }
  if (args.has("decisions")) {
    DUBAN_ASSIGN_OR_RETURN(auto decisions, ReadDecisions(args.get("decisions")));
    request.mutable_decisions()->Swap(decisions.mutable_decisions());
  }
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_content(), ReadFile(args.operand(0)));
  return request;
}

void PrintFindings(Session& session, const tsk::ImportPlanResponse& response) {
  for (const tsk::Finding& finding : response.findings()) {
    session.out() << (finding.doubt()           ? "doubt"
                      : finding.after().empty() ? "note"
                                                : "repaired")
                  << ", line " << finding.line() << ": " << Printable(finding.message()) << " ["
                  << finding.rule() << "]\n";
  }
}

void PrintOpenDoubts(Session& session, const tsk::ImportPlanResponse& response) {
  if (response.doubts().empty()) return;
  session.out() << "Open doubts: " << response.doubts_size()
                << "; see duban plan review FILE --plan " << IdOf(response.plan().name()) << "\n";
}

void PrintImport(Session& session, const tsk::ImportPlanResponse& response, const char* what) {
  const auto in_force =
      std::count_if(response.assignments().begin(), response.assignments().end(),
                    [](const tsk::Assignment& assignment) { return !assignment.removed(); });
  session.out() << what << Printable(response.plan().title()) << " (" << response.plan().name()
                << "): " << response.plan().task_count() << " tasks, " << in_force
                << " assignments, " << response.unresolved_units_size()
                << " units that wait for a person\n";
  PrintFindings(session, response);
  PrintOpenDoubts(session, response);
}

// How many tasks of the edition have the change; of those that stand alone.
int64_t Changes(const tsk::ImportPlanResponse& response, tsk::TaskChange change) {
  return std::count_if(response.difference().tasks().begin(), response.difference().tasks().end(),
                       [&](const auto& task) { return task.changes(0) == change; });
}

// New tasks of an edition are recorded; the office issues them when it wants to.
void PrintNotIssued(Session& session, const tsk::ImportPlanResponse& response) {
  const auto count = Changes(response, tsk::TASK_CHANGE_NEW);
  if (count > 0) {
    session.out() << "New and not issued yet: " << count << "; see duban plan issue "
                  << IdOf(response.plan().name()) << "\n";
  }
}

// Confirmed names become aliases in the register. What cannot be said is told, and is the error.
absl::Status AddAliases(Session& session, const Channel& channel,
                        const tsk::ImportPlanRequest& request) {
  tsk::ReviewDecisions decisions;
  *decisions.mutable_decisions() = request.decisions();
  absl::Status result;
  for (const Alias& alias : ConfirmedAliases(decisions)) {
    result.Update(LearnName(session, channel, alias.agency, alias.name));
  }
  return result;
}

absl::Status ShowEdition(Session& session, const Channel& channel,
                         const tsk::ImportPlanResponse& response) {
  if (session.json()) return session.PrintJson(response);
  DUBAN_ASSIGN_OR_RETURN(const auto agencies, ListAgencies(session, channel));
  session.out() << EditionAsText(response, ShortNames(agencies), session.style());
  PrintOpenDoubts(session, response);
  if (Changes(response, tsk::TASK_CHANGE_NEW) > 0 &&
      Changes(response, tsk::TASK_CHANGE_DROPPED) > 0) {
    session.out()
        << "Is a new task a dropped one in other words? Then say so: duban plan review FILE "
           "--plan "
        << IdOf(response.plan().name()) << " --same-task '#NUMBER=ID', and import with "
        << "--decisions FILE.decisions.json\n";
  }
  session.out() << "Nothing is changed yet. To change exactly this, import again with --apply "
                << response.difference().etag() << "\n";
  return absl::OkStatus();
}

bool SaidYes(Session& session, const std::string& question) {
  session.out() << question << " [y/N] " << std::flush;
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "yes");
}

// The plan is there, and this is another edition: shows what it changes, and applies it when a
// person at the terminal says so. `refused` is the error otherwise.
absl::StatusOr<tsk::ImportPlanResponse> OfferEdition(Session& session, const Channel& channel,
                                                     tsk::ImportPlanRequest& request,
                                                     const absl::Status& refused) {
  request.set_validate_only(true);
  DUBAN_ASSIGN_OR_RETURN(const auto shown, CallImport(session, channel, request));
  DUBAN_RETURN_IF_ERROR(ShowEdition(session, channel, shown));
  if (!session.interactive() || !SaidYes(session, "Apply it?")) return refused;
  request.set_validate_only(false);
  request.set_difference_etag(shown.difference().etag());
  return CallImport(session, channel, request);
}

absl::Status Import(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(tsk::ImportPlanRequest request, ImportRequestOf(args));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  auto response = CallImport(session, channel, request);
  if (ErrorReason(response.status()) == "PLAN_EXISTS") {
    response = OfferEdition(session, channel, request, response.status());
  }
  DUBAN_RETURN_IF_ERROR(response.status());
  if (request.validate_only() && response->has_difference()) {
    return ShowEdition(session, channel, *response);
  }
  if (session.json()) {
    DUBAN_RETURN_IF_ERROR(session.PrintJson(*response));
  } else {
    const std::string edition = absl::StrCat("Edition ", response->plan().edition(), ": ");
    PrintImport(session, *response,
                request.validate_only()      ? "Would import "
                : response->created()        ? "Imported "
                : response->has_difference() ? edition.c_str()
                                             : "Was imported before: ");
    PrintNotIssued(session, *response);
  }
  if (request.validate_only()) return absl::OkStatus();
  return AddAliases(session, channel, request);
}

}  // namespace

std::vector<Command> PlanTextCommands() {
  const Flag agencies = {"register", "FILE",
                         "agencies to resolve units against: {\"agencies\": [...]}"};
  return {
      {"plan parse",
       "FILE",
       "Reads a plan's text and prints what it says; needs no hub.",
       {agencies, {"decisions", "FILE", "what was decided in a review"}},
       Parse},
      {"plan review",
       "FILE",
       "Shows each doubt on the text; asks at a terminal, lists elsewhere.",
       {agencies,
        {"plan", "ID", "take register and earlier decisions from the hub, for this plan"},
        {"decisions", "FILE", "where decisions are kept; FILE.decisions.json by default"},
        {"accept", "KEY", "decide: it is right as read", true},
        {"agency", "KEY=AGENCY", "decide: the unit is this agency", true},
        {"not-a-task", "KEY", "decide: what stands there is no task", true},
        {"same-task", "NEW=OLD",
         "decide: task NEW of this text (\"#7\" or its key) is task OLD of the plan (its id)",
         true},
        {"by", "NAME", "who decides; the login name by default"}},
       ReviewPlan},
      {"plan import",
       "FILE",
       "Imports a plan, or another edition of one; the same again changes nothing.",
       {{"plan", "ID", "id of the plan, [a-z0-9-]; needed"},
        {"decisions", "FILE", "what was decided in a review; confirmed names become aliases"},
        {"validate-only", "", "say what would be imported or changed, store nothing"},
        {"apply", "ETAG", "change what was shown under this etag"},
        {"time-zone", "ZONE", "of its dates; Asia/Shanghai by default"},
        {"cycle", "CYCLE", "weekly, monthly, quarterly, half-yearly or yearly reports"}},
       Import},
  };
}

}  // namespace duban::cli
