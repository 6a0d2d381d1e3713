#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "duban/node/v1/node.pb.h"
#include "services/common/feed/store.h"

// Requests that were answered, so that a repeated one is answered the same.
namespace duban::node {

// INVALID_ARGUMENT / INVALID_REQUEST_ID unless empty or well formed.
absl::Status CheckRequestId(absl::string_view request_id);

// The submission that this request made before; nullopt when it is new or has no id. `content`: all
// that the request says. ALREADY_EXISTS / REQUEST_ID_REUSED when it said something else.
absl::StatusOr<std::optional<duban::node::v1::Submission>> FindAnswer(feed::View& view,
                                                                      absl::string_view request_id,
                                                                      absl::string_view content);

// Notes the submission, which is stored under `submission_key`, as the answer. Nothing without an
// id.
absl::Status RememberAnswer(feed::Tx& tx, absl::string_view request_id, absl::string_view content,
                            absl::string_view submission_key);

}  // namespace duban::node
