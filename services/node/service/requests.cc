#include "services/node/service/requests.h"

#include "absl/strings/str_cat.h"
#include "services/common/sign/sign.h"
#include "services/node/domain/report_id.h"
#include "services/node/service/keys.h"
#include "services/node/service/rows.h"

namespace duban::node {
namespace {

constexpr size_t kHashBytes = 32;

}  // namespace

absl::Status CheckRequestId(absl::string_view request_id) {
  if (request_id.empty() || IsRequestId(request_id)) return absl::OkStatus();
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST_ID",
                   "request_id is not 1 to 64 characters of [A-Za-z0-9_-]");
}

absl::StatusOr<std::optional<duban::node::v1::Submission>> FindAnswer(feed::View& view,
                                                                      absl::string_view request_id,
                                                                      absl::string_view content) {
  using duban::node::v1::Submission;
  if (request_id.empty()) return std::optional<Submission>();
  DUBAN_ASSIGN_OR_RETURN(const auto row, view.Get(RequestKey(request_id)));
  if (!row) return std::optional<Submission>();
  if (row->image.substr(0, kHashBytes) != sign::Sha256(content)) {
    return MakeError(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                     absl::StrCat("request_id ", request_id, " was given to another request"),
                     {{"request_id", std::string(request_id)}});
  }
  return feed::GetMessage<Submission>(view, row->image.substr(kHashBytes));
}

absl::Status RememberAnswer(feed::Tx& tx, absl::string_view request_id, absl::string_view content,
                            absl::string_view submission_key) {
  if (request_id.empty()) return absl::OkStatus();
  return tx.Put({.key = RequestKey(request_id),
                 .image = absl::StrCat(sign::Sha256(content), submission_key),
                 .logged = false});
}

}  // namespace duban::node
