// What goes wrong at the keyboard or on the wire: each a clear error, and nothing lost.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "duban/node/v1/node_service.grpc.pb.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "tests/support/calls.h"
#include "tests/support/cluster.h"
#include "tests/support/office.h"
#include "tests/support/process.h"

namespace duban::tests {
namespace {

using ::testing::HasSubstr;

std::string Outcome(const absl::Status& status) {
  return status.ok()
             ? "OK"
             : absl::StrCat(absl::StatusCodeToString(status.code()), " / ", ErrorReason(status));
}

class BadInputTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = new Cluster(Mode::kProcesses);
    Office office(*cluster_);
    office.LoadRegister();
    office.Import("small", SmallPlanText());
    office.Issue("small");
    cluster_->AddNode("finance");
    assignment_ = new std::string(AgencyDesk(*cluster_, "finance").AssignmentsWhen(1)[0].name());
  }
  static void TearDownTestSuite() {
    delete assignment_;
    delete cluster_;
  }

  static absl::Status Submit(const std::string& assignment, const std::string& period, int bp,
                             const std::string& done) {
    auto stub = node::v1::NodeService::NewStub(cluster_->Node("finance"));
    node::v1::SubmitReportRequest request;
    request.mutable_content()->set_assignment(assignment);
    request.mutable_content()->set_period(period);
    request.mutable_content()->set_progress_bp(bp);
    request.mutable_content()->set_done(done);
    return Call<node::v1::Submission>(
               [&](auto* c, auto* r) { return stub->SubmitReport(c, request, r); })
        .status();
  }

  static std::string File(const std::string& name, const std::string& text) {
    const std::string path = cluster_->dir() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  static Cluster* cluster_;
  static std::string* assignment_;
};
Cluster* BadInputTest::cluster_ = nullptr;
std::string* BadInputTest::assignment_ = nullptr;

TEST_F(BadInputTest, PlanTextsThatAreNone) {
  auto stub = task::v1::TaskService::NewStub(cluster_->Gateway());
  const std::map<std::string, std::string> texts = {
      {"", "INVALID_ARGUMENT / EMPTY_TEXT"},
      {std::string("\x7f"
                   "ELF\0\1\2\0\0\0\0\0",
                   12),
       "INVALID_ARGUMENT / BINARY_TEXT"},
      {"hello\n", "INVALID_ARGUMENT / NO_TASKS"},
      {std::string(2'100'000, 'x'), "RESOURCE_EXHAUSTED / TEXT_TOO_LARGE"}};
  int n = 0;
  for (const auto& [text, outcome] : texts) {
    task::v1::ImportPlanRequest request;
    request.set_plan_id(absl::StrCat("bad-", ++n));
    request.set_content(text);
    EXPECT_EQ(Outcome(Call<task::v1::ImportPlanResponse>([&](auto* c, auto* r) {
                        return stub->ImportPlan(c, request, r);
                      }).status()),
              outcome);
    const Output parsed = RunProgram({BinDir() + "/duban", "plan", "parse", File("bad.txt", text)});
    EXPECT_EQ(parsed.status, text.size() > 2'000'000 ? parsed.status : 1) << parsed.err;
  }
  auto plans = Call<task::v1::ListPlansResponse>(
      [&](auto* c, auto* r) { return stub->ListPlans(c, {}, r); });
  ASSERT_TRUE(plans.ok());
  EXPECT_EQ(plans->plans_size(), 1);  // the small one alone
}

TEST_F(BadInputTest, ACutOffTextIsReadAsFarAsItGoesOrRefused) {
  const std::string text = SmallPlanText();
  for (size_t cut : {text.size() - 1, text.size() - 2, text.size() - 20, text.size() / 2}) {
    const Output parsed =
        RunProgram({BinDir() + "/duban", "plan", "parse", File("cut.txt", text.substr(0, cut))});
    EXPECT_TRUE(parsed.status == 0 || parsed.status == 1) << parsed.status << parsed.err;
    EXPECT_FALSE(parsed.out.empty() && parsed.err.empty());
  }
}

TEST_F(BadInputTest, ReportsThatCannotBeTaken) {
  const std::string month = LastMonth();
  EXPECT_EQ(Outcome(Submit(*assignment_, month, 5000, "x")),
            "FAILED_PRECONDITION / ILLEGAL_TRANSITION");
  AgencyDesk(*cluster_, "finance").Acknowledge(*assignment_);
  EXPECT_EQ(Outcome(Submit(*assignment_, NextMonth(), 5000, "x")),
            "FAILED_PRECONDITION / FUTURE_PERIOD");
  EXPECT_EQ(Outcome(Submit(*assignment_, "2026-13", 5000, "x")),
            "INVALID_ARGUMENT / INVALID_PERIOD");
  EXPECT_EQ(Outcome(Submit(*assignment_, month, 10'100, "x")), "INVALID_ARGUMENT / INVALID_REPORT");
  EXPECT_EQ(Outcome(Submit(*assignment_, month, -1, "x")), "INVALID_ARGUMENT / INVALID_REPORT");
  EXPECT_EQ(Outcome(Submit(*assignment_, month, 5000, std::string("a\0b", 3))),
            "INVALID_ARGUMENT / INVALID_REPORT");
  EXPECT_EQ(Outcome(Submit(*assignment_, month, 5000, "a\u202eb")),
            "INVALID_ARGUMENT / INVALID_REPORT");
  EXPECT_EQ(Outcome(Submit("plans/small/tasks/t-none/assignments/health", month, 5000, "x")),
            "PERMISSION_DENIED / NOT_ALLOWED");
  EXPECT_EQ(Outcome(Submit(*assignment_, month, 5000, std::string(300'000, 'x'))),
            "RESOURCE_EXHAUSTED / REQUEST_TOO_LARGE");
  EXPECT_EQ(Submit(*assignment_, month, 5000, std::string(5'000'000, 'x')).code(),
            absl::StatusCode::kResourceExhausted);
  // Bytes that are no UTF-8: the server answers, and lives.
  EXPECT_FALSE(Submit(*assignment_, month, 5000, "\xff\xfe").ok());
  EXPECT_EQ(AgencyDesk(*cluster_, "finance").Submissions().size(), 1u);  // the acknowledgement
}

TEST_F(BadInputTest, NumbersAndFilesOfTheCommandLine) {
  const std::vector<std::string> env = cluster_->NodeCliEnv("finance");
  const size_t before = AgencyDesk(*cluster_, "finance").Submissions().size();
  for (const char* percent : {"101", "-1", "NaN", "inf", "abc", "33.333", ""}) {
    const Output out =
        RunProgram({BinDir() + "/duban", "node", "submit", "--task", "#1", "--period", LastMonth(),
                    absl::StrCat("--percent=", percent), "--done", "x"},
                   env);
    EXPECT_NE(out.status, 0) << percent;
    EXPECT_THAT(out.err, HasSubstr("duban:")) << percent;
  }
  for (const char* json :
       {R"({"reports":[{"task":"1","period":"2026-10","percent":NaN}]})",
        R"({"reports":[{"task":"1","period":"2026-10","percent":101}]})",
        R"({"reports":[{"task":"1","period":"2026-10","percnt":"10"}]})", "not json", "[]", ""}) {
    const Output out =
        RunProgram({BinDir() + "/duban", "node", "submit", "--file", File("r.json", json)}, env);
    EXPECT_NE(out.status, 0) << json;
    EXPECT_THAT(out.err, HasSubstr("duban:")) << json;
  }
  EXPECT_EQ(RunProgram({BinDir() + "/duban", "baord"}).status, 2);
  EXPECT_EQ(RunProgram({BinDir() + "/duban", "board", "small", "--nope"}).status, 2);
  EXPECT_EQ(AgencyDesk(*cluster_, "finance").Submissions().size(), before);
}

TEST_F(BadInputTest, ASecondProcessOnTheSameStoreEndsAndTheFirstGoesOn) {
  for (const std::string name : {"agency", "task", "reporting", "node-finance"}) {
    auto settings = cluster_->settings(name);
    settings["listen"] = "127.0.0.1:0";
    if (settings.count("uplink_listen")) settings["uplink_listen"] = "127.0.0.1:0";
    settings.erase("port_file");
    settings.erase("uplink_port_file");
    std::string config;
    for (const auto& [key, value] : settings) absl::StrAppend(&config, key, ": ", value, "\n");
    const std::string program = name == "node-finance" ? "duban-node" : "duban-" + name;
    const Output out =
        RunProgram({BinDir() + "/" + program, "--config", File("second.yaml", config)});
    EXPECT_EQ(out.status, 1) << name;
    EXPECT_THAT(out.err, HasSubstr("STORE_IN_USE")) << name;
    EXPECT_TRUE(cluster_->part(name).running()) << name;
  }
  EXPECT_EQ(Office(*cluster_).Board("small").assignment_count(), 4);
}

TEST_F(BadInputTest, AConfigurationWithFaultsNamesThem) {
  const Output out =
      RunProgram({BinDir() + "/duban-task", "--config",
                  File("bad.yaml", "listen: 127.0.0.1:0\nnonsense: 1\ndata: /tmp/x\n")});
  EXPECT_NE(out.status, 0);
  for (const char* fault : {"nonsense", "tls_cert", "tls_key", "tls_ca", "agency_address"}) {
    EXPECT_THAT(out.err, HasSubstr(fault));
  }
  auto settings = cluster_->settings("task");
  settings["tls_key"] = cluster_->settings("agency")["tls_key"];
  settings["data"] = cluster_->dir() + "/wrong";
  std::string config;
  for (const auto& [key, value] : settings) absl::StrAppend(&config, key, ": ", value, "\n");
  const Output wrong =
      RunProgram({BinDir() + "/duban-task", "--config", File("wrong.yaml", config)});
  EXPECT_NE(wrong.status, 0);
  EXPECT_THAT(wrong.err, HasSubstr("BAD_TLS_FILES"));
}

TEST_F(BadInputTest, ATermSignalDrainsAndEndsWithZero) {
  EXPECT_EQ(cluster_->part("node-finance").Stop(), 0);
  EXPECT_TRUE(cluster_->part("node-finance").Start().ok());
}

}  // namespace
}  // namespace duban::tests
