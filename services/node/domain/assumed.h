#pragma once

#include <vector>

#include "services/domain/report/assignment.h"

namespace duban::node {

// The state of an assignment as the agency may take it to be: the hub's, with what the agency said
// since (oldest first) done to it. What no longer has a place, because the hub has seen it already,
// changes nothing. So that acknowledging and reporting go on while the hub is away.
report::AssignmentState Assume(report::AssignmentState at_hub,
                               const std::vector<report::AssignmentVerb>& said);

}  // namespace duban::node
