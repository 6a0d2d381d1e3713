// The handler wrapper: every RPC of the suite passes through it. It finds the caller, checks the method's access rule (the proto's
// `access` option), request size and deadline, runs the body on the pool, maps absl::Status to google.rpc.Status with one
// ErrorInfo, and logs changes and failures with the request id. Include in .cc files only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "services/common/base/status.h"
#include "services/common/feed/feed.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"

namespace duban::rpc {

// `status` as gRPC sends it: code, message, and google.rpc.Status with ErrorInfo{reason, domain "duban", metadata} as details.
grpc::Status ToGrpc(const absl::Status& status);

// The other way, on the client's side: an absl::Status whose reason and metadata are those of the ErrorInfo. A status without one
// gets the reason "UNAVAILABLE", "DEADLINE_EXCEEDED" and so on, by its code.
absl::Status FromGrpc(const grpc::Status& status);

// UNAUTHENTICATED / CERTIFICATE_EXPIRED when a certificate that ends at `end` has ended.
absl::Status CheckCertificate(absl::Time end, absl::Time now);

// Trailing metadata of every call that changed something: the revision that it made, in decimal.
inline constexpr char kRevisionKey[] = "duban-revision";

namespace internal {

// Checks everything that comes before the body. `request_bytes`: its serialised size. Also notes the request id.
absl::StatusOr<Call> Admit(Runtime& runtime, grpc::CallbackServerContext& context,
                           absl::string_view method, size_t request_bytes, bool streaming);

// Logs the end of a call: when it failed or its method changes something.
void LogEnd(const Runtime& runtime, const Call& call, absl::Time start, const absl::Status& status);

// Logs and finishes.
void Finish(const Runtime& runtime, const Call& call, absl::Time start, const absl::Status& status,
            grpc::ServerUnaryReactor* reactor);

grpc::ServerUnaryReactor* Refuse(grpc::CallbackServerContext& context, absl::string_view method,
                                 const absl::Status& status);

void LogRefusal(const grpc::CallbackServerContext& context, absl::string_view method,
                const absl::Status& status);

}  // namespace internal

// A body that may answer later: it must call `done` exactly once, on any thread; request and response live until then.
using Done = std::function<void(absl::Status)>;
template <typename Request, typename Response>
using AsyncBody = std::function<void(const Call&, const Request&, Response&, Done)>;

template <typename Request, typename Response>
grpc::ServerUnaryReactor* Async(Runtime& runtime, grpc::CallbackServerContext* context,
                                absl::string_view method, const Request* request,
                                Response* response, AsyncBody<Request, Response> body) {
  auto call = internal::Admit(runtime, *context, method, request->ByteSizeLong(), false);
  if (!call.ok()) return internal::Refuse(*context, method, call.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto shared = std::make_shared<Call>(*std::move(call));
  const absl::Time start = runtime.clock().Now();
  Done done = [&runtime, context, shared, start, reactor](absl::Status status) {
    if (shared->committed_revision > 0) {
      context->AddTrailingMetadata(kRevisionKey, absl::StrCat(shared->committed_revision));
    }
    internal::Finish(runtime, *shared, start, status, reactor);
  };
  if (!runtime.Run([=] { body(*shared, *request, *response, done); })) {
    done(MakeError(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                   "too many calls wait; try again later"));
  }
  return reactor;
}

// A body that only reads: Status body(const Call&, const Request&, Response&).
template <typename Request, typename Response, typename Body>
grpc::ServerUnaryReactor* Read(Runtime& runtime, grpc::CallbackServerContext* context,
                               absl::string_view method, const Request* request,
                               Response* response, Body body) {
  return Async<Request, Response>(
      runtime, context, method, request, response,
      [body](const Call& call, const Request& q, Response& r, Done done) {
        done(body(call, q, r));
      });
}

// A body that changes the store: Status body(const Call&, const Request&, feed::Tx&, Response&), run in one transaction. The call
// is answered when that is durable.
template <typename Request, typename Response, typename Body>
grpc::ServerUnaryReactor* Write(Runtime& runtime, grpc::CallbackServerContext* context,
                                absl::string_view method, const Request* request,
                                Response* response, feed::Store& store, Body body) {
  return Async<Request, Response>(
      runtime, context, method, request, response,
      [body, &store](const Call& call, const Request& q, Response& r, Done done) {
        store.Write([body, &call, &q, &r](feed::Tx& tx) { return body(call, q, tx, r); },
                    [done, &call](absl::StatusOr<int64_t> revision) {
                      if (revision.ok()) call.committed_revision = *revision;
                      done(revision.status());
                    });
      });
}

}  // namespace duban::rpc
