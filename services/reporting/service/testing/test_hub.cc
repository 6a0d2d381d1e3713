#include "services/reporting/service/testing/test_hub.h"

#include <gtest/gtest.h>

#include "absl/strings/strip.h"
#include "services/reporting/service/mandates.h"
#include "services/reporting/service/nodes.h"

namespace duban::reporting {
namespace {

namespace pb = duban::reporting::v1;

const NodeName kNode{"sheitc", "n1"};
constexpr char kIdentity[] = "spiffe://duban.test/agency/sheitc/node/n1";
constexpr char kTaskService[] = "spiffe://duban.test/hub/task";

std::unique_ptr<sign::Signer> NewSigner() { return *sign::SignerFromPem(*sign::NewEd25519Pem()); }

std::string NameOf(const google::protobuf::Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByName("name");
  return message.GetReflection()->GetString(message, field);
}

}  // namespace

TestHub::TestHub() : signer_(NewSigner()), receipt_signer_(NewSigner()) {}

FeedRows TestHub::Rows(const std::vector<const google::protobuf::Message*>& messages, bool whole) {
  FeedRows feed = {.rows = {}, .whole = whole, .store_id = whole ? "store" : "", .revision = 1};
  for (const auto* message : messages) {
    auto* row = feed.rows.Add();
    row->set_key(NameOf(*message));
    row->mutable_image()->PackFrom(*message);
  }
  return feed;
}

absl::Status TestHub::FollowTask(FeedRows feed) {
  return store_
      ->WriteAndWait([&](feed::Tx& tx) { return ApplyMandates(tx, feed, kTaskService).status(); })
      .status();
}

absl::Status TestHub::FollowAgency(FeedRows feed) {
  std::vector<std::string> changed;
  return store_->WriteAndWait([&](feed::Tx& tx) { return ApplyRegister(tx, feed, &changed); })
      .status();
}

duban::agency::v1::Node TestHub::MakeNode(int64_t epoch) const {
  duban::agency::v1::Node node;
  node.set_name(kNode.ToString());
  node.set_epoch(epoch);
  auto* key = node.add_signing_keys();
  key->set_key_id(signer_->key_id());
  key->set_algorithm(sign::kEd25519);
  key->set_public_key(signer_->public_key());
  return node;
}

duban::task::v1::Task TestHub::MakeTask(duban::task::v1::TaskState state) const {
  duban::task::v1::Task task;
  task.set_name("plans/p/tasks/t1");
  task.set_state(state);
  task.add_indicators()->set_id("filings");
  if (state == duban::task::v1::TASK_STATE_RECORDED) return task;
  task.mutable_issue_time()->set_seconds(1);
  task.set_issuer(kIssuer);
  return task;
}

void TestHub::IssueToBoth() {
  duban::task::v1::Plan plan;
  plan.set_name("plans/p");
  plan.set_title("A plan");
  plan.set_time_zone("Asia/Shanghai");
  const auto task = MakeTask(duban::task::v1::TASK_STATE_ISSUED);
  duban::task::v1::Assignment own, foreign;
  own.set_name(kAssignment);
  foreign.set_name(kForeign);
  ASSERT_TRUE(FollowTask(Rows({&plan, &task, &own, &foreign}, true)).ok());
  const auto node = MakeNode();
  ASSERT_TRUE(FollowAgency(Rows({&node}, true)).ok());
}

pb::EnvelopeHeader TestHub::NextHeader(pb::PayloadType type) {
  pb::EnvelopeHeader header;
  header.set_node(kNode.ToString());
  header.set_epoch(1);
  header.set_seq(++seq_);
  header.set_prev_hash(prev_hash_);
  header.set_report_id(ids_.Bytes(16));
  header.set_payload_type(type);
  header.set_schema_version(1);
  header.set_key_id(signer_->key_id());
  return header;
}

pb::Envelope TestHub::Seal(const pb::EnvelopeHeader& header,
                           const google::protobuf::Message& payload) {
  pb::Envelope envelope;
  envelope.set_body(
      sign::MakeEnvelopeBody(header.SerializeAsString(), payload.SerializeAsString()));
  auto* signature = envelope.add_signatures();
  signature->set_algorithm(sign::kEd25519);
  signature->set_key_id(signer_->key_id());
  signature->set_signature(signer_->Sign(envelope.body()));
  prev_hash_ = sign::Sha256(envelope.body());
  return envelope;
}

pb::Envelope TestHub::Acknowledge(const std::string& assignment) {
  pb::Acknowledgement payload;
  payload.set_assignment(assignment);
  return Seal(NextHeader(pb::PAYLOAD_TYPE_ACKNOWLEDGEMENT), payload);
}

pb::ReportContent TestHub::Content(const std::string& period) const {
  pb::ReportContent content;
  content.set_assignment(kAssignment);
  content.set_period(period);
  content.set_progress_bp(4000);
  content.set_done("受理 37 件");
  auto* value = content.add_indicator_values();
  value->set_indicator("filings");
  value->set_value(37);
  return content;
}

pb::Envelope TestHub::Report(pb::ReportContent content) {
  return Seal(NextHeader(pb::PAYLOAD_TYPE_REPORT), content);
}

Taking TestHub::Push(const std::vector<pb::Envelope>& envelopes) {
  Batch batch = {.node = kNode, .identity = kIdentity, .envelopes = {}, .stop = {}};
  for (const pb::Envelope& envelope : envelopes) {
    auto opened = OpenEnvelope(envelope, MakeNode());
    if (!opened.ok()) {
      batch.stop = opened.status();
      break;
    }
    batch.envelopes.push_back(*std::move(opened));
  }
  Taking taking;
  const auto revision = store_->WriteAndWait([&](feed::Tx& tx) -> absl::Status {
    DUBAN_ASSIGN_OR_RETURN(taking, Take(tx, batch, *receipt_signer_));
    return absl::OkStatus();
  });
  EXPECT_TRUE(revision.ok()) << revision.status();
  return taking;
}

pb::ReceiptBody TestHub::BodyOf(const pb::Receipt& receipt) {
  pb::ReceiptBody body;
  EXPECT_TRUE(
      body.ParseFromString(std::string(absl::StripPrefix(receipt.body(), "DUBAN-RECEIPT-V1\n"))));
  return body;
}

pb::ReceiptBody TestHub::PushOne(const pb::Envelope& envelope) {
  const Taking taking = Push({envelope});
  EXPECT_TRUE(taking.error.ok()) << taking.error;
  EXPECT_EQ(taking.response.receipts_size(), 1);
  return taking.response.receipts_size() == 1 ? BodyOf(taking.response.receipts(0))
                                              : pb::ReceiptBody();
}

bool TestHub::CatchUpOnce() {
  bool more = false;
  EXPECT_TRUE(store_
                  ->WriteAndWait([&](feed::Tx& tx) -> absl::Status {
                    DUBAN_ASSIGN_OR_RETURN(more, CatchUp(tx, kTaskService));
                    return absl::OkStatus();
                  })
                  .ok());
  return more;
}

std::vector<std::string> TestHub::Keys(const std::string& prefix) {
  std::vector<std::string> keys;
  EXPECT_TRUE(store_
                  ->Read([&](feed::View& view) {
                    return view.Scan({.prefix = prefix}, [&](const feed::Row& row) {
                      keys.push_back(row.key);
                      return true;
                    });
                  })
                  .ok());
  return keys;
}

}  // namespace duban::reporting
