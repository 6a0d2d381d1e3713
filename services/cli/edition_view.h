// What an edition changes in a plan, for people.
#pragma once

#include <map>
#include <string>

#include "duban/task/v1/task_service.pb.h"
#include "services/cli/text_table.h"

namespace duban::cli {

// Counts, then every task that does not stay the same; `names` to show, by the id of the agency.
std::string EditionAsText(const duban::task::v1::ImportPlanResponse& response,
                          const std::map<std::string, std::string>& names, const Style& style);

}  // namespace duban::cli
