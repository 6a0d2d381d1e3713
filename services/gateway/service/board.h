// The fold: feeds in, boards out. Everything the gateway knows is here, in memory.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "duban/common/v1/feed.pb.h"
#include "duban/gateway/v1/progress.pb.h"
#include "services/common/base/clock.h"
#include "services/common/base/names.h"
#include "services/gateway/service/facts.h"
#include "services/gateway/service/revisions.h"

namespace duban::gateway {

// A plan's board, serialised: the bytes of PlanProgress are `body` followed by `tail` (position and
// `unreachable`). The body is shared by all answers until the plan changes.
struct PlanAnswer {
  std::shared_ptr<const std::string> body;
  std::string tail;
};

// Thread-safe. A changed row drops the figures of its assignment alone; a plan's board is built
// when it is next asked for.
class Board {
 public:
  // Called after each change with the ids of the plans whose board changed and the revisions
  // reached; without a lock.
  using Listener = std::function<void(const std::set<std::string>& plans, const Revisions&)>;

  explicit Board(const Clock& clock) : clock_(clock) {}

  // Call before the first feed.
  void SetListener(Listener listener) { listener_ = std::move(listener); }

  // The feeds: a snapshot, one transaction, a bookmark; each source from one thread.
  // DATA_LOSS / ROW_DAMAGED for an image that cannot be read.
  absl::Status OnSnapshot(Source source, const duban::common::v1::Snapshot& snapshot);
  absl::Status OnChanges(Source source, const duban::common::v1::Changes& changes);
  void OnBookmark(Source source, int64_t revision);
  // Whether a source is connected.
  void OnLink(Source source, bool up);

  // Who of the nodes is heard of. Not part of any position.
  void OnPresence(const std::vector<duban::reporting::v1::Presence>& nodes);

  Revisions revisions() const;

  // The boards. UNAVAILABLE / BOARD_NOT_READY until the mandate was read once; NOT_FOUND /
  // PLAN_NOT_FOUND, TASK_NOT_FOUND or AGENCY_NOT_FOUND.
  absl::StatusOr<PlanAnswer> Plan(const std::string& plan);
  absl::StatusOr<duban::gateway::v1::TaskProgress> Task(const TaskName& name);
  absl::StatusOr<duban::gateway::v1::Matrix> Matrix(const std::string& plan);
  // Over all plans for which `may_see` holds.
  absl::StatusOr<duban::gateway::v1::AgencyProgress> Agency(
      const std::string& agency, const std::function<bool(const std::string& plan)>& may_see);

 private:
  struct Link {
    bool up = false;
    bool complete = false;  // a whole snapshot was read
  };
  using Touched = std::set<std::string>;

  absl::Status Apply(Source source, const duban::common::v1::Row& row, Touched& touched)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ApplyMandate(const duban::common::v1::Row& row, Touched& touched)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ApplyRegister(const duban::common::v1::Row& row, Touched& touched)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ApplyPerformance(const duban::common::v1::Row& row, Touched& touched)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Clear(Source source, Touched& touched) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  AssignmentFacts& TouchAssignment(const AssignmentName& name, Touched& touched)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Touch(const std::string& plan, Touched& touched) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TouchAgency(const std::string& agency, Touched& touched)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TouchAll(Touched& touched) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Tell(const Touched& touched);

  absl::StatusOr<PlanFacts*> Built(const std::string& plan) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  duban::gateway::v1::Position Position() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // To the `unreachable` of any message of the board.
  template <typename Message>
  void AddUnreachable(const BuiltPlan& plan, Message& out) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  template <typename Message>
  void AddUnreachableServices(Message& out) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  template <typename Message>
  void AddUnreachableNodes(const std::string& agency, Message& out) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  Listener listener_;

  absl::Mutex tell_mutex_;  // taken before `mutex_`
  mutable absl::Mutex mutex_;
  Link links_[3] ABSL_GUARDED_BY(mutex_);
  int64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;  // of anything that a tail says
  Revisions revisions_ ABSL_GUARDED_BY(mutex_);
  bool presence_known_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, PlanFacts> plans_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, AgencyFacts> agencies_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace duban::gateway
