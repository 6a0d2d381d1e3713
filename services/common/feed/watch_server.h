// The server's side of a feed stream. Include in .cc files only.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <functional>
#include <optional>
#include <string>

#include "duban/common/v1/feed.pb.h"
#include "services/common/feed/feed.h"
#include "services/common/rpc/runtime.h"

namespace duban::feed {

inline constexpr absl::Duration kBookmarkEvery = absl::Seconds(15);
inline constexpr int kRowsPerMessage = 200;   // of a snapshot
inline constexpr size_t kBytesPerMessage = 6 << 20;  // of images; the next row begins another message
inline constexpr int kCommitsPerRead = 256;

struct ServeOptions {
  std::optional<std::string> agency;  // only rows of this agency; nullopt: all rows
  // Asked before each message and every 30 s; not OK ends the stream with that status (revoked, expired).
  std::function<absl::Status()> still_allowed;
  // Called once when the stream is served, with a function that makes it ask `still_allowed` at once; that function may be called
  // from any thread, also after the stream is over.
  std::function<void(std::function<void()> recheck)> on_start;
  std::function<void()> on_end;  // called once when the stream is over
  absl::Duration bookmark_every = kBookmarkEvery;
};

// Streams logged rows: a snapshot when `request.from_revision` is 0, then each transaction's changes as one message, and a
// bookmark at least every 15 s. A slow reader is served from the store. INVALID_ARGUMENT / FUTURE_REVISION,
// FAILED_PRECONDITION / STORE_CHANGED when `request.store_id` is not this store's.
// `admit` makes the caller's own checks; when it is not OK the stream ends with its status.
grpc::ServerWriteReactor<duban::common::v1::WatchResponse>* ServeFeed(
    rpc::Runtime& runtime, grpc::CallbackServerContext* context, absl::string_view method,
    const duban::common::v1::WatchRequest* request, Feed& feed,
    std::function<absl::StatusOr<ServeOptions>(const rpc::Call&)> admit);

// Body of the ListState methods.
absl::Status ListState(const Store& store, const duban::common::v1::ListStateRequest& request,
                       duban::common::v1::ListStateResponse& response);

// A row as it travels.
duban::common::v1::Row ToProto(const Change& change);

}  // namespace duban::feed
