// A service as those who run it see it: health, logs, too much at once, an orderly end.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/gateway/v1/progress_service.grpc.pb.h"
#include "duban/reporting/v1/reporting_service.grpc.pb.h"
#include "duban/reporting/v1/uplink_service.grpc.pb.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "tests/support/calls.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"
#include "tests/support/office.h"
#include "tests/support/process.h"

namespace duban::tests {
namespace {

using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

// The ten seconds of grace, which a client uses up that is too slow to hang up, and a margin.
constexpr absl::Duration kEndsWithin = absl::Seconds(15);

// Every line of a log, as JSON; a line that is none fails the test.
std::vector<nlohmann::json> Lines(const std::string& file) {
  std::vector<nlohmann::json> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(nlohmann::json::parse(line, nullptr, false));
    const bool right = lines.back().is_object() && lines.back().contains("time") &&
                       lines.back().contains("service") && lines.back().contains("event");
    EXPECT_TRUE(right) << file << ": " << line;
  }
  return lines;
}

// A call with any bytes, which may be no message.
class RawCall {
 public:
  RawCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
          const std::string& bytes, std::function<void(const absl::Status&)> done,
          const std::map<std::string, std::string>& metadata = {})
      : stub_(channel), done_(std::move(done)) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(50)));
    for (const auto& [key, value] : metadata) context_.AddMetadata(key, value);
    const grpc::Slice slice(bytes);
    request_ = grpc::ByteBuffer(&slice, 1);
    stub_.UnaryCall(&context_, method, {}, &request_, &response_,
                    [this](grpc::Status status) { done_(rpc::FromGrpc(status)); });
  }

 private:
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_, response_;
  const std::function<void(const absl::Status&)> done_;
};

std::string AskRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                   const std::string& bytes,
                   const std::map<std::string, std::string>& metadata = {}) {
  absl::Notification ended;
  absl::Status answer;
  RawCall call(
      channel, method, bytes,
      [&](const absl::Status& status) {
        answer = status;
        ended.Notify();
      },
      metadata);
  ended.WaitForNotification();
  return Outcome(answer);
}

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    Office office(cluster_);
    office.LoadRegister();
    office.Import("small", SmallPlanText());
    office.Issue("small");
    cluster_.AddNode("finance");
  }

  // Every listener, with a caller of any right identity.
  std::map<std::string, std::shared_ptr<grpc::Channel>> Listeners() {
    return {{"gateway", cluster_.Gateway()},
            {"task", cluster_.Connect("task", hub_)},
            {"agency", cluster_.Connect("agency", hub_)},
            {"reporting", cluster_.Connect("reporting", hub_)},
            {"uplink", cluster_.ConnectUplink(cluster_.node_tls("finance"))},
            {"node-finance", cluster_.Node("finance")}};
  }

  // As the admin: a credential for an operator, limited to plans when some are named.
  std::shared_ptr<grpc::Channel> NewOperator(const std::string& who, common::v1::Role role,
                                             const std::vector<std::string>& plans = {}) {
    agency::v1::CreateCredentialRequest request;
    request.mutable_credential()->set_name("credentials/" + who);
    request.mutable_credential()->set_identity(
        absl::StrCat("spiffe://", Cluster::kTrustDomain, "/operator/", who));
    request.mutable_credential()->add_roles(role);
    for (const std::string& plan : plans) request.mutable_credential()->add_plans(plan);
    auto stub = agency::v1::AgencyService::NewStub(cluster_.Gateway("admin"));
    const auto made = Call<agency::v1::Credential>(
        [&](auto* c, auto* r) { return stub->CreateCredential(c, request, r); });
    EXPECT_TRUE(made.ok()) << made.status();
    return cluster_.Connect("gateway", cluster_.pki().Issue("/operator/" + who));
  }

  Cluster cluster_{Mode::kProcesses};
  const rpc::TlsFiles hub_ = cluster_.pki().IssueHub("gateway");
};

TEST_F(ServiceTest, SaysAtEveryListenerThatItServes) {
  const std::map<std::string, std::string> served = {
      {"gateway", "duban.gateway.v1.ProgressService"},
      {"task", "duban.task.v1.TaskService"},
      {"agency", "duban.agency.v1.AgencyService"},
      {"reporting", "duban.reporting.v1.ReportingService"},
      {"uplink", "duban.reporting.v1.UplinkService"},
      {"node-finance", "duban.node.v1.NodeService"}};
  for (const auto& [listener, channel] : Listeners()) {
    const auto stub = grpc::health::v1::Health::NewStub(channel);
    const auto check = [&](const std::string& service) {
      HealthCheckRequest request;
      request.set_service(service);
      return Call<HealthCheckResponse>(
          [&](auto* c, auto* r) { return stub->Check(c, request, r); });
    };
    for (const std::string& service : {std::string(), served.at(listener)}) {
      const auto answer = check(service);
      ASSERT_TRUE(answer.ok()) << listener << " " << service << ": " << answer.status();
      EXPECT_EQ(answer->status(), HealthCheckResponse::SERVING) << listener << " " << service;
    }
    EXPECT_EQ(Outcome(check("duban.nowhere.v1.NoService").status()), "NOT_FOUND / SERVICE_UNKNOWN")
        << listener;
  }
}

TEST_F(ServiceTest, TellsNothingToACallerWithoutACertificate) {
  grpc::SslCredentialsOptions nobody;
  nobody.pem_root_certs = ProjectFile(cluster_.pki().ca_file());
  const auto call = [&](const std::string& address, const std::string& name) {
    grpc::ChannelArguments args;
    args.SetSslTargetNameOverride(name);
    const auto channel = grpc::CreateCustomChannel(address, grpc::SslCredentials(nobody), args);
    return AskRaw(channel, "/grpc.health.v1.Health/Check", "");
  };
  for (const char* part : {"gateway", "task", "agency", "reporting"}) {
    EXPECT_EQ(call(cluster_.address(part), absl::StrCat(part, ".hub.", Cluster::kTrustDomain)),
              "UNAVAILABLE / UNAVAILABLE")
        << part;
  }
  const std::string trust = Cluster::kTrustDomain;
  EXPECT_EQ(call(cluster_.address("reporting", "uplink_listen"), "reporting.hub." + trust),
            "UNAVAILABLE / UNAVAILABLE");
  EXPECT_EQ(call(cluster_.address("node-finance"), "n1.finance.node." + trust),
            "UNAVAILABLE / UNAVAILABLE");
}

TEST_F(ServiceTest, NamesAFailedAndAChangingCallByItsRequestIdInEveryLog) {
  task::v1::IssuePlanRequest missing, again;
  missing.set_name("plans/nothere");
  again.set_name("plans/small");
  const std::string method = "/duban.task.v1.TaskService/IssuePlan";
  EXPECT_EQ(AskRaw(cluster_.Gateway(), method, missing.SerializeAsString(),
                   {{"duban-request-id", "trace-failed-1"}}),
            "NOT_FOUND / PLAN_NOT_FOUND");
  EXPECT_EQ(AskRaw(cluster_.Gateway(), method, again.SerializeAsString(),
                   {{"duban-request-id", "trace-changed-1"}}),
            "OK");
  for (const auto& [id, code] : std::map<std::string, std::string>{{"trace-failed-1", "NOT_FOUND"},
                                                                   {"trace-changed-1", "OK"}}) {
    for (const char* part : {"gateway", "task"}) {
      int found = 0;
      for (const nlohmann::json& line : Lines(cluster_.log_file(part))) {
        if (line.value("request_id", "") != id) continue;
        ++found;
        EXPECT_EQ(line.value("service", ""), part);
        EXPECT_EQ(line.value("method", ""), method);
        EXPECT_EQ(line.value("code", ""), code);
        EXPECT_EQ(line.value("caller", ""),
                  absl::StrCat("spiffe://", Cluster::kTrustDomain, "/operator/supervisor"));
      }
      EXPECT_EQ(found, 1) << id << " in the log of " << part;
    }
  }
}

TEST_F(ServiceTest, RefusesWhatIsNoMessageAndWhatItDoesNotServe) {
  const std::string board = "/duban.gateway.v1.ProgressService/GetPlanProgress";
  EXPECT_EQ(AskRaw(cluster_.Gateway(), board, "\xff\xff\xff"),
            "INVALID_ARGUMENT / MALFORMED_REQUEST");
  EXPECT_EQ(AskRaw(cluster_.Gateway(), board, std::string("\x0a\x02\xff\xfe")),  // a name
            "INVALID_ARGUMENT / MALFORMED_REQUEST");
  // What has no rule for the caller is denied before it is looked for.
  for (const char* method :
       {"/duban.node.v1.NodeService/GetNodeStatus", "/duban.task.v1.TaskService/NoSuchMethod",
        "/no.such.Service/Method"}) {
    EXPECT_EQ(AskRaw(cluster_.Gateway(), method, ""), "PERMISSION_DENIED / NOT_ALLOWED") << method;
  }
}

TEST_F(ServiceTest, ANodeDoesNotStartWithAnothersCertificateOrAnImpossibleEpoch) {
  const auto start = [&](const std::map<std::string, std::string>& changed) {
    auto settings = cluster_.settings("node-finance");
    settings["data"] = cluster_.dir() + "/another-node";
    settings["listen"] = "127.0.0.1:0";
    for (const auto& [key, value] : changed) settings[key] = value;
    const std::string file = cluster_.dir() + "/another-node.yaml";
    std::ofstream out(file);
    for (const auto& [key, value] : settings) out << key << ": " << value << "\n";
    out.close();
    const Output output = RunProgram({BinDir() + "/duban-node", "--config", file});
    EXPECT_EQ(output.status, 1) << output.err;
    return nlohmann::json::parse(output.err, nullptr, false).value("reason", "");
  };
  EXPECT_EQ(start({{"agency", "health"}}), "WRONG_CERTIFICATE");
  EXPECT_EQ(start({{"node", "n2"}}), "WRONG_CERTIFICATE");
  EXPECT_EQ(start({{"epoch", "0"}}), "BAD_EPOCH");
}

TEST_F(ServiceTest, ACredentialForOnePlanSeesNoReportsOfOthersWhetherTheyExistOrNot) {
  const auto here = NewOperator("here", common::v1::ROLE_AUDITOR, {"small"});
  const auto elsewhere = NewOperator("elsewhere", common::v1::ROLE_AUDITOR, {"other"});
  const auto list = [](const std::shared_ptr<grpc::Channel>& channel, const std::string& plan) {
    const Door door(Mode::kProcesses, "duban.reporting.v1.ReportingService", channel);
    return Outcome(
        door.Ask("ListReports", absl::StrCat("parent: \"plans/", plan, "/tasks/-/assignments/-\""))
            .status());
  };
  EXPECT_EQ(list(here, "small"), "OK");
  EXPECT_EQ(list(here, "other"), "PERMISSION_DENIED / NOT_ALLOWED");
  EXPECT_EQ(list(elsewhere, "small"), "PERMISSION_DENIED / NOT_ALLOWED");
  EXPECT_EQ(list(elsewhere, "nothere"), "PERMISSION_DENIED / NOT_ALLOWED");
}

// The board keeps a thousand calls waiting; those above are refused at once, others are answered,
// and at its end it lets all of them go.
TEST_F(ServiceTest, AThousandWaitingCallsKeepNobodyElseWaitingAndEndWithTheService) {
  constexpr int kWaiting = 1000, kMore = 12, kPerChannel = 92;
  gateway::v1::GetPlanProgressRequest request;
  request.set_name("plans/small");
  request.mutable_at_least()->set_task(1'000'000'000);
  absl::Mutex mutex;
  std::vector<std::string> outcomes;  // guarded by `mutex`, in the order of their arrival
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::vector<std::unique_ptr<RawCall>> calls;
  for (int i = 0; i < kWaiting + kMore; ++i) {
    if (i % kPerChannel == 0) channels.push_back(cluster_.Gateway());
    calls.push_back(std::make_unique<RawCall>(
        channels.back(), "/duban.gateway.v1.ProgressService/GetPlanProgress",
        request.SerializeAsString(), [&](const absl::Status& status) {
          absl::MutexLock lock(&mutex);
          outcomes.push_back(Outcome(status));
        }));
  }
  const auto wait_for = [&](size_t count) {
    const auto there = [&, count] { return outcomes.size() >= count; };
    absl::MutexLock lock(&mutex);
    EXPECT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(40)))
        << outcomes.size() << " of " << count;
    return outcomes;
  };
  EXPECT_EQ(wait_for(kMore), std::vector<std::string>(kMore, "RESOURCE_EXHAUSTED / OVERLOADED"));
  const Door door(Mode::kProcesses, "duban.gateway.v1.ProgressService", cluster_.Gateway());
  door.Accepts("GetPlanProgress", "name: \"plans/small\"");
  door.Accepts("WatchProgress", "name: \"plans/small\"");
  const Door tasks(Mode::kProcesses, "duban.task.v1.TaskService", cluster_.Gateway());
  tasks.Accepts("GetPlan", "name: \"plans/small\"");
  EXPECT_EQ(wait_for(kMore).size(), static_cast<size_t>(kMore));  // all others wait on

  const absl::Time begin = absl::Now();
  EXPECT_EQ(cluster_.part("gateway").Stop(), 0);
  EXPECT_LT(absl::Now() - begin, kEndsWithin);
  std::vector<std::string> wanted(kMore, "RESOURCE_EXHAUSTED / OVERLOADED");
  wanted.insert(wanted.end(), kWaiting, "UNAVAILABLE / SHUTTING_DOWN");
  EXPECT_EQ(wait_for(kWaiting + kMore), wanted);
}

// An open stream and its end, read by a thread of its own.
template <typename Message>
class Stream {
 public:
  using Open = std::function<std::unique_ptr<grpc::ClientReader<Message>>(grpc::ClientContext*)>;

  explicit Stream(const Open& open) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
    reader_ = open(&context_);
    opened_ = reader_->Read(&last_);
    thread_ = std::thread([this] {
      while (reader_->Read(&last_)) {
      }
      end_ = Outcome(rpc::FromGrpc(reader_->Finish()));
    });
  }
  ~Stream() { End(); }

  bool opened() const { return opened_; }
  // Waits for the end.
  std::string End() {
    if (thread_.joinable()) thread_.join();
    return end_;
  }
  const Message& last() const { return last_; }  // after End

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<Message>> reader_;
  Message last_;
  bool opened_ = false;
  std::string end_;
  std::thread thread_;
};

// Stops a part that holds `stream` and a watch of its health.
template <typename Message>
void ExpectDrained(Part& part, const std::string& name,
                   const std::shared_ptr<grpc::Channel>& channel, Stream<Message>* stream) {
  const auto health = grpc::health::v1::Health::NewStub(channel);
  Stream<HealthCheckResponse> watch(
      [&](grpc::ClientContext* context) { return health->Watch(context, HealthCheckRequest()); });
  EXPECT_TRUE(watch.opened()) << name;
  if (stream != nullptr) {
    EXPECT_TRUE(stream->opened()) << name;
  }
  const absl::Time begin = absl::Now();
  EXPECT_EQ(part.Stop(), 0) << name;
  EXPECT_LT(absl::Now() - begin, kEndsWithin) << name;
  if (stream != nullptr) {
    EXPECT_EQ(stream->End(), "UNAVAILABLE / SHUTTING_DOWN") << name;
  }
  EXPECT_EQ(watch.End(), "OK") << name;
  EXPECT_EQ(watch.last().status(), HealthCheckResponse::NOT_SERVING) << name;
}

TEST_F(ServiceTest, EveryProgramEndsItsStreamsAndExitsWithZeroOnSigterm) {
  using common::v1::WatchRequest;
  using common::v1::WatchResponse;
  auto listeners = Listeners();
  // What makes gRPC itself say something.
  testing::TempDir dir;
  testing::Pki foreign(dir.path(), Cluster::kTrustDomain);
  rpc::TlsFiles stranger = foreign.Issue("/operator/supervisor");
  stranger.ca = cluster_.pki().ca_file();
  EXPECT_EQ(AskRaw(cluster_.Connect("gateway", stranger), "/grpc.health.v1.Health/Check", ""),
            "UNAVAILABLE / UNAVAILABLE");

  ExpectDrained<WatchResponse>(cluster_.part("node-finance"), "node", listeners["node-finance"],
                               nullptr);
  {
    auto stub = gateway::v1::ProgressService::NewStub(listeners["gateway"]);
    gateway::v1::WatchProgressRequest request;
    request.set_name("plans/small");
    Stream<gateway::v1::PlanProgress> stream(
        [&](auto* context) { return stub->WatchProgress(context, request); });
    ExpectDrained(cluster_.part("gateway"), "gateway", listeners["gateway"], &stream);
  }
  {
    auto uplink = reporting::v1::UplinkService::NewStub(listeners["uplink"]);
    Stream<WatchResponse> downlink(
        [&](auto* context) { return uplink->WatchAssignments(context, WatchRequest()); });
    EXPECT_TRUE(downlink.opened());
    auto stub = reporting::v1::ReportingService::NewStub(listeners["reporting"]);
    Stream<WatchResponse> stream(
        [&](auto* context) { return stub->WatchPerformance(context, WatchRequest()); });
    ExpectDrained(cluster_.part("reporting"), "reporting", listeners["reporting"], &stream);
    EXPECT_EQ(downlink.End(), "UNAVAILABLE / SHUTTING_DOWN");
  }
  {
    auto stub = task::v1::TaskService::NewStub(listeners["task"]);
    Stream<WatchResponse> stream(
        [&](auto* context) { return stub->WatchMandate(context, WatchRequest()); });
    ExpectDrained(cluster_.part("task"), "task", listeners["task"], &stream);
  }
  {
    auto stub = agency::v1::AgencyService::NewStub(listeners["agency"]);
    Stream<WatchResponse> stream(
        [&](auto* context) { return stub->WatchRegister(context, WatchRequest()); });
    ExpectDrained(cluster_.part("agency"), "agency", listeners["agency"], &stream);
  }
  std::set<std::string> events;
  for (const std::string& part : cluster_.part_names()) {
    for (const auto& line : Lines(cluster_.log_file(part))) events.insert(line.value("event", ""));
  }
  for (const char* event : {"serving", "stopping", "grpc"}) EXPECT_TRUE(events.contains(event));
}

}  // namespace
}  // namespace duban::tests
