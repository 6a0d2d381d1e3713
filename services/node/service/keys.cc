#include "services/node/service/keys.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace duban::node {
namespace {

std::string Down(int64_t number) {
  return absl::StrFormat("%020d", std::numeric_limits<int64_t>::max() - number);
}

}  // namespace

std::string HubKey(absl::string_view name) { return absl::StrCat(kHubPrefix, name); }

std::string OutboxKey(int64_t epoch, int64_t seq) {
  return absl::StrFormat("outbox/%010d/%012d", epoch, seq);
}

std::string ReceiptKey(int64_t epoch, int64_t seq) {
  return absl::StrFormat("receipts/%010d/%012d", epoch, seq);
}

std::string PendingKey(absl::string_view assignment, int64_t epoch, int64_t seq) {
  return absl::StrFormat("%s%s/%010d-%012d", kPendingPrefix, assignment, epoch, seq);
}

std::string SubmissionKey(int64_t epoch, int64_t seq) {
  return absl::StrCat(kSubmissionsPrefix, Down(epoch), "-", Down(seq));
}

std::string InboxKey(int64_t number) { return absl::StrCat(kInboxPrefix, Down(number)); }

std::string RequestKey(absl::string_view request_id) {
  return absl::StrCat("requests/", request_id);
}

}  // namespace duban::node
