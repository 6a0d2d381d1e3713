// From facts to figures and messages; pure.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "services/gateway/service/facts.h"

namespace duban::gateway {

// Figures of one assignment of a task, from its reports.
AssignmentFigures Evaluate(const std::string& agency, const duban::task::v1::Task& task,
                           const AssignmentFacts& facts);

// True while the agency has its part in the task: a mandate that was not removed.
bool InForce(const AssignmentFacts& facts);

// The board of `plan`. Evaluates only assignments whose figures are missing.
std::shared_ptr<const BuiltPlan> Build(PlanFacts& plan,
                                       const std::map<std::string, AgencyFacts>& agencies);

// An agency's entry without figures and assignments.
duban::gateway::v1::AgencyProgress DescribeAgency(const std::string& id, const AgencyFacts* facts);

// A figure of the domain as it travels.
void SetFigure(const progress::Figure& figure, duban::gateway::v1::Figure& out);

// A plan's tasks against its agencies, from its board.
duban::gateway::v1::Matrix MatrixOf(const duban::gateway::v1::PlanProgress& plan);

}  // namespace duban::gateway
