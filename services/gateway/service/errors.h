// Errors of the board.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"

namespace duban::gateway {

inline absl::Status BoardNotReady() {
  return MakeError(absl::StatusCode::kUnavailable, "BOARD_NOT_READY",
                   "the board has not read the plans yet; is the task service running?");
}

inline absl::Status PlanNotFound(const std::string& plan) {
  return MakeError(absl::StatusCode::kNotFound, "PLAN_NOT_FOUND",
                   absl::StrCat("there is no plan ", plan), {{"plan", plan}});
}

inline absl::Status TaskNotFound(const std::string& task) {
  return MakeError(absl::StatusCode::kNotFound, "TASK_NOT_FOUND",
                   absl::StrCat("there is no task ", task), {{"task", task}});
}

inline absl::Status AgencyNotFound(const std::string& agency) {
  return MakeError(absl::StatusCode::kNotFound, "AGENCY_NOT_FOUND",
                   absl::StrCat("there is no agency ", agency), {{"agency", agency}});
}

inline absl::Status NotYetThere() {
  return MakeError(absl::StatusCode::kDeadlineExceeded, "NOT_YET_THERE",
                   "the board did not reach the revisions asked for in time");
}

inline absl::Status TooManyWait() {
  return MakeError(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                   "too many calls wait; try again later");
}

inline absl::Status ShuttingDown() {
  return MakeError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the service is shutting down");
}

inline absl::Status ServiceUnreachable(const std::string& service) {
  return MakeError(absl::StatusCode::kUnavailable, "SERVICE_UNREACHABLE",
                   absl::StrCat(service, " cannot be reached; try again later"),
                   {{"service", service}});
}

inline absl::Status MalformedRequest() {
  return MakeError(absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST",
                   "the request is not a message of its type");
}

inline absl::Status UnknownMethod(const std::string& method) {
  return MakeError(absl::StatusCode::kUnimplemented, "UNKNOWN_METHOD",
                   absl::StrCat("the gateway does not serve ", method), {{"method", method}});
}

inline absl::Status RowDamaged(const std::string& key) {
  return MakeError(absl::StatusCode::kDataLoss, "ROW_DAMAGED",
                   absl::StrCat("row ", key, " of the feed cannot be read"), {{"key", key}});
}

}  // namespace duban::gateway
