// What several commands read from the hub. Include in .cc files only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "duban/agency/v1/agency.pb.h"
#include "duban/reporting/v1/reporting.pb.h"
#include "duban/task/v1/task.pb.h"
#include "services/cli/session.h"

namespace duban::cli {

using Channel = std::shared_ptr<grpc::Channel>;

// "plans/xuhui" of "xuhui" or "plans/xuhui". INVALID_ARGUMENT / USAGE for anything else.
absl::StatusOr<std::string> PlanNameOf(const std::string& id_or_name);

absl::StatusOr<std::vector<duban::task::v1::Task>> ListTasks(Session& session,
                                                             const Channel& channel,
                                                             const std::string& plan_name);

// Of a whole plan, without removed ones, in the order of tasks and of units.
absl::StatusOr<std::vector<duban::task::v1::Assignment>> ListAssignments(
    Session& session, const Channel& channel, const std::string& plan_name);

// The newest version of the newest period of each assignment of a plan, in the order of names.
absl::StatusOr<std::vector<duban::reporting::v1::Report>> ListNewestReports(
    Session& session, const Channel& channel, const std::string& plan_name);

absl::StatusOr<std::vector<duban::agency::v1::Agency>> ListAgencies(Session& session,
                                                                    const Channel& channel);

// Adds a name to an agency, `agencies/{agency}`; one that it has already changes nothing.
absl::StatusOr<duban::agency::v1::Agency> AddAlias(Session& session, const Channel& channel,
                                                   const std::string& agency_name,
                                                   const std::string& alias);

// The same after something was done by which the name was confirmed: says what became of it, and an
// error that it was done all the same.
absl::Status LearnName(Session& session, const Channel& channel, const std::string& agency_name,
                       const std::string& alias);

// Names to show, by id.
std::map<std::string, std::string> ShortNames(
    const std::vector<duban::agency::v1::Agency>& agencies);

// The one task that "#7" (its number in the newest edition), a task id or a full name means.
// INVALID_ARGUMENT / USAGE when there is none or several.
absl::StatusOr<duban::task::v1::Task> FindTask(const std::vector<duban::task::v1::Task>& tasks,
                                               const std::string& what);

// The last part of a resource name.
std::string IdOf(const std::string& name);

}  // namespace duban::cli
