// What the board remembers of the feeds: only what figures and answers need.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "duban/agency/v1/agency.pb.h"
#include "duban/gateway/v1/progress.pb.h"
#include "duban/reporting/v1/reporting.pb.h"
#include "duban/task/v1/task.pb.h"
#include "services/domain/progress/progress.h"

namespace duban::gateway {

// A value as a report gives it.
struct IndicatorFacts {
  int64_t value = 0;
  int64_t denominator = 0;  // of a ratio
};

// One version of a report; its texts and evidence stay with the reporting service.
struct ReportFacts {
  std::string period;
  int version = 0;
  duban::reporting::v1::ReportState state = duban::reporting::v1::REPORT_STATE_UNSPECIFIED;
  int32_t progress_bp = 0;
  std::map<std::string, IndicatorFacts> indicator_values;
  std::vector<std::string> milestones_done;
  duban::reporting::v1::Rating own_rating = duban::reporting::v1::RATING_UNSPECIFIED;
  absl::Time receive_time;
};

// What the versions that count say together. A milestone that one of them calls done stays done,
// and an indicator keeps its last value, though later periods do not repeat them.
struct Said {
  const ReportFacts* last = nullptr;  // of the newest period; points into the assignment's reports
  std::map<std::string, absl::Time> milestones_done;  // when it was last said to be
  std::map<std::string, progress::Reading> readings;  // by indicator
};

// The figures of one assignment.
struct AssignmentFigures {
  Said reported, accepted;
  progress::Child reported_child, accepted_child;
};

struct AssignmentFacts {
  std::optional<duban::task::v1::Assignment> mandate;  // nullopt: only performance is known so far
  duban::reporting::v1::AssignmentState state = duban::reporting::v1::ASSIGNMENT_STATE_UNSPECIFIED;
  std::map<std::pair<std::string, int>, ReportFacts> reports;  // by period and version
  std::optional<AssignmentFigures> figures;                    // nullopt: to be evaluated again
};

struct TaskFacts {
  std::optional<duban::task::v1::Task> task;
  std::map<std::string, AssignmentFacts> assignments;  // by agency id
  std::map<std::string, duban::task::v1::UnresolvedUnit> units;
};

// A plan's board as it stands, without position and `unreachable`.
struct BuiltPlan {
  duban::gateway::v1::PlanProgress message;
  std::shared_ptr<const std::string> bytes;  // `message`, serialised
  // Children of each agency's figures, to be joined with other plans'.
  struct AgencyChildren {
    std::vector<progress::Child> reported, accepted;
  };
  std::map<std::string, AgencyChildren> agencies;  // by agency id
};

struct PlanFacts {
  std::optional<duban::task::v1::Plan> plan;
  std::map<std::string, TaskFacts> tasks;  // by task id
  std::shared_ptr<const BuiltPlan> built;  // nullptr: to be built again
  // The last tail, and what it holds for.
  std::string tail;
  int64_t tail_changes = -1;
  absl::Time tail_minute;
};

struct NodeFacts {
  std::optional<duban::agency::v1::Node> node;
  bool online = false;
  absl::Time last_seen = absl::InfinitePast();  // whole minutes
};

struct AgencyFacts {
  std::optional<duban::agency::v1::Agency> agency;
  std::map<std::string, NodeFacts> nodes;  // by full name
  std::set<std::string> plans;             // ids of plans in which it has an assignment
};

}  // namespace duban::gateway
