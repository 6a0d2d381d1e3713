#include "services/cli/report_input.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"
#include "services/cli/numbers.h"
#include "services/cli/session.h"
#include "services/common/base/status.h"
#include "services/common/sign/sign.h"

namespace duban::cli {
namespace {

namespace rep = duban::reporting::v1;
namespace tsk = duban::task::v1;
using Json = nlohmann::ordered_json;

absl::Status InvalidReports(const std::string& path, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_FILE",
                   absl::StrCat(path, ": ", why), {{"path", path}});
}

absl::StatusOr<std::pair<std::string, std::string>> SplitPair(const std::string& text,
                                                              absl::string_view flag) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return UsageError(absl::StrCat("--", flag, " is name=value, not \"", text, "\""));
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

// Text, or a JSON number as it is written: "NaN" and the like stay text and are refused later.
bool ReadText(const Json& value, std::string& out) {
  if (value.is_string()) {
    out = value.get<std::string>();
    return true;
  }
  if (!value.is_number()) return false;
  out = value.dump();
  return true;
}

bool ReadList(const Json& value, std::vector<std::string>& out) {
  if (!value.is_array()) return false;
  return std::all_of(value.begin(), value.end(), [&](const Json& item) {
    return item.is_string() && (out.push_back(item.get<std::string>()), true);
  });
}

bool ReadPairs(const Json& value, std::vector<std::pair<std::string, std::string>>& out) {
  if (!value.is_object()) return false;
  for (const auto& [key, item] : value.items()) {
    std::string text;
    if (!ReadText(item, text)) return false;
    out.emplace_back(key, std::move(text));
  }
  return true;
}

bool ReadField(const std::string& key, const Json& value, ReportInput& out) {
  const std::pair<const char*, std::string ReportInput::*> texts[] = {
      {"task", &ReportInput::task},
      {"agency", &ReportInput::agency},
      {"period", &ReportInput::period},
      {"percent", &ReportInput::percent},
      {"own_rating", &ReportInput::own_rating},
      {"done", &ReportInput::done},
      {"problems", &ReportInput::problems},
      {"next", &ReportInput::next}};
  for (const auto& [name, member] : texts) {
    if (key == name) return ReadText(value, out.*member);
  }
  if (key == "milestones_done") return ReadList(value, out.milestones_done);
  if (key == "evidence") return ReadList(value, out.evidence);
  if (key == "indicators") return ReadPairs(value, out.indicators);
  if (key == "support") return ReadPairs(value, out.support);
  return false;
}

std::string MediaType(absl::string_view file) {
  const std::pair<const char*, const char*> types[] = {
      {".pdf", "application/pdf"}, {".txt", "text/plain"}, {".csv", "text/csv"},
      {".png", "image/png"},       {".jpg", "image/jpeg"}, {".json", "application/json"}};
  for (const auto& [ending, type] : types) {
    if (absl::EndsWithIgnoreCase(file, ending)) return type;
  }
  return "application/octet-stream";
}

absl::Status AddEvidence(const std::string& path, rep::ReportContent& content) {
  DUBAN_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  rep::Evidence& evidence = *content.add_evidence();
  evidence.set_file_name(path.substr(path.rfind('/') + 1));
  evidence.set_media_type(MediaType(path));
  evidence.set_size_bytes(static_cast<int64_t>(bytes.size()));
  evidence.set_sha256(sign::Sha256(bytes));
  return absl::OkStatus();
}

absl::Status AddIndicator(const std::pair<std::string, std::string>& given, const tsk::Task& task,
                          rep::ReportContent& content) {
  for (const tsk::Indicator& indicator : task.indicators()) {
    if (indicator.id() != given.first) continue;
    rep::IndicatorValue& entry = *content.add_indicator_values();
    entry.set_indicator(indicator.id());
    const std::pair<std::string, std::string> parts = absl::StrSplit(given.second, absl::MaxSplits('/', 1));
    DUBAN_ASSIGN_OR_RETURN(const int64_t value, ParseScaled(parts.first, indicator.scale()));
    entry.set_value(value);
    if (indicator.rollup() != tsk::ROLLUP_RATIO && parts.first == given.second) return absl::OkStatus();
    DUBAN_ASSIGN_OR_RETURN(const int64_t denominator, ParseScaled(parts.second, indicator.scale()));
    entry.set_denominator(denominator);
    return absl::OkStatus();
  }
  return MakeError(
      absl::StatusCode::kInvalidArgument, "UNKNOWN_INDICATOR",
      absl::StrCat("task ", task.number(), " has no indicator ", given.first, "; it has ",
                   absl::StrJoin(task.indicators(), ", ",
                                 [](std::string* out, const tsk::Indicator& i) {
                                   absl::StrAppend(out, i.id());
                                 })),
      {{"indicator", given.first}});
}

absl::Status AddMilestone(const std::string& id, const tsk::Task& task,
                          rep::ReportContent& content) {
  for (const tsk::Milestone& milestone : task.milestones()) {
    if (milestone.id() != id) continue;
    content.add_milestones_done(id);
    return absl::OkStatus();
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "UNKNOWN_MILESTONE",
                   absl::StrCat("task ", task.number(), " has no milestone ", id),
                   {{"milestone", id}});
}

}  // namespace

absl::StatusOr<ReportInput> ReportFromArgs(const Args& args) {
  ReportInput input;
  DUBAN_ASSIGN_OR_RETURN(const std::string task, args.required("task"));
  input.task = std::string(absl::StripPrefix(task, "#"));
  DUBAN_ASSIGN_OR_RETURN(input.period, args.required("period"));
  DUBAN_ASSIGN_OR_RETURN(input.percent, args.required("percent"));
  DUBAN_RETURN_IF_ERROR(ParsePercent(input.percent).status());
  input.own_rating = args.get("rating");
  input.done = args.get("done");
  input.problems = args.get("problems");
  input.next = args.get("next");
  input.milestones_done = args.all("milestone");
  input.evidence = args.all("evidence");
  for (const std::string& text : args.all("indicator")) {
    DUBAN_ASSIGN_OR_RETURN(auto pair, SplitPair(text, "indicator"));
    input.indicators.push_back(std::move(pair));
  }
  for (const std::string& text : args.all("support")) {
    DUBAN_ASSIGN_OR_RETURN(auto pair, SplitPair(text, "support"));
    input.support.push_back(std::move(pair));
  }
  return input;
}

absl::StatusOr<std::vector<ReportInput>> ReportsFromJson(const std::string& path,
                                                         const std::string& text) {
  if (const std::string fault = JsonFault(text); !fault.empty()) {
    return InvalidReports(path, fault);
  }
  const Json file = Json::parse(text, nullptr, false);
  if (!file.is_object() || !file.contains("reports") || !file["reports"].is_array()) {
    return InvalidReports(path, "not {\"reports\": [...]}");
  }
  std::vector<ReportInput> inputs;
  for (const Json& entry : file["reports"]) {
    const std::string where = absl::StrCat("report ", inputs.size() + 1);
    if (!entry.is_object()) return InvalidReports(path, absl::StrCat(where, " is no object"));
    ReportInput input;
    for (const auto& [key, value] : entry.items()) {
      if (!ReadField(key, value, input)) {
        return InvalidReports(path,
                              absl::StrCat(where, ": \"", key, "\" is unknown or of a wrong type"));
      }
    }
    if (input.task.empty() || input.period.empty() || input.percent.empty()) {
      return InvalidReports(path, absl::StrCat(where, ": task, period and percent are needed"));
    }
    const absl::Status percent = ParsePercent(input.percent).status();
    if (!percent.ok()) return InvalidReports(path, absl::StrCat(where, ": ", percent.message()));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

absl::StatusOr<rep::ReportContent> ToContent(const ReportInput& input,
                                             const std::string& assignment, const tsk::Task& task) {
  rep::ReportContent content;
  content.set_assignment(assignment);
  content.set_period(input.period);
  DUBAN_ASSIGN_OR_RETURN(const int32_t progress_bp, ParsePercent(input.percent));
  content.set_progress_bp(progress_bp);
  if (!input.own_rating.empty()) {
    DUBAN_ASSIGN_OR_RETURN(const int rating,
                           ParseEnum(*rep::Rating_descriptor(), input.own_rating, "RATING_"));
    content.set_own_rating(static_cast<rep::Rating>(rating));
  }
  content.set_done(input.done);
  content.set_problems(input.problems);
  content.set_next(input.next);
  for (const auto& indicator : input.indicators) {
    DUBAN_RETURN_IF_ERROR(AddIndicator(indicator, task, content));
  }
  for (const std::string& milestone : input.milestones_done) {
    DUBAN_RETURN_IF_ERROR(AddMilestone(milestone, task, content));
  }
  for (const auto& [agency, text] : input.support) {
    rep::SupportRequest& request = *content.add_support_requests();
    request.set_agency(agency);
    request.set_text(text);
  }
  for (const std::string& path : input.evidence) {
    DUBAN_RETURN_IF_ERROR(AddEvidence(path, content));
  }
  return content;
}

std::string RequestIdOf(const rep::ReportContent& content) {
  return sign::HexEncode(sign::Sha256(content.SerializeAsString())).substr(0, 32);
}

}  // namespace duban::cli
