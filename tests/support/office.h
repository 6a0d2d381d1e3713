// What an office and its agencies do, as short calls on a cluster. Every function fails the test with the error when a call fails.
// Include in .cc files only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "duban/gateway/v1/progress.pb.h"
#include "duban/node/v1/node.pb.h"
#include "duban/reporting/v1/envelope.pb.h"
#include "duban/reporting/v1/reporting.pb.h"
#include "duban/task/v1/task.pb.h"
#include "duban/task/v1/task_service.pb.h"
#include "tests/support/cluster.h"

namespace duban::tests {

// A file of the project, such as "deploy/plan/xuhui.txt".
std::string ProjectFile(const std::string& path);

// A plan of two tasks, three agencies and four assignments: ids of its agencies are "sci-tech", "finance" and "health".
std::string SmallPlanText();

class Office {
 public:
  explicit Office(Cluster& cluster) : cluster_(cluster) {}

  // Loads deploy/plan/register.json.
  void LoadRegister();
  task::v1::ImportPlanResponse Import(const std::string& plan_id, const std::string& text);
  // What another edition of an imported plan would change.
  task::v1::PlanDifference EditionDifference(const std::string& plan_id, const std::string& text);
  // Applies exactly that.
  task::v1::ImportPlanResponse ApplyEdition(const std::string& plan_id, const std::string& text,
                                            const std::string& etag);
  void Issue(const std::string& plan_id);

  // The board, with everything that the services hold now.
  gateway::v1::PlanProgress Board(const std::string& plan_id);
  // Watches the board until `enough` holds of it; fails the test after a minute.
  gateway::v1::PlanProgress BoardWhen(
      const std::string& plan_id,
      const std::function<bool(const gateway::v1::PlanProgress&)>& enough);

  reporting::v1::Report Accept(const std::string& report);
  reporting::v1::Report Return(const std::string& report, const std::string& text);
  std::vector<reporting::v1::Report> Reports(const std::string& plan_id);

 private:
  Cluster& cluster_;
};

class AgencyDesk {
 public:
  AgencyDesk(Cluster& cluster, std::string agency) : cluster_(cluster), agency_(std::move(agency)) {}

  // Asks until the node knows `count` assignments and their state; fails the test after a minute.
  std::vector<node::v1::NodeAssignment> AssignmentsWhen(int count);
  node::v1::Submission Acknowledge(const std::string& assignment, const std::string& request_id = "");
  node::v1::Submission Report(const std::string& assignment, const std::string& period,
                              int progress_bp, const std::string& request_id = "");
  node::v1::NodeStatus Status();
  std::vector<node::v1::Submission> Submissions();
  std::vector<node::v1::InboxItem> Inbox();
  // Asks until nothing waits for the hub any more.
  void WhenDelivered();

 private:
  Cluster& cluster_;
  const std::string agency_;
};

// The month that ended last, such as "2026-10".
std::string LastMonth();
// The month after this one.
std::string NextMonth();

}  // namespace duban::tests
