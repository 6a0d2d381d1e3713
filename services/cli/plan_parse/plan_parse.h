#pragma once

#include <string>
#include <vector>

#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/review.h"

namespace duban::cli {

// What `duban plan parse --format=json` prints. Units of a task are merged by folded name, the
// strongest role wins; with names of a register each unit carries `agency` or `proposals`.
std::string PlanAsJson(const plantext::Settled& settled,
                       const std::vector<plantext::RegisterName>& names);

// The same for a terminal: a table of tasks, aligned with wide characters, and the findings below
// it.
std::string PlanAsTable(const plantext::Settled& settled,
                        const std::vector<plantext::RegisterName>& names);

// The same of a text about which nothing was decided.
inline std::string PlanAsJson(const plantext::ParsedPlan& plan,
                              const std::vector<plantext::RegisterName>& names) {
  return PlanAsJson(plantext::Settled{.plan = plan, .open = {}, .agencies = {}, .at_places = {}},
                    names);
}
inline std::string PlanAsTable(const plantext::ParsedPlan& plan,
                               const std::vector<plantext::RegisterName>& names) {
  return PlanAsTable(plantext::Settled{.plan = plan, .open = {}, .agencies = {}, .at_places = {}},
                     names);
}

}  // namespace duban::cli
