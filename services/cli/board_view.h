// The board as people see it. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "duban/gateway/v1/progress.pb.h"
#include "services/cli/text_table.h"

namespace duban::cli {

struct BoardParts {
  bool tasks = true;
  bool agencies = true;
  bool matrix = false;
};

// Head, then the parts asked for, then where the board stands and what could not be reached.
std::string RenderBoard(const duban::gateway::v1::PlanProgress& plan, const BoardParts& parts,
                        const Style& style);

// PlanProgress as JSON with the names of the proto, and beside them
//   "pairs": [{"task_number", "task", "agency", "agency_name", "printed_name", "state", "reported_bp",
//   "accepted_bp", "has_report"}]
// one per assignment, in the order of the text.
absl::StatusOr<std::string> BoardAsJson(const duban::gateway::v1::PlanProgress& plan);

// One line for a change: time, both figures, and which assignments differ from `before`.
std::string ChangeLine(const duban::gateway::v1::PlanProgress& before,
                       const duban::gateway::v1::PlanProgress& now, const Style& style);

}  // namespace duban::cli
