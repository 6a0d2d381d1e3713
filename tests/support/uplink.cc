#include "tests/support/uplink.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/node/v1/node_service.grpc.pb.h"
#include "duban/reporting/v1/uplink_service.grpc.pb.h"
#include "services/common/base/files.h"
#include "services/common/base/ids.h"
#include "services/common/sign/sign.h"
#include "tests/support/calls.h"

namespace duban::tests {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr int kAskEveryMs = 20;
constexpr char kReceiptDomain[] = "DUBAN-RECEIPT-V1\n";

}  // namespace

HandNode::HandNode(Cluster& cluster, const std::string& agency)
    : cluster_(cluster), agency_(agency), prev_hash_(32, '\0') {}

reporting::v1::Envelope HandNode::Acknowledge(const std::string& assignment) {
  auto signer = *sign::SignerFromPem(*ReadFile(cluster_.signing_key_file(agency_)));
  reporting::v1::EnvelopeHeader header;
  header.set_node(absl::StrCat("agencies/", agency_, "/nodes/n1"));
  header.set_epoch(1);
  header.set_seq(++seq_);
  header.set_prev_hash(prev_hash_);
  header.set_report_id(SystemIds().Bytes(16));
  header.set_payload_type(reporting::v1::PAYLOAD_TYPE_ACKNOWLEDGEMENT);
  header.set_schema_version(1);
  header.set_key_id(signer->key_id());
  reporting::v1::Acknowledgement payload;
  payload.set_assignment(assignment);
  reporting::v1::Envelope envelope;
  envelope.set_body(
      sign::MakeEnvelopeBody(header.SerializeAsString(), payload.SerializeAsString()));
  auto* signature = envelope.add_signatures();
  signature->set_algorithm(sign::kEd25519);
  signature->set_key_id(signer->key_id());
  signature->set_signature(signer->Sign(envelope.body()));
  before_ = std::exchange(prev_hash_, sign::Sha256(envelope.body()));
  return envelope;
}

void HandNode::Again() {
  --seq_;
  prev_hash_ = before_;
}

absl::StatusOr<reporting::v1::PushBatchResponse> HandNode::Push(
    const std::vector<reporting::v1::Envelope>& envelopes) {
  reporting::v1::PushBatchRequest request;
  request.set_epoch(1);
  for (const auto& envelope : envelopes) *request.add_envelopes() = envelope;
  auto stub =
      reporting::v1::UplinkService::NewStub(cluster_.ConnectUplink(cluster_.node_tls(agency_)));
  return Call<reporting::v1::PushBatchResponse>(
      [&](auto* c, auto* r) { return stub->PushBatch(c, request, r); });
}

absl::Status HandNode::Watch(const std::function<void()>& first) {
  auto stub =
      reporting::v1::UplinkService::NewStub(cluster_.ConnectUplink(cluster_.node_tls(agency_)));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  auto stream = stub->WatchAssignments(&context, {});
  common::v1::WatchResponse message;
  if (stream->Read(&message)) first();
  while (stream->Read(&message)) {
  }
  return rpc::FromGrpc(stream->Finish());
}

std::string HandNode::RefusalIn(const reporting::v1::Receipt& receipt) {
  reporting::v1::ReceiptBody body;
  EXPECT_TRUE(body.ParseFromString(std::string(absl::StripPrefix(receipt.body(), kReceiptDomain))));
  return body.reason();
}

std::string ReasonOf(const absl::Status& status) { return ErrorReason(status); }

absl::StatusOr<node::v1::Submission> TryReport(Cluster& cluster, const std::string& agency,
                                               const std::string& assignment,
                                               const std::string& period, int progress_bp) {
  node::v1::SubmitReportRequest request;
  request.mutable_content()->set_assignment(assignment);
  request.mutable_content()->set_period(period);
  request.mutable_content()->set_progress_bp(progress_bp);
  auto stub = node::v1::NodeService::NewStub(cluster.Node(agency));
  return Call<node::v1::Submission>(
      [&](auto* c, auto* r) { return stub->SubmitReport(c, request, r); });
}

absl::Status RevokeNode(Cluster& cluster, const std::string& agency) {
  agency::v1::RevokeNodeRequest request;
  request.set_name(absl::StrCat("agencies/", agency, "/nodes/n1"));
  auto stub = agency::v1::AgencyService::NewStub(cluster.Gateway("admin"));
  return Call<agency::v1::Node>([&](auto* c, auto* r) { return stub->RevokeNode(c, request, r); })
      .status();
}

node::v1::InboxItem InboxWhen(AgencyDesk& desk,
                              const std::function<bool(const node::v1::InboxItem&)>& wanted) {
  const absl::Time give_up = absl::Now() + kPatience;
  while (absl::Now() < give_up && !::testing::Test::HasFailure()) {
    for (const auto& item : desk.Inbox()) {
      if (wanted(item)) return item;
    }
    poll(nullptr, 0, kAskEveryMs);
  }
  ADD_FAILURE() << "nothing of the kind came into the inbox";
  return {};
}

}  // namespace duban::tests
