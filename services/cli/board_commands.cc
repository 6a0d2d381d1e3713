#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "duban/gateway/v1/progress_service.grpc.pb.h"
#include "services/cli/board_view.h"
#include "services/cli/command.h"
#include "services/cli/hub_data.h"
#include "services/cli/session.h"
#include "services/common/base/status.h"
#include "services/common/rpc/handler.h"

namespace duban::cli {
namespace {

namespace gw = duban::gateway::v1;

// "task=12,reporting=40" as a position.
absl::StatusOr<gw::Position> ParseAtLeast(const std::string& text) {
  gw::Position position;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::vector<std::string> pair = absl::StrSplit(part, '=');
    int64_t revision = 0;
    if (pair.size() != 2 || !absl::SimpleAtoi(pair[1], &revision) || revision < 0) {
      return UsageError("--at-least is a list such as task=12,agency=30,reporting=40");
    }
    if (pair[0] == "task") {
      position.set_task(revision);
    } else if (pair[0] == "agency") {
      position.set_agency(revision);
    } else if (pair[0] == "reporting") {
      position.set_reporting(revision);
    } else {
      return UsageError(absl::StrCat("--at-least: there is no service ", pair[0]));
    }
  }
  return position;
}

absl::StatusOr<BoardParts> ParseBy(const std::string& by) {
  if (by == "all") return BoardParts{.tasks = true, .agencies = true, .matrix = true};
  if (by.empty()) return BoardParts{};
  if (by == "task") return BoardParts{.tasks = true, .agencies = false};
  if (by == "agency") return BoardParts{.tasks = false, .agencies = true};
  if (by == "matrix") return BoardParts{.tasks = false, .agencies = false, .matrix = true};
  return UsageError("--by is task, agency, matrix or all");
}

absl::Status Board(Session& session, const Args& args) {
  gw::GetPlanProgressRequest request;
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_name(), PlanNameOf(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_at_least(), ParseAtLeast(args.get("at-least")));
  DUBAN_ASSIGN_OR_RETURN(const BoardParts parts, ParseBy(args.get("by")));
  request.set_fresh(args.has("fresh"));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = gw::ProgressService::NewStub(channel);
  DUBAN_ASSIGN_OR_RETURN(const auto plan, session.Call<gw::PlanProgress>([&](auto* c, auto* r) {
    return stub->GetPlanProgress(c, request, r);
  }));
  if (!session.json()) {
    session.out() << RenderBoard(plan, parts, session.style());
    return absl::OkStatus();
  }
  DUBAN_ASSIGN_OR_RETURN(const std::string json, BoardAsJson(plan));
  session.out() << json;
  return absl::OkStatus();
}

absl::Status Watch(Session& session, const Args& args) {
  gw::WatchProgressRequest request;
  DUBAN_ASSIGN_OR_RETURN(*request.mutable_name(), PlanNameOf(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = gw::ProgressService::NewStub(channel);
  grpc::ClientContext context;
  PrepareCall(context, absl::InfiniteFuture());
  const auto reader = stub->WatchProgress(&context, request);
  gw::PlanProgress before, now;
  while (reader->Read(&now)) {
    if (session.json()) {
      DUBAN_RETURN_IF_ERROR(session.PrintJson(now));
    } else {
      session.out() << ChangeLine(before, now, session.style());
    }
    session.out().flush();
    before.Swap(&now);
  }
  return rpc::FromGrpc(reader->Finish());
}

}  // namespace

std::vector<Command> BoardCommands() {
  return {
      {"board",
       "PLAN",
       "Prints where a plan stands, per task and per agency.",
       {{"by", "PART", "task, agency, matrix or all; tasks and agencies by default"},
        {"fresh", "", "wait for what each service holds now"},
        {"at-least", "LIST", "wait for these revisions, such as task=12,reporting=40"}},
       Board},
      {"watch", "PLAN", "Prints a line whenever the plan's board changes.", {}, Watch},
  };
}

}  // namespace duban::cli
