#include "services/node/service/hub_copy.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "duban/node/v1/node.pb.h"
#include "duban/reporting/v1/reporting.pb.h"
#include "services/node/service/inbox.h"
#include "services/node/service/keys.h"
#include "services/node/service/pending.h"
#include "services/node/service/rows.h"

namespace duban::node {
namespace {

using duban::common::v1::WatchRequest;
using duban::node::v1::InboxItem;
using duban::reporting::v1::AssignmentStatus;
using duban::reporting::v1::Report;

// "type.googleapis.com/duban.task.v1.Task" → "duban.task.v1.Task".
std::string TypeOf(const google::protobuf::Any& any) {
  return any.type_url().substr(any.type_url().rfind('/') + 1);
}

bool IsReviewed(const Report& report) {
  return report.state() != duban::reporting::v1::REPORT_STATE_SUBMITTED;
}

// One message of the feed at work inside its transaction.
class Applier {
 public:
  explicit Applier(feed::Tx& tx) : tx_(tx) {}

  absl::Status Apply(const duban::common::v1::Row& row) {
    const std::string key = HubKey(row.key());
    seen_.insert(key);
    DUBAN_ASSIGN_OR_RETURN(const auto old, tx_.Get(key));
    if (!row.has_image()) return old ? tx_.Delete(key) : absl::OkStatus();
    if (old && old->image == row.image().value()) return absl::OkStatus();
    const feed::Row fresh = {
        .key = key, .type = TypeOf(row.image()), .image = row.image().value(), .logged = false};
    DUBAN_RETURN_IF_ERROR(tx_.Put(fresh));
    if (fresh.type == AssignmentStatus::descriptor()->full_name()) return NoteStatus(old, fresh);
    if (fresh.type == Report::descriptor()->full_name()) return NoteReport(fresh);
    return absl::OkStatus();
  }

  // Rows that no part of the snapshot had are gone.
  absl::Status ForgetOthers() {
    std::vector<std::string> gone;
    DUBAN_RETURN_IF_ERROR(tx_.Scan({.prefix = kHubPrefix}, [&](const feed::Row& row) {
      if (!seen_.contains(row.key)) gone.push_back(row.key);
      return true;
    }));
    for (const std::string& key : gone) DUBAN_RETURN_IF_ERROR(tx_.Delete(key));
    return absl::OkStatus();
  }

  // Settles what was said about the assignments touched, and moves the cursor. An empty `store_id`
  // leaves the one known.
  absl::Status Finish(const std::string& store_id, int64_t revision) {
    for (const std::string& assignment : touched_) {
      DUBAN_RETURN_IF_ERROR(Settle(tx_, assignment));
    }
    DUBAN_ASSIGN_OR_RETURN(WatchRequest cursor, ReadCursor(tx_));
    if (!store_id.empty()) cursor.set_store_id(store_id);
    cursor.set_from_revision(revision);
    return PutPrivate(tx_, kCursorKey, cursor);
  }

 private:
  absl::Status NoteStatus(const std::optional<feed::Row>& old, const feed::Row& fresh) {
    AssignmentStatus before, after;
    if (old) before.ParseFromString(old->image);
    after.ParseFromString(fresh.image);
    touched_.insert(after.name());
    if (before.state() == after.state()) return absl::OkStatus();
    InboxItem item;
    *item.mutable_status() = std::move(after);
    return AddToInbox(tx_, std::move(item));
  }

  absl::Status NoteReport(const feed::Row& fresh) {
    Report report;
    report.ParseFromString(fresh.image);
    touched_.insert(report.content().assignment());
    if (!IsReviewed(report)) return absl::OkStatus();
    InboxItem item;
    *item.mutable_review() = std::move(report);
    return AddToInbox(tx_, std::move(item));
  }

  feed::Tx& tx_;
  std::set<std::string> seen_, touched_;
};

}  // namespace

absl::Status ApplySnapshot(feed::Tx& tx, const duban::common::v1::Snapshot& snapshot) {
  Applier applier(tx);
  for (const auto& row : snapshot.rows()) DUBAN_RETURN_IF_ERROR(applier.Apply(row));
  DUBAN_RETURN_IF_ERROR(applier.ForgetOthers());
  return applier.Finish(snapshot.store_id(), snapshot.revision());
}

absl::Status ApplyChanges(feed::Tx& tx, const duban::common::v1::Changes& changes) {
  Applier applier(tx);
  for (const auto& row : changes.rows()) DUBAN_RETURN_IF_ERROR(applier.Apply(row));
  return applier.Finish("", changes.revision());
}

absl::StatusOr<WatchRequest> ReadCursor(feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(auto cursor, feed::GetMessage<WatchRequest>(view, kCursorKey));
  return cursor.value_or(WatchRequest());
}

}  // namespace duban::node
