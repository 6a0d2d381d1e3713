// What persons decided about the doubts of a plan, in a file: ReviewDecisions of
// duban/task/v1/task.proto as JSON.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "duban/task/v1/task_service.pb.h"
#include "services/domain/plantext/review.h"

namespace duban::cli {

// Errors: as FromJsonFile, and INVALID_FILE for a decision that is not complete.
absl::StatusOr<duban::task::v1::ReviewDecisions> ReadDecisions(const std::string& path);

// The same, or none where there is no such file yet.
absl::StatusOr<duban::task::v1::ReviewDecisions> ReadDecisionsIfAny(const std::string& path);

// Replaces the file: the old content or the new, never a part. FILE_FAILED.
absl::Status WriteDecisions(const std::string& path,
                            const duban::task::v1::ReviewDecisions& decisions);

struct Who {
  std::string name;
  absl::Time when;
};

// What `who` says of the doubt; `agency` is an id, for kAgency alone.
duban::task::v1::ReviewDecision DecisionAbout(const plantext::Doubt& doubt,
                                              plantext::Verdict verdict, const std::string& agency,
                                              const Who& who);

// That the task of the edition is that one of the plan.
duban::task::v1::ReviewDecision DecisionAbout(const duban::task::v1::TaskDifference& now,
                                              const duban::task::v1::Task& was, const Who& who);

// As the reader's library takes them; it knows nothing of other editions.
std::vector<plantext::Decision> ForReader(const duban::task::v1::ReviewDecisions& decisions);

// A name that a person confirmed, and that can be an alias of its agency: one that is undamaged and
// that the register did not have.
struct Alias {
  std::string agency;  // `agencies/{agency}`
  std::string name;
};
std::vector<Alias> ConfirmedAliases(const duban::task::v1::ReviewDecisions& decisions);

}  // namespace duban::cli
