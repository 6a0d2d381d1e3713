// The mandate as its callers meet it: over mutual TLS, as the gateway passes calls on, beside a
// register that can go away.
#include "services/task/server/server.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "duban/task/v1/task_service.grpc.pb.h"
#include "services/common/base/names.h"
#include "services/common/sign/sign.h"
#include "services/common/testing/pki.h"
#include "services/common/testing/status_matchers.h"
#include "services/common/testing/temp_dir.h"
#include "services/common/testing/vouched.h"
#include "services/task/domain/limits.h"
#include "services/task/testing/register_server.h"

namespace duban::task {
namespace {

namespace pb = duban::task::v1;
namespace common = duban::common::v1;
using duban::task::testing::RegisterServer;
using duban::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Code = absl::StatusCode;
using duban::testing::StatusIs;
using duban::testing::Who;
using Stub = pb::TaskService::Stub;

const Who kSupervisor{.roles = {common::ROLE_SUPERVISOR}};
const Who kAuditor{.roles = {common::ROLE_AUDITOR}};
const Who kElsewhere{.roles = {common::ROLE_SUPERVISOR}, .plans = {"elsewhere"}};
const Who kHub{};

// Three tasks: two agencies; one agency, a unit that is unknown and a collective; a unit that is
// damaged.
constexpr char kText[] =
    "某市创新区建设方案\n一、重点任务\n"
    "1.做好甲事。要做好。（责任单位：市科委、市财政局）\n"
    "2.做好乙事。也要做好。（责任单位：市教委、市不存在局、各区）\n"
    "3.做好丙事。都要做好。（责任单位：市\xEF\xBF\xBD\xEF\xBF\xBD委）\n";

class TaskServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    register_.PutDepartment("sci-tech", "市科委");
    register_.PutDepartment("finance", "市财政局");
    register_.PutDepartment("education", "市教委");
    register_.Start();
    Start();
    AwaitAgency("市教委", "education");
  }

  void Start() {
    client_ = nullptr;
    server_ = nullptr;
    const rpc::TlsFiles tls = pki_.IssueHub("task");
    auto server = TaskServer::Start({.listen = "127.0.0.1:0",
                                     .tls_cert = tls.cert,
                                     .tls_key = tls.key,
                                     .tls_ca = tls.ca,
                                     .data = dir_.File("data"),
                                     .agency_address = register_.address()});
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    client_ = std::make_unique<Client>(pki_, "task", server_->port());
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request, const Who& who = kSupervisor) {
    return client_->Call(method, request, who);
  }

  // For requests that hold nothing but a name.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Named(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                                 absl::string_view name, const Who& who = kSupervisor) {
    Request request;
    request.set_name(std::string(name));
    return Call(method, request, who);
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Decide(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Response*),
                                  absl::string_view name, absl::string_view reason = "会议决定",
                                  const Who& who = kSupervisor) {
    Request request;
    request.set_name(std::string(name));
    request.set_reason(std::string(reason));
    return Call(method, request, who);
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> List(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                absl::string_view parent, int size = 0,
                                absl::string_view token = "", const Who& who = kAuditor) {
    Request request;
    request.set_parent(std::string(parent));
    request.set_page_size(size);
    request.set_page_token(std::string(token));
    return Call(method, request, who);
  }

  absl::StatusOr<pb::ParsePlanResponse> Parse(absl::string_view text) {
    pb::ParsePlanRequest request;
    request.set_content(std::string(text));
    return Call(&Stub::ParsePlan, request);
  }

  // Waits until the follower has heard that `name` is the agency `id` ("" for none).
  void AwaitAgency(absl::string_view name, absl::string_view id) {
    const std::string text = absl::StrCat("方案\n1.做好一事。要做。（责任单位：", name, "）\n");
    const std::string agency = id.empty() ? "" : absl::StrCat("agencies/", id);
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (true) {
      ASSERT_OK_AND_ASSIGN(const auto parsed, Parse(text));
      if (parsed.tasks(0).units(0).agency() == agency) return;
      ASSERT_LT(absl::Now(), end) << name << " is not " << id;
    }
  }

  static pb::ImportPlanRequest ImportOf(absl::string_view plan, absl::string_view text) {
    pb::ImportPlanRequest request;
    request.set_plan_id(std::string(plan));
    request.set_content(std::string(text));
    return request;
  }

  absl::StatusOr<pb::ImportPlanResponse> Import(absl::string_view plan = "p",
                                                absl::string_view text = kText) {
    return Call(&Stub::ImportPlan, ImportOf(plan, text));
  }

  absl::StatusOr<pb::Assignment> Resolve(absl::string_view unit, absl::string_view agency,
                                         const Who& who = kSupervisor) {
    pb::ResolveUnitRequest request;
    request.set_name(std::string(unit));
    request.set_agency(std::string(agency));
    return Call(&Stub::ResolveUnit, request, who);
  }

  using Client = duban::testing::GatewayClient<pb::TaskService>;
  duban::testing::TempDir dir_;
  duban::testing::Pki pki_{dir_.path(), "duban.test"};
  RegisterServer register_{pki_};
  std::unique_ptr<TaskServer> server_;
  std::unique_ptr<Client> client_;
};

std::vector<std::string> UnitTexts(const pb::ImportPlanResponse& import) {
  std::vector<std::string> texts;
  for (const pb::UnresolvedUnit& unit : import.unresolved_units()) texts.push_back(unit.text());
  return texts;
}

std::string AgencyOf(const pb::Assignment& assignment) {
  return AssignmentName::Parse(assignment.name())->agency;
}

// task number → agencies
std::map<std::string, std::vector<std::string>> Pairs(const pb::ImportPlanResponse& import) {
  std::map<std::string, std::vector<std::string>> pairs;
  for (const pb::Task& task : import.tasks()) {
    for (const pb::Assignment& assignment : import.assignments()) {
      if (AssignmentName::Parse(assignment.name())->task_name().ToString() == task.name()) {
        pairs[task.number()].push_back(AgencyOf(assignment));
      }
    }
  }
  return pairs;
}

// Of the unit with that text; empty when there is none.
std::string UnitNamed(const pb::ImportPlanResponse& import, absl::string_view text) {
  for (const pb::UnresolvedUnit& unit : import.unresolved_units()) {
    if (unit.text() == text) return unit.name();
  }
  return "";
}

// --- Parsing and importing

TEST_F(TaskServerTest, ParsesWithoutStoring) {
  ASSERT_OK_AND_ASSIGN(const auto parsed, Parse(kText));
  EXPECT_EQ(parsed.plan().title(), "某市创新区建设方案");
  EXPECT_EQ(parsed.plan().source_bytes(), static_cast<int64_t>(sizeof(kText) - 1));
  ASSERT_THAT(parsed.tasks(), SizeIs(3));
  EXPECT_EQ(parsed.tasks(0).task().title(), "做好甲事");
  EXPECT_EQ(parsed.tasks(0).units(0).agency(), "agencies/sci-tech");
  EXPECT_EQ(parsed.tasks(0).units(0).provenance(), pb::ROLE_PROVENANCE_INFERRED);
  EXPECT_EQ(parsed.tasks(1).units(1).agency(), "");
  ASSERT_OK_AND_ASSIGN(const auto plans, Call(&Stub::ListPlans, pb::ListPlansRequest()));
  EXPECT_THAT(plans.plans(), IsEmpty());
}

TEST_F(TaskServerTest, SaysWhyATextCannotBeRead) {
  EXPECT_THAT(Parse(" \n"), StatusIs(Code::kInvalidArgument, "EMPTY_TEXT"));
  EXPECT_THAT(Parse(std::string("PK\x03\x04\0\0", 6)),
              StatusIs(Code::kInvalidArgument, "BINARY_TEXT"));
  EXPECT_THAT(Parse("方案\n\xFF\xFF\xFF 1.做好一事。"),
              StatusIs(Code::kInvalidArgument, "INVALID_ENCODING"));
  EXPECT_THAT(Parse("今天天气很好。\n"), StatusIs(Code::kInvalidArgument, "NO_TASKS"));
  EXPECT_THAT(Parse(std::string(kMaxPlanBytes + 1, 'a')),
              StatusIs(Code::kResourceExhausted, "TEXT_TOO_LARGE"));
  EXPECT_THAT(Parse(std::string(3 << 20, 'a')),
              StatusIs(Code::kResourceExhausted, "REQUEST_TOO_LARGE"));
  std::string many = "方案\n";
  for (const char* area : {"一", "二", "三"}) {
    absl::StrAppend(&many, area, "、重点任务\n");
    for (int i = 1; i <= kMaxTasksPerPlan / 2; ++i) {
      absl::StrAppend(&many, i, ".做好一事。要做。（责任单位：市科委）\n");
    }
  }
  EXPECT_THAT(Parse(many), StatusIs(Code::kResourceExhausted, "TOO_MANY_TASKS"));
}

TEST_F(TaskServerTest, ImportsAPlanInOneTransaction) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  EXPECT_TRUE(import.created());
  EXPECT_EQ(import.revision(), 1);
  EXPECT_EQ(import.plan().name(), "plans/p");
  EXPECT_EQ(import.plan().time_zone(), "Asia/Shanghai");
  EXPECT_EQ(import.plan().reporting_cycle(), pb::REPORTING_CYCLE_MONTHLY);
  EXPECT_EQ(import.plan().task_count(), 3);
  EXPECT_EQ(import.plan().source_sha256(), sign::HexEncode(sign::Sha256(kText)));
  EXPECT_EQ(import.plan().revision(), 1);
  EXPECT_TRUE(import.plan().has_import_time());
  using Agencies = std::vector<std::string>;
  EXPECT_EQ(Pairs(import), (std::map<std::string, Agencies>{{"1", {"sci-tech", "finance"}},
                                                            {"2", {"education"}}}));
  for (const pb::Task& task : import.tasks()) {
    EXPECT_EQ(task.state(), pb::TASK_STATE_RECORDED);
    EXPECT_EQ(task.revision(), 1);
    EXPECT_THAT(TaskName::Parse(task.name())->task, ::testing::MatchesRegex("t-[a-z2-7]{6}"));
  }
  const pb::Assignment& first = import.assignments(0);
  EXPECT_EQ(first.role(), pb::ASSIGNMENT_ROLE_RESPONSIBLE);
  EXPECT_EQ(first.provenance(), pb::ROLE_PROVENANCE_INFERRED);
  EXPECT_TRUE(first.lead_hint());
  EXPECT_THAT(first.printed_names(), ElementsAre("市科委"));
}

TEST_F(TaskServerTest, UnitsThatNobodyKnowsWaitForAPerson) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  ASSERT_THAT(import.unresolved_units(), SizeIs(3));
  EXPECT_THAT(UnitTexts(import), ::testing::IsSupersetOf({"市不存在局", "各区"}));
  ASSERT_OK_AND_ASSIGN(const auto list, List(&Stub::ListUnresolvedUnits, "plans/p"));
  EXPECT_THAT(list.units(), SizeIs(3));
  for (const pb::UnresolvedUnit& unit : list.units()) {
    EXPECT_EQ(unit.collective(), unit.text() == "各区");
    EXPECT_TRUE(TaskName::Parse(unit.task()).ok());
  }
}

TEST_F(TaskServerTest, ADamagedNameNeverBecomesAnAgency) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  std::set<std::string> agencies;
  for (const pb::Assignment& assignment : import.assignments())
    agencies.insert(AgencyOf(assignment));
  EXPECT_THAT(agencies, UnorderedElementsAre("sci-tech", "finance", "education"));
  EXPECT_EQ(import.unresolved_units(2).task(), import.tasks(2).name());
}

TEST_F(TaskServerTest, TheSameBytesAgainAnswerTheSamePlan) {
  ASSERT_OK_AND_ASSIGN(const auto first, Import());
  ASSERT_OK_AND_ASSIGN(auto again, Import());
  EXPECT_FALSE(again.created());
  const auto by_name = [](const auto& a, const auto& b) { return a.name() < b.name(); };
  auto expected = first;
  expected.set_created(false);
  for (auto* import : {&expected, &again}) {
    std::sort(import->mutable_unresolved_units()->begin(),
              import->mutable_unresolved_units()->end(), by_name);
  }
  EXPECT_EQ(again.SerializeAsString(), expected.SerializeAsString());
}

TEST_F(TaskServerTest, OtherBytesUnderTheSameIdAreRefused) {
  ASSERT_THAT(Import(), IsOk());
  const auto other = Import("p", absl::StrCat(kText, "\n"));
  EXPECT_THAT(other, StatusIs(Code::kAlreadyExists, "PLAN_EXISTS"));
  EXPECT_EQ(ErrorMetadata(other.status())["name"], "plans/p");
  pb::ImportPlanRequest dry = ImportOf("p", absl::StrCat(kText, "\n"));
  dry.set_validate_only(true);
  EXPECT_THAT(Call(&Stub::ImportPlan, dry), StatusIs(Code::kAlreadyExists, "PLAN_EXISTS"));
}

TEST_F(TaskServerTest, ValidateOnlyStoresNothing) {
  pb::ImportPlanRequest request = ImportOf("p", kText);
  request.set_validate_only(true);
  ASSERT_OK_AND_ASSIGN(const auto dry, Call(&Stub::ImportPlan, request));
  EXPECT_TRUE(dry.created());
  EXPECT_EQ(dry.revision(), 0);
  EXPECT_THAT(dry.assignments(), SizeIs(3));
  EXPECT_THAT(Named(&Stub::GetPlan, "plans/p"), StatusIs(Code::kNotFound, "PLAN_NOT_FOUND"));
  ASSERT_THAT(Import(), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto after, Call(&Stub::ImportPlan, request));
  EXPECT_FALSE(after.created());
}

TEST_F(TaskServerTest, RefusesFaultyImports) {
  EXPECT_THAT(Import("P"), StatusIs(Code::kInvalidArgument, "INVALID_PLAN_ID"));
  EXPECT_THAT(Import(""), StatusIs(Code::kInvalidArgument, "INVALID_PLAN_ID"));
  EXPECT_THAT(Import("p", ""), StatusIs(Code::kInvalidArgument, "EMPTY_TEXT"));
  pb::ImportPlanRequest request = ImportOf("p", kText);
  request.set_time_zone("/etc/localtime");
  EXPECT_THAT(Call(&Stub::ImportPlan, request),
              StatusIs(Code::kInvalidArgument, "INVALID_TIME_ZONE"));
  request.set_time_zone("Asia/Nowhere");
  EXPECT_THAT(Call(&Stub::ImportPlan, request),
              StatusIs(Code::kInvalidArgument, "INVALID_TIME_ZONE"));
  request.set_time_zone("Asia/Urumqi");
  request.set_reporting_cycle(static_cast<pb::ReportingCycle>(99));
  EXPECT_THAT(Call(&Stub::ImportPlan, request), StatusIs(Code::kInvalidArgument, "INVALID_CYCLE"));
  request.set_reporting_cycle(pb::REPORTING_CYCLE_QUARTERLY);
  ASSERT_OK_AND_ASSIGN(const auto import, Call(&Stub::ImportPlan, request));
  EXPECT_EQ(import.plan().time_zone(), "Asia/Urumqi");
  EXPECT_EQ(import.plan().reporting_cycle(), pb::REPORTING_CYCLE_QUARTERLY);
}

TEST_F(TaskServerTest, TheOrderOfImportsDoesNotMatter) {
  const std::string other = absl::StrReplaceAll(kText, {{"甲事", "丁事"}});
  ASSERT_OK_AND_ASSIGN(const auto a1, Import("a", kText));
  ASSERT_OK_AND_ASSIGN(const auto b1, Import("b", other));
  ASSERT_OK_AND_ASSIGN(const auto d1, Import("d", other));
  ASSERT_OK_AND_ASSIGN(const auto c1, Import("c", kText));
  EXPECT_EQ(Pairs(a1), Pairs(c1));
  EXPECT_EQ(Pairs(b1), Pairs(d1));
  EXPECT_EQ(UnitTexts(a1), UnitTexts(c1));
}

TEST_F(TaskServerTest, KeepsTheOriginalBytes) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  ASSERT_OK_AND_ASSIGN(const auto source, Named(&Stub::GetPlanSource, "plans/p/source", kAuditor));
  EXPECT_EQ(source.content(), kText);
  EXPECT_EQ(source.sha256(), import.plan().source_sha256());
  EXPECT_EQ(source.findings_size(), import.findings_size());
  EXPECT_THAT(Named(&Stub::GetPlanSource, "plans/p"),
              StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(Named(&Stub::GetPlanSource, "plans/q/source"),
              StatusIs(Code::kNotFound, "PLAN_NOT_FOUND"));
}

// --- The register

TEST_F(TaskServerTest, WorksWhileTheRegisterIsAway) {
  register_.Stop();
  EXPECT_THAT(Import("p"), IsOk());
  Start();
  ASSERT_OK_AND_ASSIGN(const auto import, Import("q"));
  EXPECT_EQ(Pairs(import)["1"], (std::vector<std::string>{"sci-tech", "finance"}));
}

TEST_F(TaskServerTest, HearsWhatTheRegisterLearnsAndForgets) {
  register_.PutDepartment("new", "市不存在局");
  AwaitAgency("市不存在局", "new");
  register_.Stop();
  register_.Delete("agencies/new");
  register_.Start();
  AwaitAgency("市不存在局", "");
}

TEST_F(TaskServerTest, AReplacedRegisterReplacesTheCopy) {
  register_.Replace();
  register_.PutDepartment("other", "市教委");
  AwaitAgency("市教委", "other");
  AwaitAgency("市科委", "");
}

TEST_F(TaskServerTest, ImportsNothingBeforeTheRegisterWasRead) {
  register_.Stop();
  server_ = nullptr;
  const rpc::TlsFiles tls = pki_.IssueHub("task");
  auto server = TaskServer::Start({.listen = "127.0.0.1:0",
                                   .tls_cert = tls.cert,
                                   .tls_key = tls.key,
                                   .tls_ca = tls.ca,
                                   .data = dir_.File("fresh"),
                                   .agency_address = register_.address()});
  ASSERT_THAT(server, IsOk());
  client_ = std::make_unique<Client>(pki_, "task", (*server)->port());
  EXPECT_THAT(Import(), StatusIs(Code::kUnavailable, "REGISTER_NOT_READY"));
  EXPECT_THAT(Parse(kText), IsOk());
}

TEST_F(TaskServerTest, AnAgencyThatIsACollectiveIsNeverIssuedTo) {
  duban::agency::v1::Agency all;
  all.set_name("agencies/all");
  all.set_full_name("市不存在局");
  all.set_kind(duban::agency::v1::AGENCY_KIND_COLLECTIVE);
  register_.Put(all);
  register_.PutDepartment("last", "市末局");
  AwaitAgency("市末局", "last");
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  EXPECT_EQ(Pairs(import)["2"], (std::vector<std::string>{"education"}));
  const std::string unit = import.unresolved_units(2).name();
  EXPECT_THAT(Resolve(unit, "agencies/all"),
              StatusIs(Code::kFailedPrecondition, "COLLECTIVE_UNIT"));
}

// --- Reading

TEST_F(TaskServerTest, AnswersWhatItHasAndRefusesWhatItHasNot) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  ASSERT_OK_AND_ASSIGN(const auto plan, Named(&Stub::GetPlan, "plans/p", kHub));
  EXPECT_EQ(plan.SerializeAsString(), import.plan().SerializeAsString());
  ASSERT_OK_AND_ASSIGN(const auto task, Named(&Stub::GetTask, import.tasks(1).name(), kHub));
  EXPECT_EQ(task.SerializeAsString(), import.tasks(1).SerializeAsString());
  EXPECT_THAT(Named(&Stub::GetPlan, "p"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(Named(&Stub::GetPlan, "plans/q"), StatusIs(Code::kNotFound, "PLAN_NOT_FOUND"));
  EXPECT_THAT(Named(&Stub::GetTask, "plans/p"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(Named(&Stub::GetTask, "plans/p/tasks/t-0"),
              StatusIs(Code::kNotFound, "TASK_NOT_FOUND"));
}

TEST_F(TaskServerTest, ListsTasksInTheOrderOfTheText) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  ASSERT_OK_AND_ASSIGN(const auto first, List(&Stub::ListTasks, "plans/p", 2));
  ASSERT_OK_AND_ASSIGN(const auto second,
                       List(&Stub::ListTasks, "plans/p", 2, first.next_page_token()));
  ASSERT_THAT(first.tasks(), SizeIs(2));
  ASSERT_THAT(second.tasks(), SizeIs(1));
  EXPECT_EQ(first.tasks(0).number(), "1");
  EXPECT_EQ(first.tasks(1).number(), "2");
  EXPECT_EQ(second.tasks(0).number(), "3");
  EXPECT_EQ(second.next_page_token(), "");
  EXPECT_THAT(List(&Stub::ListTasks, "p"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(List(&Stub::ListTasks, "plans/q"), StatusIs(Code::kNotFound, "PLAN_NOT_FOUND"));
  EXPECT_THAT(List(&Stub::ListTasks, "plans/p", -1),
              StatusIs(Code::kInvalidArgument, "INVALID_PAGE"));
  EXPECT_THAT(List(&Stub::ListTasks, "plans/p", 2, "plans/p/tasks/t-0"),
              StatusIs(Code::kInvalidArgument, "INVALID_PAGE"));
}

TEST_F(TaskServerTest, ListsAssignmentsOfAPlanOrATask) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  ASSERT_OK_AND_ASSIGN(const auto all, List(&Stub::ListAssignments, "plans/p/tasks/-", 2));
  EXPECT_THAT(all.assignments(), SizeIs(2));
  ASSERT_OK_AND_ASSIGN(const auto rest,
                       List(&Stub::ListAssignments, "plans/p/tasks/-", 2, all.next_page_token()));
  EXPECT_THAT(rest.assignments(), SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const auto one, List(&Stub::ListAssignments, import.tasks(0).name()));
  EXPECT_THAT(one.assignments(), SizeIs(2));
  EXPECT_THAT(List(&Stub::ListAssignments, "plans/p"),
              StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(List(&Stub::ListAssignments, "plans/q/tasks/-"),
              StatusIs(Code::kNotFound, "PLAN_NOT_FOUND"));
  EXPECT_THAT(List(&Stub::ListAssignments, "plans/q/tasks/t-0"),
              StatusIs(Code::kNotFound, "PLAN_NOT_FOUND"));
  EXPECT_THAT(List(&Stub::ListAssignments, "plans/p/tasks/t-0"),
              StatusIs(Code::kNotFound, "TASK_NOT_FOUND"));
  EXPECT_THAT(List(&Stub::ListAssignments, "plans/p/tasks/-", 0, "plans/q/tasks/t"),
              StatusIs(Code::kInvalidArgument, "INVALID_PAGE"));
}

TEST_F(TaskServerTest, ListsOfUnitsAndPlansAreChecked) {
  EXPECT_THAT(List(&Stub::ListUnresolvedUnits, "p"),
              StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(List(&Stub::ListUnresolvedUnits, "plans/q"),
              StatusIs(Code::kNotFound, "PLAN_NOT_FOUND"));
  ASSERT_THAT(Import(), IsOk());
  EXPECT_THAT(List(&Stub::ListUnresolvedUnits, "plans/p", 0, "plans/q"),
              StatusIs(Code::kInvalidArgument, "INVALID_PAGE"));
  pb::ListPlansRequest request;
  request.set_page_size(-1);
  EXPECT_THAT(Call(&Stub::ListPlans, request), StatusIs(Code::kInvalidArgument, "INVALID_PAGE"));
}

TEST_F(TaskServerTest, APlanOutsideTheScopeIsRefusedLikeAMissingOne) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  const std::string task = import.tasks(0).name();
  const absl::Status there = Named(&Stub::GetPlan, "plans/p", kElsewhere).status();
  const absl::Status missing = Named(&Stub::GetPlan, "plans/q", kElsewhere).status();
  EXPECT_THAT(there, StatusIs(Code::kPermissionDenied, "NOT_ALLOWED"));
  EXPECT_EQ(there, missing);
  const auto refused = StatusIs(Code::kPermissionDenied, "NOT_ALLOWED");
  EXPECT_THAT(Named(&Stub::GetPlanSource, "plans/p/source", kElsewhere), refused);
  EXPECT_THAT(Named(&Stub::GetTask, task, kElsewhere), refused);
  EXPECT_THAT(List(&Stub::ListTasks, "plans/p", 0, "", kElsewhere), refused);
  EXPECT_THAT(List(&Stub::ListAssignments, task, 0, "", kElsewhere), refused);
  EXPECT_THAT(List(&Stub::ListAssignments, "plans/p/tasks/-", 0, "", kElsewhere), refused);
  EXPECT_THAT(List(&Stub::ListUnresolvedUnits, "plans/p", 0, "", kElsewhere), refused);
  EXPECT_THAT(Named(&Stub::IssueTask, task, kElsewhere), refused);
  EXPECT_THAT(Named(&Stub::IssuePlan, "plans/p", kElsewhere), refused);
  EXPECT_THAT(Named(&Stub::UpdateBreakdown, task, kElsewhere), refused);
  EXPECT_THAT(Decide(&Stub::CancelTask, task, "因故", kElsewhere), refused);
  EXPECT_THAT(Decide(&Stub::RemoveUnit, import.assignments(0).name(), "因故", kElsewhere), refused);
  EXPECT_THAT(Resolve(import.unresolved_units(0).name(), "agencies/finance", kElsewhere), refused);
  EXPECT_THAT(Call(&Stub::ImportPlan, ImportOf("p", kText), kElsewhere), refused);
  ASSERT_OK_AND_ASSIGN(const auto plans,
                       Call(&Stub::ListPlans, pb::ListPlansRequest(), kElsewhere));
  EXPECT_THAT(plans.plans(), IsEmpty());
  EXPECT_THAT(Call(&Stub::ImportPlan, ImportOf("elsewhere", kText), kElsewhere), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto own, Call(&Stub::ListPlans, pb::ListPlansRequest(), kElsewhere));
  EXPECT_THAT(own.plans(), SizeIs(1));
}

TEST_F(TaskServerTest, ListsPlansInPages) {
  for (const char* plan : {"c", "a", "b"}) ASSERT_THAT(Import(plan), IsOk());
  pb::ListPlansRequest request;
  request.set_page_size(2);
  ASSERT_OK_AND_ASSIGN(const auto first, Call(&Stub::ListPlans, request));
  ASSERT_THAT(first.plans(), SizeIs(2));
  EXPECT_EQ(first.plans(0).name(), "plans/a");
  request.set_page_token(first.next_page_token());
  ASSERT_OK_AND_ASSIGN(const auto second, Call(&Stub::ListPlans, request));
  ASSERT_THAT(second.plans(), SizeIs(1));
  EXPECT_EQ(second.plans(0).name(), "plans/c");
  EXPECT_EQ(second.next_page_token(), "");
}

// --- Decisions

TEST_F(TaskServerTest, IssuesATaskOnce) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  ASSERT_OK_AND_ASSIGN(const auto issued, Named(&Stub::IssueTask, import.tasks(0).name()));
  EXPECT_EQ(issued.state(), pb::TASK_STATE_ISSUED);
  EXPECT_EQ(issued.revision(), 2);
  EXPECT_TRUE(issued.has_issue_time());
  EXPECT_EQ(issued.state_actor(), "spiffe://duban.test/operator/tester");
  ASSERT_OK_AND_ASSIGN(const auto again, Named(&Stub::IssueTask, import.tasks(0).name()));
  EXPECT_EQ(again.SerializeAsString(), issued.SerializeAsString());
}

TEST_F(TaskServerTest, IssuesNothingToNobody) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  EXPECT_THAT(Named(&Stub::IssueTask, import.tasks(2).name()),
              StatusIs(Code::kFailedPrecondition, "NO_ASSIGNMENTS"));
  ASSERT_THAT(Decide(&Stub::RemoveUnit, import.assignments(2).name()), IsOk());
  EXPECT_THAT(Named(&Stub::IssueTask, import.tasks(1).name()),
              StatusIs(Code::kFailedPrecondition, "NO_ASSIGNMENTS"));
}

TEST_F(TaskServerTest, IssuesEveryTaskOfAPlanThatHasAnAgency) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  ASSERT_OK_AND_ASSIGN(const auto issued, Named(&Stub::IssuePlan, "plans/p"));
  EXPECT_EQ(issued.issued(), 2);
  EXPECT_EQ(issued.revision(), 2);
  EXPECT_THAT(issued.without_agency(), ElementsAre(import.tasks(2).name()));
  ASSERT_OK_AND_ASSIGN(const auto again, Named(&Stub::IssuePlan, "plans/p"));
  EXPECT_EQ(again.issued(), 0);
  EXPECT_EQ(again.revision(), 2);
  EXPECT_THAT(Named(&Stub::IssuePlan, "p"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(Named(&Stub::IssuePlan, "plans/q"), StatusIs(Code::kNotFound, "PLAN_NOT_FOUND"));
}

TEST_F(TaskServerTest, SuspendsResumesAndCancels) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  const std::string task = import.tasks(0).name();
  const auto illegal = StatusIs(Code::kFailedPrecondition, "ILLEGAL_TRANSITION");
  EXPECT_THAT(Decide(&Stub::SuspendTask, task), illegal);
  EXPECT_THAT(Decide(&Stub::ResumeTask, task), illegal);
  EXPECT_THAT(Decide(&Stub::CancelTask, task), illegal);
  ASSERT_THAT(Named(&Stub::IssueTask, task), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto suspended, Decide(&Stub::SuspendTask, task, "等待上级意见"));
  EXPECT_EQ(suspended.state(), pb::TASK_STATE_SUSPENDED);
  EXPECT_EQ(suspended.state_reason(), "等待上级意见");
  EXPECT_THAT(Named(&Stub::IssueTask, task), illegal);
  ASSERT_OK_AND_ASSIGN(const auto resumed, Decide(&Stub::ResumeTask, task));
  EXPECT_EQ(resumed.state(), pb::TASK_STATE_ISSUED);
  ASSERT_OK_AND_ASSIGN(const auto cancelled, Decide(&Stub::CancelTask, task));
  EXPECT_EQ(cancelled.state(), pb::TASK_STATE_CANCELLED);
  const auto after = Decide(&Stub::ResumeTask, task);
  EXPECT_THAT(after, illegal);
  EXPECT_EQ(ErrorMetadata(after.status()), (Metadata{{"from", "CANCELLED"}, {"to", "ISSUED"}}));
  EXPECT_THAT(Named(&Stub::UpdateBreakdown, task), illegal);
}

TEST_F(TaskServerTest, DecisionsNeedANameAndAReason) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  const std::string task = import.tasks(0).name();
  const auto check = [&](auto method) {
    EXPECT_THAT(Decide(method, "t"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
    EXPECT_THAT(Decide(method, "plans/p/tasks/t-0"), StatusIs(Code::kNotFound, "TASK_NOT_FOUND"));
    EXPECT_THAT(Decide(method, task, ""), StatusIs(Code::kInvalidArgument, "REASON_REQUIRED"));
    EXPECT_THAT(Decide(method, task, "a\u202e"),
                StatusIs(Code::kInvalidArgument, "INVALID_REASON"));
  };
  check(&Stub::SuspendTask);
  check(&Stub::ResumeTask);
  check(&Stub::CancelTask);
  EXPECT_THAT(Named(&Stub::IssueTask, "t"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(Named(&Stub::IssueTask, "plans/p/tasks/t-0"),
              StatusIs(Code::kNotFound, "TASK_NOT_FOUND"));
}

TEST_F(TaskServerTest, OnlySupervisorsDecide) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  const Who others{.roles = {common::ROLE_ADMIN, common::ROLE_AUDITOR, common::ROLE_REVIEWER,
                             common::ROLE_INTEGRATOR}};
  EXPECT_THAT(Named(&Stub::IssueTask, import.tasks(0).name(), others),
              StatusIs(Code::kPermissionDenied, "NOT_ALLOWED"));
  EXPECT_THAT(Call(&Stub::ImportPlan, ImportOf("p", kText), others),
              StatusIs(Code::kPermissionDenied, "NOT_ALLOWED"));
}

// --- Breakdown

TEST_F(TaskServerTest, BreakdownReplacesWhatIsGivenAndLeavesTheRest) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  pb::UpdateBreakdownRequest request;
  request.set_name(import.tasks(0).name());
  request.set_theme("科技创新");
  request.set_start_date("2026-01-01");
  request.set_due_date("2026-12-31");
  pb::Milestone& milestone = *request.add_milestones();
  milestone.set_id("rules");
  milestone.set_title("印发细则");
  milestone.set_due_date("2026-03-31");
  milestone.add_agencies("finance");
  pb::Indicator& indicator = *request.add_indicators();
  indicator.set_id("projects");
  indicator.set_title("项目数");
  ASSERT_OK_AND_ASSIGN(const auto first, Call(&Stub::UpdateBreakdown, request));
  EXPECT_EQ(first.revision(), 2);
  EXPECT_EQ(first.milestones(0).weight(), 1);

  pb::UpdateBreakdownRequest next;
  next.set_name(request.name());
  next.set_due_date("2026-06-30");
  next.set_if_revision(2);
  ASSERT_OK_AND_ASSIGN(const auto second, Call(&Stub::UpdateBreakdown, next));
  EXPECT_EQ(second.due_date(), "2026-06-30");
  EXPECT_EQ(second.theme(), "科技创新");
  EXPECT_THAT(second.milestones(), SizeIs(1));
  EXPECT_THAT(second.indicators(), SizeIs(1));
  EXPECT_THAT(Call(&Stub::UpdateBreakdown, next), StatusIs(Code::kAborted, "CHANGED_SINCE"));
}

TEST_F(TaskServerTest, BreakdownTakesAPartAwayWhenTheMaskNamesIt) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  pb::UpdateBreakdownRequest request;
  request.set_name(import.tasks(0).name());
  request.set_theme("科技创新");
  request.set_due_date("2026-12-31");
  ASSERT_THAT(Call(&Stub::UpdateBreakdown, request), IsOk());
  pb::UpdateBreakdownRequest next;
  next.set_name(request.name());
  next.set_theme("教育");  // not in the mask
  next.mutable_update_mask()->add_paths("due_date");
  ASSERT_OK_AND_ASSIGN(const auto updated, Call(&Stub::UpdateBreakdown, next));
  EXPECT_EQ(updated.due_date(), "");
  EXPECT_EQ(updated.theme(), "科技创新");
  next.mutable_update_mask()->add_paths("title");
  EXPECT_THAT(Call(&Stub::UpdateBreakdown, next),
              StatusIs(Code::kInvalidArgument, "INVALID_BREAKDOWN"));
}

TEST_F(TaskServerTest, AnIssuedTaskIsChangedWithAReasonAndKeepsItsFirstDueDay) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  pb::UpdateBreakdownRequest request;
  request.set_name(import.tasks(0).name());
  request.set_due_date("2026-12-31");
  ASSERT_THAT(Call(&Stub::UpdateBreakdown, request), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto issued, Named(&Stub::IssueTask, request.name()));
  EXPECT_EQ(issued.issuer(), issued.state_actor());
  request.set_due_date("2027-03-31");
  EXPECT_THAT(Call(&Stub::UpdateBreakdown, request),
              StatusIs(Code::kInvalidArgument, "REASON_REQUIRED"));
  request.set_reason("会议议定");
  ASSERT_OK_AND_ASSIGN(const auto moved, Call(&Stub::UpdateBreakdown, request));
  EXPECT_EQ(moved.due_date(), "2027-03-31");
  EXPECT_EQ(moved.original_due_date(), "2026-12-31");
  EXPECT_EQ(moved.breakdown_reason(), "会议议定");
  EXPECT_EQ(moved.breakdown_actor(), issued.issuer());
  EXPECT_TRUE(moved.has_breakdown_time());
}

TEST_F(TaskServerTest, BreakdownSaysWhichFieldIsAtFault) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  const auto field = [&](const pb::UpdateBreakdownRequest& request) {
    const absl::Status status = Call(&Stub::UpdateBreakdown, request).status();
    EXPECT_THAT(status, StatusIs(Code::kInvalidArgument, "INVALID_BREAKDOWN"));
    return ErrorMetadata(status)["field"];
  };
  pb::UpdateBreakdownRequest request;
  request.set_name(import.tasks(0).name());
  request.set_due_date("2026-02-30");
  EXPECT_EQ(field(request), "due_date");
  request.set_due_date("2026-02-28");
  request.set_start_date("2026-03-01");
  EXPECT_EQ(field(request), "due_date");
  request.set_start_date("2026-01-01");
  pb::Milestone& milestone = *request.add_milestones();
  milestone.set_id("m");
  milestone.set_title("印发细则");
  milestone.set_due_date("2026-03-01");
  EXPECT_EQ(field(request), "milestones[0].due_date");
  milestone.set_due_date("2026-02-01");
  milestone.add_agencies("education");  // of another task
  EXPECT_EQ(field(request), "milestones[0].agencies");
  EXPECT_THAT(Named(&Stub::UpdateBreakdown, "t"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(Named(&Stub::UpdateBreakdown, "plans/p/tasks/t-0"),
              StatusIs(Code::kNotFound, "TASK_NOT_FOUND"));
}

// --- Units

TEST_F(TaskServerTest, AResolvedUnitBecomesAnAssignment) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  const std::string unit = UnitNamed(import, "市不存在局");
  ASSERT_OK_AND_ASSIGN(const auto assignment, Resolve(unit, "agencies/finance"));
  EXPECT_EQ(assignment.name(), absl::StrCat(import.tasks(1).name(), "/assignments/finance"));
  EXPECT_EQ(assignment.role(), pb::ASSIGNMENT_ROLE_RESPONSIBLE);
  EXPECT_THAT(assignment.printed_names(), ElementsAre("市不存在局"));
  EXPECT_EQ(assignment.actor(), "spiffe://duban.test/operator/tester");
  EXPECT_EQ(assignment.revision(), 2);
  EXPECT_THAT(Resolve(unit, "agencies/finance"), StatusIs(Code::kNotFound, "UNIT_NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const auto list, List(&Stub::ListUnresolvedUnits, "plans/p"));
  EXPECT_THAT(list.units(), SizeIs(2));
}

TEST_F(TaskServerTest, AUnitOfAnAgencyThatIsThereAlreadyMerges) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  ASSERT_OK_AND_ASSIGN(const auto assignment,
                       Resolve(UnitNamed(import, "市不存在局"), "agencies/education"));
  EXPECT_THAT(assignment.printed_names(), ElementsAre("市教委", "市不存在局"));
  EXPECT_TRUE(assignment.lead_hint());
  EXPECT_EQ(assignment.order(), 0);
}

TEST_F(TaskServerTest, ResolvingLetsATaskBeIssued) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  ASSERT_THAT(Resolve(import.unresolved_units(2).name(), "agencies/sci-tech"), IsOk());
  EXPECT_THAT(Named(&Stub::IssueTask, import.tasks(2).name()), IsOk());
}

TEST_F(TaskServerTest, RefusesToResolveWhatCannotBe) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  const std::string unit = UnitNamed(import, "市不存在局");
  EXPECT_THAT(Resolve("u", "agencies/finance"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(Resolve(unit, "finance"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(Resolve("plans/p/unresolvedUnits/u-0", "agencies/finance"),
              StatusIs(Code::kNotFound, "UNIT_NOT_FOUND"));
  EXPECT_THAT(Resolve(unit, "agencies/nobody"), StatusIs(Code::kNotFound, "AGENCY_NOT_FOUND"));
  EXPECT_THAT(Resolve(UnitNamed(import, "各区"), "agencies/finance"),
              StatusIs(Code::kFailedPrecondition, "COLLECTIVE_UNIT"));
}

TEST_F(TaskServerTest, ARemovedUnitStaysListed) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  const std::string name = import.assignments(1).name();
  ASSERT_OK_AND_ASSIGN(const auto removed, Decide(&Stub::RemoveUnit, name, "异议成立"));
  EXPECT_TRUE(removed.removed());
  EXPECT_EQ(removed.remove_reason(), "异议成立");
  ASSERT_OK_AND_ASSIGN(const auto again, Decide(&Stub::RemoveUnit, name, "又一次"));
  EXPECT_EQ(again.SerializeAsString(), removed.SerializeAsString());
  ASSERT_OK_AND_ASSIGN(const auto list, List(&Stub::ListAssignments, import.tasks(0).name()));
  EXPECT_THAT(list.assignments(), SizeIs(2));
  EXPECT_THAT(Decide(&Stub::RemoveUnit, "a"), StatusIs(Code::kInvalidArgument, "INVALID_NAME"));
  EXPECT_THAT(Decide(&Stub::RemoveUnit, name, ""),
              StatusIs(Code::kInvalidArgument, "REASON_REQUIRED"));
  EXPECT_THAT(
      Decide(&Stub::RemoveUnit, absl::StrCat(import.tasks(0).name(), "/assignments/education")),
      StatusIs(Code::kNotFound, "ASSIGNMENT_NOT_FOUND"));
}

TEST_F(TaskServerTest, ARemovedAgencyComesBackWhenAUnitIsResolvedToIt) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  ASSERT_THAT(Decide(&Stub::RemoveUnit, import.assignments(2).name()), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto back,
                       Resolve(UnitNamed(import, "市不存在局"), "agencies/education"));
  EXPECT_FALSE(back.removed());
  EXPECT_EQ(back.remove_reason(), "");
  EXPECT_THAT(back.printed_names(), ElementsAre("市不存在局"));
}

// --- The feed

TEST_F(TaskServerTest, FeedHoldsTheMandateAndNothingPrivate) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  common::ListStateRequest request;
  request.set_plan("p");
  ASSERT_OK_AND_ASSIGN(const auto state, Call(&Stub::ListState, request, kHub));
  EXPECT_THAT(state.rows(), SizeIs(1 + 3 + 3 + 3));
  for (const common::Row& row : state.rows()) EXPECT_EQ(row.plan(), "p");
  request.set_revision(9);
  EXPECT_THAT(Call(&Stub::ListState, request, kHub),
              StatusIs(Code::kInvalidArgument, "FUTURE_REVISION"));
  EXPECT_THAT(Call(&Stub::ListState, request, kSupervisor),
              StatusIs(Code::kPermissionDenied, "NOT_ALLOWED"));

  grpc::ClientContext context;
  auto stream = client_->stub().WatchMandate(&context, {});
  common::WatchResponse message;
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(message.snapshot().revision(), 1);
  EXPECT_TRUE(message.snapshot().complete());
  EXPECT_THAT(message.snapshot().rows(), SizeIs(10));
  ASSERT_THAT(Named(&Stub::IssuePlan, "plans/p"), IsOk());
  while (stream->Read(&message) && !message.has_changes()) {
  }
  EXPECT_EQ(message.changes().revision(), 2);
  EXPECT_THAT(message.changes().rows(), SizeIs(2));
  context.TryCancel();
  while (stream->Read(&message)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace duban::task
