#include "services/node/service/pending.h"

#include "absl/strings/str_cat.h"
#include "duban/reporting/v1/reporting.pb.h"
#include "services/node/service/inbox.h"
#include "services/node/service/keys.h"
#include "services/node/service/rows.h"

namespace duban::node {
namespace {

using duban::node::v1::Submission;
using duban::reporting::v1::AssignmentStatus;
using duban::reporting::v1::Report;

struct Entry {
  std::string key;             // of the pending row
  std::string submission_key;  // of the submission
  Submission submission;
};

absl::StatusOr<std::vector<Entry>> ListEntries(feed::View& view, std::string prefix) {
  std::vector<Entry> entries;
  DUBAN_RETURN_IF_ERROR(view.Scan({.prefix = std::move(prefix)}, [&](const feed::Row& row) {
    entries.push_back({row.key, row.image, {}});
    return true;
  }));
  for (Entry& entry : entries) {
    DUBAN_ASSIGN_OR_RETURN(auto submission,
                           feed::GetMessage<Submission>(view, entry.submission_key));
    if (submission) entry.submission = *std::move(submission);
  }
  return entries;
}

}  // namespace

absl::Status AddPending(feed::Tx& tx, const Submission& submission, int64_t epoch, int64_t seq) {
  return tx.Put({.key = PendingKey(submission.assignment(), epoch, seq),
                 .image = SubmissionKey(epoch, seq),
                 .logged = false});
}

absl::StatusOr<std::vector<Submission>> ListPending(feed::View& view,
                                                    absl::string_view assignment) {
  DUBAN_ASSIGN_OR_RETURN(const auto entries,
                         ListEntries(view, absl::StrCat(kPendingPrefix, assignment, "/")));
  std::vector<Submission> pending;
  for (const Entry& entry : entries) pending.push_back(entry.submission);
  return pending;
}

absl::StatusOr<bool> Shows(feed::View& view, const Submission& submission) {
  if (submission.payload_type() != duban::reporting::v1::PAYLOAD_TYPE_REPORT) {
    // The change that the hub made of it carries the same time as its receipt; later ones a later
    // time.
    DUBAN_ASSIGN_OR_RETURN(const auto status, feed::GetMessage<AssignmentStatus>(
                                                  view, HubKey(submission.assignment())));
    return submission.has_receive_time() && status &&
           feed::FromTimestamp(status->update_time()) >=
               feed::FromTimestamp(submission.receive_time());
  }
  bool shows = false;
  const std::string prefix =
      HubKey(absl::StrCat(submission.assignment(), "/reports/", submission.period(), "@"));
  DUBAN_RETURN_IF_ERROR(
      feed::ScanMessages<Report>(view, {.prefix = prefix}, [&](const Report& version) {
        shows = version.report_id() == submission.report_id();
        return !shows;
      }));
  return shows;
}

absl::Status Settle(feed::Tx& tx, absl::string_view assignment) {
  DUBAN_ASSIGN_OR_RETURN(const auto entries,
                         ListEntries(tx, absl::StrCat(kPendingPrefix, assignment, "/")));
  for (const Entry& entry : entries) {
    bool done = entry.submission.state() == duban::node::v1::SUBMISSION_STATE_REJECTED;
    if (entry.submission.state() == duban::node::v1::SUBMISSION_STATE_ACCEPTED) {
      DUBAN_ASSIGN_OR_RETURN(done, Shows(tx, entry.submission));
    }
    if (done) DUBAN_RETURN_IF_ERROR(tx.Delete(entry.key));
  }
  return absl::OkStatus();
}

absl::Status RefusePending(feed::Tx& tx, const std::string& reason) {
  DUBAN_ASSIGN_OR_RETURN(auto entries, ListEntries(tx, kPendingPrefix));
  for (Entry& entry : entries) {
    DUBAN_RETURN_IF_ERROR(tx.Delete(entry.key));
    if (entry.submission.state() != duban::node::v1::SUBMISSION_STATE_QUEUED) continue;
    entry.submission.set_state(duban::node::v1::SUBMISSION_STATE_REJECTED);
    entry.submission.set_reason(reason);
    DUBAN_RETURN_IF_ERROR(PutPrivate(tx, entry.submission_key, entry.submission));
    duban::node::v1::InboxItem item;
    *item.mutable_receipt() = entry.submission;
    DUBAN_RETURN_IF_ERROR(AddToInbox(tx, std::move(item)));
  }
  return absl::OkStatus();
}

}  // namespace duban::node
