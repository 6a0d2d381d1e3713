// What goes wrong at the keyboard or on the wire: each a clear error, and nothing lost.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "duban/node/v1/node_service.grpc.pb.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "tests/support/calls.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"
#include "tests/support/office.h"
#include "tests/support/process.h"

namespace duban::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

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

  // The command line refused with exit status 1, one line, and the error's code and reason.
  static void ExpectRefusal(const Output& output, const std::string& outcome,
                            const std::string& what) {
    EXPECT_EQ(output.status, 1) << what;
    EXPECT_EQ(output.out, "") << what;
    EXPECT_THAT(output.err, StartsWith("duban: ")) << what;
    EXPECT_THAT(output.err, HasSubstr(" [" + outcome + "]\n")) << what;
  }

  // The rules of the findings that `plan parse` printed, in order.
  static std::vector<std::string> Rules(const std::string& printed) {
    static const std::regex finding("line \\d+  ([a-z.-]+)  ");
    std::vector<std::string> rules;
    for (std::sregex_iterator it(printed.begin(), printed.end(), finding), end; it != end; ++it) {
      rules.push_back((*it)[1]);
    }
    return rules;
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
  struct Case {
    std::string text, at_service, at_command_line;  // the command line has no limit of its own
  };
  const std::vector<Case> cases = {
      {"", "INVALID_ARGUMENT / EMPTY_TEXT", "INVALID_ARGUMENT / EMPTY_TEXT"},
      {std::string("\x7f"
                   "ELF\0\1\2\0\0\0\0\0",
                   12),
       "INVALID_ARGUMENT / BINARY_TEXT", "INVALID_ARGUMENT / BINARY_TEXT"},
      {"hello\n", "INVALID_ARGUMENT / NO_TASKS", "INVALID_ARGUMENT / NO_TASKS"},
      {std::string(2'100'000, 'x'), "RESOURCE_EXHAUSTED / TEXT_TOO_LARGE",
       "INVALID_ARGUMENT / NO_TASKS"}};
  int n = 0;
  for (const auto& [text, at_service, at_command_line] : cases) {
    task::v1::ImportPlanRequest request;
    request.set_plan_id(absl::StrCat("bad-", ++n));
    request.set_content(text);
    EXPECT_EQ(Outcome(Call<task::v1::ImportPlanResponse>([&](auto* c, auto* r) {
                        return stub->ImportPlan(c, request, r);
                      }).status()),
              at_service);
    ExpectRefusal(RunProgram({BinDir() + "/duban", "plan", "parse", File("bad.txt", text)}),
                  at_command_line, at_command_line);
  }
  auto plans = Call<task::v1::ListPlansResponse>(
      [&](auto* c, auto* r) { return stub->ListPlans(c, {}, r); });
  ASSERT_TRUE(plans.ok());
  EXPECT_EQ(plans->plans_size(), 1);  // the small one alone
}

TEST_F(BadInputTest, ACutOffTextIsReadAsFarAsItGoesAndSaysSo) {
  const std::string text = SmallPlanText();
  struct Case {
    size_t cut;         // bytes that are missing
    std::string count;  // the last line of what was read
    std::vector<std::string> rules;
  };
  for (const Case& c : std::vector<Case>{
           {1, "2 tasks, 3 units, 4 assignments", {}},  // the line's end alone
           {2, "2 tasks, 3 units, 4 assignments", {"units.unclosed-label", "decode.cut-off"}},
           {20,
            "2 tasks, 3 units, 3 assignments",
            {"units.unclosed-label", "units.clipped", "decode.cut-off"}},
           {25, "2 tasks, 3 units, 3 assignments", {"units.unclosed-label", "units.clipped"}}}) {
    const Output parsed = RunProgram({BinDir() + "/duban", "plan", "parse",
                                      File("cut.txt", text.substr(0, text.size() - c.cut))});
    EXPECT_EQ(parsed.status, 0) << c.cut << parsed.err;
    EXPECT_EQ(parsed.err, "") << c.cut;
    EXPECT_THAT(parsed.out, HasSubstr(c.count)) << c.cut;
    EXPECT_EQ(Rules(parsed.out), c.rules) << parsed.out;
  }
  const std::string open =
      text +
      "二、保障措施\n"
      "各单位要加强组织领导，压实工作责任，细化任务分工，明确时间节点，强化协同配合，"
      "及时总结推广试点经验，定期报送工作进展情况，并按照要求做好宣传引导和督促检查，"
      "确保各项任务落到";
  const Output parsed = RunProgram({BinDir() + "/duban", "plan", "parse", File("open.txt", open)});
  EXPECT_EQ(parsed.status, 0) << parsed.err;
  EXPECT_EQ(Rules(parsed.out), std::vector<std::string>{"segment.open-end"}) << parsed.out;
  ExpectRefusal(RunProgram({BinDir() + "/duban", "plan", "parse",
                            File("cut.txt", text.substr(0, text.find("（责任")))}),
                "INVALID_ARGUMENT / NO_TASKS", "before the first label");
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
  // Bytes that are no UTF-8 are no message; what gRPC answers to such is UNIMPLEMENTED. The server
  // lives.
  EXPECT_EQ(Outcome(Submit(*assignment_, month, 5000, "\xff\xfe")),
            "UNIMPLEMENTED / UNIMPLEMENTED");
  EXPECT_TRUE(cluster_->part("node-finance").running());
  EXPECT_EQ(AgencyDesk(*cluster_, "finance").Submissions().size(), 1u);  // the acknowledgement
  // The gateway says what it means.
  Door(Mode::kProcesses, "duban.task.v1.TaskService", cluster_->Gateway())
      .Refuses("GetPlan", "name: \"\\377\\376\"", "INVALID_ARGUMENT / MALFORMED_REQUEST");
}

TEST_F(BadInputTest, NumbersAndFilesOfTheCommandLine) {
  const std::vector<std::string> env = cluster_->NodeCliEnv("finance");
  const size_t before = AgencyDesk(*cluster_, "finance").Submissions().size();
  for (const char* percent : {"101", "-1", "NaN", "inf", "abc", "33.333"}) {
    ExpectRefusal(RunProgram({BinDir() + "/duban", "node", "submit", "--task", "#1", "--period",
                              LastMonth(), absl::StrCat("--percent=", percent), "--done", "x"},
                             env),
                  "INVALID_ARGUMENT / INVALID_PERCENT", percent);
  }
  const Output none = RunProgram({BinDir() + "/duban", "node", "submit", "--task", "#1", "--period",
                                  LastMonth(), "--percent=", "--done", "x"},
                                 env);
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, StartsWith("duban: --percent is needed\n"));
  for (const auto& [json, why] : std::vector<std::pair<std::string, std::string>>{
           {R"({"reports":[{"task":"1","period":"2026-10","percent":NaN}]})",
            "r.json: line 1, column 54: not JSON"},
           {R"({"reports":[{"task":"1","period":"2026-10","percent":101}]})",
            "report 1: \"101\" is not a percentage"},
           {R"({"reports":[{"task":"1","period":"2026-10","percent":"NaN"}]})",
            "report 1: \"NaN\" is not a percentage"},
           {R"({"reports":[{"task":"1","period":"2026-10","percnt":"10"}]})",
            "report 1: \"percnt\" is unknown"},
           {"not json", "line 1, column 2: not JSON"},
           {"[]", "not {"},
           {"", "line 1, column 1: not JSON"}}) {
    const Output out =
        RunProgram({BinDir() + "/duban", "node", "submit", "--file", File("r.json", json)}, env);
    ExpectRefusal(out, "INVALID_ARGUMENT / INVALID_FILE", json);
    EXPECT_THAT(out.err, HasSubstr(why)) << json;
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
