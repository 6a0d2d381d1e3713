#include "services/node/domain/assumed.h"

namespace duban::node {

report::AssignmentState Assume(report::AssignmentState at_hub,
                               const std::vector<report::AssignmentVerb>& said) {
  report::AssignmentState state = at_hub;
  for (report::AssignmentVerb verb : said) state = report::Apply(state, verb).value_or(state);
  return state;
}

}  // namespace duban::node
