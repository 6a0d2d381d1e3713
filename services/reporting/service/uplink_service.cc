#include "services/reporting/service/uplink_service.h"

#include <memory>
#include <atomic>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "duban/reporting/v1/uplink_service.grpc.pb.h"
#include "services/common/feed/messages.h"
#include "services/common/feed/watch_server.h"
#include "services/common/rpc/handler.h"
#include "services/domain/uplink/hub.h"
#include "services/domain/uplink/limits.h"
#include "services/reporting/service/accept.h"
#include "services/reporting/service/keys.h"
#include "services/reporting/service/pushes.h"

namespace duban::reporting {
namespace {

namespace pb = duban::reporting::v1;
using Context = grpc::CallbackServerContext;

constexpr char kServicePath[] = "/duban.reporting.v1.UplinkService/";

std::string Method(absl::string_view name) { return absl::StrCat(kServicePath, name); }

absl::Status BatchTooLarge() {
  return MakeError(absl::StatusCode::kInvalidArgument, "BATCH_TOO_LARGE",
                   absl::StrCat("a batch holds 1 to ", uplink::kMaxBatchEnvelopes,
                                " envelopes and at most ", uplink::kMaxBatchBytes, " bytes"),
                   {{"max_envelopes", absl::StrCat(uplink::kMaxBatchEnvelopes)},
                    {"max_bytes", absl::StrCat(uplink::kMaxBatchBytes)}});
}

absl::Status Overloaded() {
  return MakeError(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                   "too many pushes are at work; try again later");
}

absl::Status NodeStoreChanged() {
  return MakeError(absl::StatusCode::kFailedPrecondition, "STORE_CHANGED",
                   "the node's store is not the one that wrote this epoch; enrol it anew");
}

absl::Status TooManyStreams() {
  return MakeError(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                   "the node opened newer streams; this one ends");
}

absl::Status CheckSize(const pb::PushBatchRequest& request) {
  int64_t bytes = 0;
  for (const auto& envelope : request.envelopes()) bytes += envelope.ByteSizeLong();
  const bool fits = request.envelopes_size() > 0 &&
                    request.envelopes_size() <= uplink::kMaxBatchEnvelopes &&
                    bytes <= uplink::kMaxBatchBytes;
  return fits ? absl::OkStatus() : BatchTooLarge();
}

// Binds the epoch to the store that writes it. As long as nothing was taken, another store may take
// its place.
absl::Status BindStore(feed::Tx& tx, const NodeName& node, const uplink::NodeLedger& ledger,
                       const std::string& store_id) {
  const std::string key = NodeStoreKey(node, ledger.epoch);
  DUBAN_ASSIGN_OR_RETURN(const auto bound, tx.Get(key));
  if (bound && bound->image == store_id) return absl::OkStatus();
  if (bound && ledger.accepted_through > 0) return NodeStoreChanged();
  return tx.Put({.key = key, .image = store_id, .logged = false});
}

absl::Status Greet(feed::Tx& tx, const NodeName& name, const pb::HelloRequest& request,
                   pb::HelloResponse& response) {
  DUBAN_ASSIGN_OR_RETURN(const auto node, FindNode(tx, name));
  if (!node) return NodeUnknown();
  DUBAN_ASSIGN_OR_RETURN(const auto ledger, ReadLedger(tx, name, node->epoch()));
  if (ledger.frozen) return uplink::NodeFrozen();
  if (request.epoch() == ledger.epoch) {
    DUBAN_RETURN_IF_ERROR(BindStore(tx, name, ledger, request.store_id()));
    DUBAN_ASSIGN_OR_RETURN(const auto hash,
                           HashAt(tx, name, ledger.epoch, request.acked_through()));
    response.set_hash_at_acked(hash.value_or(""));
  }
  response.set_epoch(ledger.epoch);
  response.set_accepted_through(ledger.accepted_through);
  if (ledger.accepted_through > 0) response.set_head_hash(ledger.head_hash);
  *response.mutable_server_time() = feed::ToTimestamp(tx.now());
  response.set_max_batch_envelopes(uplink::kMaxBatchEnvelopes);
  response.set_max_batch_bytes(uplink::kMaxBatchBytes);
  return absl::OkStatus();
}

class UplinkServiceImpl final : public pb::UplinkService::CallbackService {
 public:
  UplinkServiceImpl(rpc::Runtime& runtime, feed::Feed& feed, Nodes& nodes,
                    const sign::Signer& signer)
      : runtime_(runtime), feed_(feed), nodes_(nodes), signer_(signer) {}

  grpc::ServerUnaryReactor* Hello(Context* context, const pb::HelloRequest* request,
                                  pb::HelloResponse* response) override {
    return rpc::Write(runtime_, context, Method("Hello"), request, response, feed_.store(),
                      [this](const rpc::Call& call, const auto& q, feed::Tx& tx, auto& r) {
                        nodes_.Seen(NodeOf(call.caller), runtime_.clock().Now());
                        r.set_receipt_key(signer_.public_key());
                        return Greet(tx, NodeOf(call.caller), q, r);
                      });
  }

  grpc::ServerUnaryReactor* PushBatch(Context* context, const pb::PushBatchRequest* request,
                                      pb::PushBatchResponse* response) override {
    return rpc::Async<pb::PushBatchRequest, pb::PushBatchResponse>(
        runtime_, context, Method("PushBatch"), request, response,
        [this](const rpc::Call& call, const pb::PushBatchRequest& q, pb::PushBatchResponse& r,
               rpc::Done done) { Push(call, q, r, std::move(done)); });
  }

  grpc::ServerWriteReactor<duban::common::v1::WatchResponse>* WatchAssignments(
      Context* context, const duban::common::v1::WatchRequest* request) override {
    return feed::ServeFeed(
        runtime_, context, Method("WatchAssignments"), request, feed_,
        [this](const rpc::Call& call) -> absl::StatusOr<feed::ServeOptions> {
          const NodeName node = NodeOf(call.caller);
          auto token = std::make_shared<std::atomic<int64_t>>(0);  // 0 until the stream is served
          return feed::ServeOptions{
              .agency = node.agency,
              .still_allowed =
                  [this, node, token, serial = call.certificate_serial]() -> absl::Status {
                    DUBAN_RETURN_IF_ERROR(nodes_.Check(node, serial));
                    return nodes_.Current(*token) ? absl::OkStatus() : TooManyStreams();
                  },
              .on_start =
                  [this, node, token](std::function<void()> recheck) {
                    *token = nodes_.Opened(node, runtime_.clock().Now(), std::move(recheck));
                  },
              .on_end = [this, token] { nodes_.Closed(*token, runtime_.clock().Now()); }};
        });
  }

 private:
  void Push(const rpc::Call& call, const pb::PushBatchRequest& request,
            pb::PushBatchResponse& response, rpc::Done done) {
    const NodeName name = NodeOf(call.caller);
    nodes_.Seen(name, runtime_.clock().Now());
    const auto place = pushes_.Enter(name.ToString());
    if (place == nullptr) return done(Overloaded());
    if (absl::Status size = CheckSize(request); !size.ok()) return done(size);
    const Nodes::Node node = nodes_.Find(name);
    if (node == nullptr) return done(NodeUnknown());
    auto batch = std::make_shared<Batch>(Open(call, request, *node));
    auto error = std::make_shared<absl::Status>();
    feed_.store().Write(
        [this, batch, error, &response](feed::Tx& tx) -> absl::Status {
          DUBAN_ASSIGN_OR_RETURN(Taking taking, Take(tx, *batch, signer_));
          response = std::move(taking.response);
          *error = std::move(taking.error);
          return absl::OkStatus();
        },
        [place, error, done](absl::StatusOr<int64_t> revision) {
          done(revision.ok() ? *error : revision.status());
        });
  }

  // Checks signatures, which needs no transaction.
  static Batch Open(const rpc::Call& call, const pb::PushBatchRequest& request,
                    const duban::agency::v1::Node& node) {
    Batch batch = {.node = NodeOf(call.caller),
                   .identity = call.caller.identity.ToString(),
                   .envelopes = {},
                   .stop = {}};
    for (const auto& envelope : request.envelopes()) {
      auto opened = OpenEnvelope(envelope, node);
      if (!opened.ok()) {
        batch.stop = opened.status();
        break;
      }
      batch.envelopes.push_back(*std::move(opened));
    }
    return batch;
  }

  rpc::Runtime& runtime_;
  feed::Feed& feed_;
  Nodes& nodes_;
  const sign::Signer& signer_;
  Pushes pushes_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewUplinkService(rpc::Runtime& runtime, feed::Feed& feed,
                                                Nodes& nodes, const sign::Signer& signer) {
  return std::make_unique<UplinkServiceImpl>(runtime, feed, nodes, signer);
}

}  // namespace duban::reporting
