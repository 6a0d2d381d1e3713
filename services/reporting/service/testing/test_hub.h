#pragma once

#include <memory>
#include <string>
#include <vector>

#include "duban/agency/v1/agency.pb.h"
#include "duban/reporting/v1/envelope.pb.h"
#include "duban/reporting/v1/reporting.pb.h"
#include "duban/task/v1/task.pb.h"
#include "services/common/feed/messages.h"
#include "services/common/feed/store.h"
#include "services/common/sign/sign.h"
#include "services/common/testing/fake_clock.h"
#include "services/common/testing/fake_ids.h"
#include "services/reporting/service/accept.h"
#include "services/reporting/service/copies.h"

namespace duban::reporting {

// A hub without network: a store in memory, plan `p` with tasks `t1` and `t2`, and node n1 of each
// agency it is told of.
class TestHub {
 public:
  static constexpr char kAssignment[] = "plans/p/tasks/t1/assignments/sheitc";
  static constexpr char kIssuer[] = "spiffe://duban.test/operator/zhang";
  static constexpr char kForeign[] = "plans/p/tasks/t1/assignments/stcsm";

  TestHub();

  // Issues task t1 to sheitc and stcsm, with an indicator `filings`; enrols node n1 of sheitc.
  void IssueToBoth();

  // Apply rows as the feeds of task and agency bring them.
  absl::Status FollowTask(FeedRows feed);
  absl::Status FollowAgency(FeedRows feed);
  bool CatchUpOnce();  // whether more is left
  static FeedRows Rows(const std::vector<const google::protobuf::Message*>& messages,
                       bool whole = false);

  duban::agency::v1::Node MakeNode(int64_t epoch = 1) const;
  duban::task::v1::Task MakeTask(duban::task::v1::TaskState state) const;

  // The next envelope of n1 of sheitc; Seal signs it as it stands.
  duban::reporting::v1::EnvelopeHeader NextHeader(duban::reporting::v1::PayloadType type);
  duban::reporting::v1::Envelope Seal(const duban::reporting::v1::EnvelopeHeader& header,
                                      const google::protobuf::Message& payload);
  duban::reporting::v1::Envelope Acknowledge(const std::string& assignment = kAssignment);
  duban::reporting::v1::Envelope Report(duban::reporting::v1::ReportContent content);
  duban::reporting::v1::ReportContent Content(const std::string& period = "2026-08") const;

  // One push of n1 of sheitc.
  Taking Push(const std::vector<duban::reporting::v1::Envelope>& envelopes);
  // The body of the only receipt of a push.
  duban::reporting::v1::ReceiptBody PushOne(const duban::reporting::v1::Envelope& envelope);
  static duban::reporting::v1::ReceiptBody BodyOf(const duban::reporting::v1::Receipt& receipt);

  template <typename Message>
  std::optional<Message> Get(const std::string& key) {
    std::optional<Message> found;
    const absl::Status status = store().Read([&](feed::View& view) -> absl::Status {
      DUBAN_ASSIGN_OR_RETURN(found, feed::GetMessage<Message>(view, key));
      return absl::OkStatus();
    });
    return status.ok() ? found : std::nullopt;
  }
  // Changes a row by hand.
  template <typename Message, typename Edit>
  absl::Status Change(const std::string& key, Edit edit) {
    return store()
        .WriteAndWait([&](feed::Tx& tx) -> absl::Status {
          DUBAN_ASSIGN_OR_RETURN(auto found, feed::GetMessage<Message>(tx, key));
          if (!found) return absl::NotFoundError(key);
          edit(*found);
          return feed::PutMessage(tx, *found, "p", "");
        })
        .status();
  }
  std::vector<std::string> Keys(const std::string& prefix);

  feed::Store& store() { return *store_; }
  const sign::Signer& receipt_signer() const { return *receipt_signer_; }
  testing::FakeClock& clock() { return clock_; }

 private:
  testing::FakeClock clock_{absl::FromCivil(absl::CivilSecond(2026, 9, 15), absl::UTCTimeZone())};
  testing::FakeIds ids_;
  std::unique_ptr<feed::Store> store_ = feed::NewMemoryStore(clock_, ids_);
  std::unique_ptr<sign::Signer> signer_, receipt_signer_;
  int64_t seq_ = 0;
  std::string prev_hash_ = std::string(32, '\0');
};

}  // namespace duban::reporting
