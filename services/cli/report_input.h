// Reports as people give them, on the command line or in a file, read exactly and checked before
// anything is sent.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "duban/reporting/v1/envelope.pb.h"
#include "duban/task/v1/task.pb.h"
#include "services/cli/args.h"

namespace duban::cli {

// A report before it is known which assignment it is for; values are still text.
struct ReportInput {
  std::string task;    // number as printed
  std::string agency;  // id; empty: the node's own
  std::string period;
  std::string percent;
  std::string own_rating;
  std::string done, problems, next;
  std::vector<std::string> milestones_done;
  std::vector<std::pair<std::string, std::string>> indicators;  // id, value
  std::vector<std::pair<std::string, std::string>> support;     // agency id, text
  std::vector<std::string> evidence;                            // files, read now
};

// From the flags of `duban node submit`. INVALID_ARGUMENT / USAGE.
absl::StatusOr<ReportInput> ReportFromArgs(const Args& args);

// From {"reports": [{"task", "agency", "period", "percent", "indicators": {id: value},
// "milestones_done": [], "own_rating", "done", "problems", "next", "support": {agency: text}}]};
// numbers may be text or JSON numbers. INVALID_ARGUMENT / INVALID_FILE for anything else, unknown
// keys too.
absl::StatusOr<std::vector<ReportInput>> ReportsFromJson(const std::string& path,
                                                         const std::string& text);

// What is submitted for `assignment` (full name) of `task`. INVALID_ARGUMENT: INVALID_PERCENT,
// INVALID_NUMBER, UNKNOWN_INDICATOR, UNKNOWN_MILESTONE or USAGE; NOT_FOUND / NO_FILE for evidence.
absl::StatusOr<duban::reporting::v1::ReportContent> ToContent(const ReportInput& input,
                                                              const std::string& assignment,
                                                              const duban::task::v1::Task& task);

// A request id that is the same for the same content, so that sending it twice sends it once.
std::string RequestIdOf(const duban::reporting::v1::ReportContent& content);

}  // namespace duban::cli
