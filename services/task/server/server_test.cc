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

constexpr char kFullText[] =
    "某市数字经济行动计划\n某政发〔2026〕5号\n"
    "一、发展定位\n打造数字之城。\n"
    "二、实施范围\n包括甲园区（12.5平方公里）、乙园区（7平方公里），总面积约20平方公里。\n"
    "三、主要指标\n| 序号 | 指标 | 单位 | 2025年 | 2027年 |\n|---|---|---|---|---|\n"
    "| 1 | 数字经济增加值占比 | % | 45 | ≥ 60 |\n| 2 | 5G基站数 | 个 | 1000 | 3000 |\n"
    "四、重点任务\n"
    "1.做好甲事。2026年6月底前建成平台。（责任单位：市科委、市财政局；完成时限：2027年底前）\n"
    "2.做好乙事。也要做好。（责任单位：市教委；完成时限：2027年12月31日）\n\n"
    "某市人民政府\n2026年3月2日\n本计划自2026年4月1日起施行。\n"
    "某市人民政府办公室　2026年3月5日印发\n";

// A plan whose tables of figures have `hundreds` times 600 rows, each of about 270 bytes as kept.
std::string LargeTables(int hundreds) {
  std::string text = "某市方案\n一、主要指标\n| 指标 |";
  for (int c = 0; c < 10; ++c) absl::StrAppend(&text, " 第", c, "年 |");
  absl::StrAppend(&text, "\n|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (int row = 0; row < hundreds * 600; ++row) {
    absl::StrAppend(&text, "| 指标", row, " |");
    for (int c = 0; c < 10; ++c) absl::StrAppend(&text, " ", 1000000000 + c, " |");
    absl::StrAppend(&text, "\n");
  }
  return text + "二、重点任务\n1.做好甲事。要做好。（责任单位：市科委）\n";
}

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
      const auto parsed = Parse(text);
      if (parsed.ok() && parsed->tasks(0).units(0).agency() == agency) return;
      if (!parsed.ok()) { ASSERT_EQ(ErrorReason(parsed.status()), "REGISTER_NOT_READY"); }
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

  absl::StatusOr<pb::ImportPlanResponse> Preview(absl::string_view plan, absl::string_view text) {
    pb::ImportPlanRequest request = ImportOf(plan, text);
    request.set_validate_only(true);
    return Call(&Stub::ImportPlan, request);
  }

  // As an edition of the plan: looks at the difference, then applies it.
  absl::StatusOr<pb::ImportPlanResponse> Apply(absl::string_view plan, absl::string_view text) {
    DUBAN_ASSIGN_OR_RETURN(const auto shown, Preview(plan, text));
    pb::ImportPlanRequest request = ImportOf(plan, text);
    request.set_difference_etag(shown.difference().etag());
    return Call(&Stub::ImportPlan, request);
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

TEST_F(TaskServerTest, CarriesAllThatTheReaderFinds) {
  ASSERT_OK_AND_ASSIGN(const auto parsed, Parse(kFullText));
  ASSERT_OK_AND_ASSIGN(const auto import, Import("p", kFullText));
  ASSERT_OK_AND_ASSIGN(const auto stored, Named(&Stub::GetPlan, "plans/p"));
  for (const pb::Plan& plan : {parsed.plan(), import.plan(), stored}) {
    EXPECT_EQ(plan.issue_date(), "2026-03-02");
    EXPECT_EQ(plan.effective_date(), "2026-04-01");
    EXPECT_EQ(plan.print_date(), "2026-03-05");
    ASSERT_THAT(plan.areas(), SizeIs(2));
    EXPECT_EQ(plan.areas(0).name(), "甲园区");
    EXPECT_EQ(plan.areas(0).milli_km2(), 12500);
    EXPECT_EQ(plan.total_area_milli_km2(), 20000);
    ASSERT_THAT(plan.printed_indicators(), SizeIs(2));
    const pb::PrintedIndicator& first = plan.printed_indicators(0);
    EXPECT_EQ(first.name(), "数字经济增加值占比");
    EXPECT_EQ(first.measure(), "%");
    EXPECT_EQ(first.section(), "三、主要指标");
    ASSERT_THAT(first.values(), SizeIs(2));
    EXPECT_EQ(first.values(1).column(), "2027年");
    EXPECT_EQ(first.values(1).value(), "≥ 60");
    EXPECT_LT(first.range().end(), plan.printed_indicators(1).range().end());
  }
  ASSERT_OK_AND_ASSIGN(const auto task, Named(&Stub::GetTask, import.tasks(0).name()));
  for (const pb::Task& one : {parsed.tasks(0).task(), task}) {
    EXPECT_EQ(one.printed_deadline(), "2027年底前");
    EXPECT_THAT(one.printed_dates(), ElementsAre("2026年6月底前"));
    EXPECT_EQ(one.due_date(), "");
  }
  for (const pb::Task& one : {parsed.tasks(1).task(), import.tasks(1)}) {
    EXPECT_EQ(one.printed_deadline(), "2027年12月31日");
    EXPECT_EQ(one.printed_due_date(), "2027-12-31");
    EXPECT_EQ(one.due_date(), "2027-12-31");
  }
  ASSERT_OK_AND_ASSIGN(const auto source, Named(&Stub::GetPlanSource, "plans/p/source"));
  EXPECT_EQ(source.encoding(), "UTF-8");
}

TEST_F(TaskServerTest, ParsesWhichTaskStandsAboveWhich) {
  ASSERT_OK_AND_ASSIGN(const auto parsed,
                       Parse("某市方案\n一、重点任务\n"
                             "1.做好大事。分两步走。（责任单位：市科委）\n"
                             "（1）做好小事。先走一步。（责任单位：市教委）\n"));
  ASSERT_THAT(parsed.tasks(), SizeIs(2));
  EXPECT_FALSE(parsed.tasks(0).has_parent_index());
  ASSERT_TRUE(parsed.tasks(1).has_parent_index());
  EXPECT_EQ(parsed.tasks(1).parent_index(), 0);
}

TEST_F(TaskServerTest, ListsOfLargePlansEndTheirPagesByBytes) {
  const std::string text = LargeTables(3);
  const size_t plans = 8;
  for (size_t i = 0; i < plans; ++i) ASSERT_THAT(Import(absl::StrCat("p", i), text), IsOk());
  pb::ListPlansRequest request;
  size_t seen = 0, pages = 0;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Call(&Stub::ListPlans, request));
    ASSERT_LT(page.ByteSizeLong(), 4u << 20);
    seen += page.plans_size();
    ++pages;
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, plans);
  EXPECT_GT(pages, 1u);
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
  EXPECT_THAT(Parse(LargeTables(5)), StatusIs(Code::kResourceExhausted, "TOO_MANY_INDICATORS"));
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

TEST_F(TaskServerTest, OtherBytesUnderTheSameIdAreRefusedWithoutTheirDifference) {
  ASSERT_THAT(Import(), IsOk());
  const auto other = Import("p", absl::StrCat(kText, "\n"));
  EXPECT_THAT(other, StatusIs(Code::kAlreadyExists, "PLAN_EXISTS"));
  EXPECT_EQ(ErrorMetadata(other.status())["name"], "plans/p");
  EXPECT_EQ(ErrorMetadata(other.status())["edition"], "1");
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

// --- Editions

// Task 3 was 1 and has other words; 2 has another agency; 1 is new; task 3 of kText is gone.
constexpr char kSecondText[] =
    "某市创新区建设方案\n一、重点任务\n"
    "1.培养港口人才。从长计议。（责任单位：市科委）\n"
    "2.做好乙事。也要做好。（责任单位：市财政局、市不存在局、各区）\n"
    "3.做好甲事。要做得更好。（责任单位：市科委、市财政局）\n";

using Changes = std::vector<int>;
Changes ChangesOf(const pb::TaskDifference& difference) {
  return {difference.changes().begin(), difference.changes().end()};
}

TEST_F(TaskServerTest, ShowsWhatAnEditionChangesAndChangesNothing) {
  ASSERT_OK_AND_ASSIGN(const auto first, Import());
  ASSERT_OK_AND_ASSIGN(const auto shown, Preview("p", kSecondText));
  EXPECT_FALSE(shown.created());
  EXPECT_EQ(shown.revision(), 0);
  EXPECT_EQ(shown.plan().edition(), 2);
  const auto& difference = shown.difference();
  EXPECT_EQ(difference.edition(), 2);
  EXPECT_THAT(difference.etag(), ::testing::MatchesRegex("[0-9a-f]{16}"));
  ASSERT_THAT(difference.tasks(), SizeIs(4));
  EXPECT_EQ(ChangesOf(difference.tasks(0)), Changes{pb::TASK_CHANGE_NEW});
  EXPECT_EQ(difference.tasks(0).task(), "");
  EXPECT_EQ(difference.tasks(0).units(0).agency(), "agencies/sci-tech");
  EXPECT_EQ(difference.tasks(1).task(), first.tasks(1).name());
  EXPECT_EQ(ChangesOf(difference.tasks(1)),
            (Changes{pb::TASK_CHANGE_MOVED, pb::TASK_CHANGE_UNITS}));
  ASSERT_THAT(difference.tasks(1).units(), SizeIs(2));
  EXPECT_EQ(difference.tasks(1).units(0).agency(), "agencies/education");
  EXPECT_EQ(difference.tasks(1).units(0).role(), pb::ASSIGNMENT_ROLE_UNSPECIFIED);
  EXPECT_EQ(difference.tasks(1).units(1).agency(), "agencies/finance");
  EXPECT_EQ(difference.tasks(1).units(1).previous_role(), pb::ASSIGNMENT_ROLE_UNSPECIFIED);
  EXPECT_EQ(difference.tasks(2).task(), first.tasks(0).name());
  EXPECT_EQ(ChangesOf(difference.tasks(2)),
            (Changes{pb::TASK_CHANGE_RENUMBERED, pb::TASK_CHANGE_TEXT}));
  EXPECT_EQ(difference.tasks(2).previous_number(), "1");
  EXPECT_EQ(difference.tasks(2).previous_body(), "要做好。");
  EXPECT_EQ(shown.tasks(2).body(), "要做得更好。");
  EXPECT_EQ(difference.tasks(3).task(), first.tasks(2).name());
  EXPECT_EQ(ChangesOf(difference.tasks(3)), Changes{pb::TASK_CHANGE_DROPPED});
  ASSERT_OK_AND_ASSIGN(const auto tasks, List(&Stub::ListTasks, "plans/p"));
  EXPECT_THAT(tasks.tasks(), SizeIs(3));
  ASSERT_OK_AND_ASSIGN(const auto again, Preview("p", kSecondText));
  EXPECT_EQ(again.difference().SerializeAsString(), difference.SerializeAsString());
}

TEST_F(TaskServerTest, AnEditionKeepsIdsAndHistory) {
  ASSERT_OK_AND_ASSIGN(const auto first, Import());
  ASSERT_THAT(Named(&Stub::IssuePlan, "plans/p"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto second, Apply("p", kSecondText));
  EXPECT_EQ(second.revision(), 3);
  EXPECT_EQ(second.plan().edition(), 2);
  EXPECT_EQ(second.plan().task_count(), 3);
  EXPECT_EQ(second.plan().import_time().SerializeAsString(),
            first.plan().import_time().SerializeAsString());
  ASSERT_OK_AND_ASSIGN(const auto tasks, List(&Stub::ListTasks, "plans/p"));
  ASSERT_THAT(tasks.tasks(), SizeIs(4));
  EXPECT_EQ(tasks.tasks(0).state(), pb::TASK_STATE_RECORDED);
  EXPECT_EQ(tasks.tasks(1).name(), first.tasks(1).name());
  EXPECT_EQ(tasks.tasks(1).state(), pb::TASK_STATE_ISSUED);
  EXPECT_EQ(tasks.tasks(2).name(), first.tasks(0).name());
  EXPECT_EQ(tasks.tasks(2).number(), "3");
  EXPECT_EQ(tasks.tasks(2).state(), pb::TASK_STATE_ISSUED);
  const pb::Task& dropped = tasks.tasks(3);
  EXPECT_EQ(dropped.name(), first.tasks(2).name());
  EXPECT_EQ(dropped.state(), pb::TASK_STATE_CANCELLED);
  EXPECT_EQ(dropped.state_reason(), "dropped in edition 2");
  EXPECT_EQ(dropped.state_actor(), "spiffe://duban.test/operator/tester");
  EXPECT_EQ(dropped.dropped_in_edition(), 2);
  EXPECT_EQ(second.tasks(3).SerializeAsString(), dropped.SerializeAsString());
  ASSERT_OK_AND_ASSIGN(const auto parts, List(&Stub::ListAssignments, tasks.tasks(1).name()));
  ASSERT_THAT(parts.assignments(), SizeIs(2));
  EXPECT_TRUE(parts.assignments(0).removed());  // education
  EXPECT_EQ(parts.assignments(0).remove_reason(), "not named in edition 2");
  EXPECT_FALSE(parts.assignments(1).removed());  // finance
  ASSERT_OK_AND_ASSIGN(const auto units, List(&Stub::ListUnresolvedUnits, "plans/p"));
  EXPECT_THAT(units.units(), SizeIs(2));  // that of the dropped task waits no longer
}

TEST_F(TaskServerTest, TheSameEditionAgainChangesNothing) {
  ASSERT_THAT(Import(), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto second, Apply("p", kSecondText));
  ASSERT_OK_AND_ASSIGN(const auto again, Import("p", kSecondText));
  EXPECT_EQ(again.revision(), second.revision());
  EXPECT_FALSE(again.has_difference());
  pb::ImportPlanRequest retry = ImportOf("p", kSecondText);
  retry.set_difference_etag(second.difference().etag());
  ASSERT_OK_AND_ASSIGN(const auto retried, Call(&Stub::ImportPlan, retry));
  EXPECT_EQ(retried.revision(), second.revision());
}

TEST_F(TaskServerTest, ADifferenceThatIsNoLongerTrueIsNotApplied) {
  ASSERT_OK_AND_ASSIGN(const auto first, Import());
  ASSERT_OK_AND_ASSIGN(const auto shown, Preview("p", kSecondText));
  ASSERT_THAT(Named(&Stub::IssueTask, first.tasks(0).name()), IsOk());
  pb::ImportPlanRequest request = ImportOf("p", kSecondText);
  request.set_difference_etag(shown.difference().etag());
  EXPECT_THAT(Call(&Stub::ImportPlan, request), StatusIs(Code::kAborted, "CHANGED_SINCE"));
  request.set_plan_id("q");
  EXPECT_THAT(Call(&Stub::ImportPlan, request), StatusIs(Code::kNotFound, "PLAN_NOT_FOUND"));
}

TEST_F(TaskServerTest, WhatTheOfficeDecidedStandsInALaterEdition) {
  const std::string text =
      "方案\n1.做好甲事。要做好。（责任单位：市科委、市财政局、市不存在局）\n"
      "2.做好乙事。也要做好。（责任单位：市教委）\n";
  ASSERT_OK_AND_ASSIGN(const auto first, Import("p", text));
  const std::string task = first.tasks(0).name();
  ASSERT_THAT(Decide(&Stub::RemoveUnit, absl::StrCat(task, "/assignments/finance"), "异议成立"),
              IsOk());
  ASSERT_THAT(Resolve(UnitNamed(first, "市不存在局"), "agencies/education"), IsOk());
  pb::UpdateBreakdownRequest breakdown;
  breakdown.set_name(task);
  breakdown.set_due_date("2026-12-31");
  ASSERT_THAT(Call(&Stub::UpdateBreakdown, breakdown), IsOk());
  ASSERT_OK_AND_ASSIGN(
      const auto second,
      Apply("p", absl::StrReplaceAll(text, {{"要做好。（责", "要做到最好。（责"}})));
  EXPECT_EQ(ChangesOf(second.difference().tasks(0)), Changes{pb::TASK_CHANGE_TEXT});
  EXPECT_EQ(second.tasks(0).due_date(), "2026-12-31");
  EXPECT_THAT(second.unresolved_units(), IsEmpty());
  std::map<std::string, bool> removed;
  for (const pb::Assignment& assignment : second.assignments()) {
    if (assignment.name().starts_with(task)) removed[AgencyOf(assignment)] = assignment.removed();
  }
  EXPECT_EQ(removed, (std::map<std::string, bool>{
                         {"sci-tech", false}, {"finance", true}, {"education", false}}));
}

TEST_F(TaskServerTest, AnAgencyThatAnEditionDropsComesBackWithTheNext) {
  ASSERT_OK_AND_ASSIGN(const auto first, Import());
  ASSERT_THAT(Apply("p", kSecondText), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto third, Apply("p", kText));
  EXPECT_EQ(third.plan().edition(), 3);
  using Agencies = std::vector<std::string>;
  std::map<std::string, Agencies> in_force;
  for (const pb::Assignment& assignment : third.assignments()) {
    if (assignment.removed()) continue;
    in_force[AssignmentName::Parse(assignment.name())->task].push_back(AgencyOf(assignment));
  }
  for (const pb::Assignment& assignment : third.assignments()) {
    EXPECT_TRUE(assignment.has_assign_time()) << assignment.name();
  }
  EXPECT_EQ(in_force[TaskName::Parse(first.tasks(1).name())->task], Agencies{"education"});
  EXPECT_EQ(third.tasks(0).name(), first.tasks(0).name());
  // What was dropped stays cancelled; the task that is there again is a new one.
  EXPECT_NE(third.tasks(2).name(), first.tasks(2).name());
  ASSERT_OK_AND_ASSIGN(const auto dropped, Named(&Stub::GetTask, first.tasks(2).name()));
  EXPECT_EQ(dropped.state(), pb::TASK_STATE_CANCELLED);
}

TEST_F(TaskServerTest, KeepsTheBytesOfEveryEdition) {
  ASSERT_THAT(Import(), IsOk());
  ASSERT_THAT(Apply("p", kSecondText), IsOk());
  pb::GetPlanSourceRequest request;
  request.set_name("plans/p/source");
  ASSERT_OK_AND_ASSIGN(const auto newest, Call(&Stub::GetPlanSource, request));
  EXPECT_EQ(newest.content(), kSecondText);
  EXPECT_EQ(newest.edition(), 2);
  EXPECT_EQ(newest.actor(), "spiffe://duban.test/operator/tester");
  request.set_edition(1);
  ASSERT_OK_AND_ASSIGN(const auto first, Call(&Stub::GetPlanSource, request));
  EXPECT_EQ(first.content(), kText);
  request.set_edition(3);
  EXPECT_THAT(Call(&Stub::GetPlanSource, request), StatusIs(Code::kNotFound, "EDITION_NOT_FOUND"));
  request.set_edition(-1);
  EXPECT_THAT(Call(&Stub::GetPlanSource, request), StatusIs(Code::kNotFound, "EDITION_NOT_FOUND"));
}

// --- Reviews

pb::ReviewDecision Decision(absl::string_view key, pb::Verdict verdict,
                            absl::string_view agency = "") {
  pb::ReviewDecision decision;
  decision.set_key(std::string(key));
  decision.set_verdict(verdict);
  decision.set_agency(std::string(agency));
  decision.set_decided_by("张三");
  decision.mutable_decide_time()->set_seconds(1'790'000'000);
  return decision;
}

TEST_F(TaskServerTest, SaysWhatAPersonShouldDecide) {
  ASSERT_OK_AND_ASSIGN(const auto parsed, Parse(kText));
  const auto doubt = std::find_if(parsed.doubts().begin(), parsed.doubts().end(),
                                  [](const auto& d) { return d.text() == "市不存在局"; });
  ASSERT_NE(doubt, parsed.doubts().end());
  EXPECT_EQ(doubt->rule(), "units.unknown");
  EXPECT_TRUE(doubt->unit());
  EXPECT_TRUE(doubt->in_one_task());
  ASSERT_THAT(doubt->places(), SizeIs(1));
  EXPECT_EQ(doubt->places(0).line(), 4);
  EXPECT_EQ(doubt->places(0).task_number(), "2");
}

TEST_F(TaskServerTest, DecisionsAreRecordedWithThePlanAndAskedOnce) {
  ASSERT_OK_AND_ASSIGN(const auto parsed, Parse(kText));
  ASSERT_THAT(parsed.doubts(), SizeIs(2));
  pb::ImportPlanRequest request = ImportOf("p", kText);
  *request.add_decisions() =
      Decision(parsed.doubts(0).key(), pb::VERDICT_AGENCY, "agencies/finance");
  *request.add_decisions() = Decision(parsed.doubts(1).key(), pb::VERDICT_ACCEPTED);
  request.mutable_decisions(0)->set_actor("spiffe://duban.test/operator/forged");
  ASSERT_OK_AND_ASSIGN(const auto import, Call(&Stub::ImportPlan, request));
  EXPECT_THAT(import.doubts(), IsEmpty());
  EXPECT_THAT(Pairs(import)["2"], ElementsAre("education", "finance"));
  for (const pb::Finding& finding : import.findings()) EXPECT_FALSE(finding.doubt());
  ASSERT_OK_AND_ASSIGN(const auto source, Named(&Stub::GetPlanSource, "plans/p/source"));
  ASSERT_THAT(source.decisions(), SizeIs(2));
  EXPECT_EQ(source.decisions(0).decided_by(), "张三");
  EXPECT_EQ(source.decisions(0).actor(), "spiffe://duban.test/operator/tester");
  EXPECT_TRUE(source.decisions(0).has_record_time());
  // Again, with the decisions or without: nothing new.
  ASSERT_OK_AND_ASSIGN(const auto again, Call(&Stub::ImportPlan, request));
  EXPECT_EQ(again.revision(), import.revision());
  ASSERT_OK_AND_ASSIGN(const auto without, Import());
  EXPECT_EQ(without.revision(), import.revision());
  EXPECT_THAT(without.doubts(), IsEmpty());
  // A later edition asks nothing that was decided.
  ASSERT_OK_AND_ASSIGN(const auto later,
                       Preview("p", absl::StrReplaceAll(kText, {{"也要做好", "也要办好"}})));
  EXPECT_THAT(later.doubts(), IsEmpty());
  EXPECT_EQ(ChangesOf(later.difference().tasks(1)), Changes{pb::TASK_CHANGE_TEXT});
}

TEST_F(TaskServerTest, ALaterDecisionIsAnEditionOfTheSameText) {
  ASSERT_OK_AND_ASSIGN(const auto first, Import());
  pb::ImportPlanRequest request = ImportOf("p", kText);
  *request.add_decisions() = Decision(first.doubts(0).key(), pb::VERDICT_ACCEPTED);
  *request.add_decisions() = Decision(first.doubts(0).key(), pb::VERDICT_NOT_A_TASK);
  EXPECT_THAT(Call(&Stub::ImportPlan, request), StatusIs(Code::kAlreadyExists, "PLAN_EXISTS"));
  request.set_validate_only(true);
  ASSERT_OK_AND_ASSIGN(const auto shown, Call(&Stub::ImportPlan, request));
  ASSERT_THAT(shown.difference().tasks(), SizeIs(3));
  EXPECT_EQ(ChangesOf(shown.difference().tasks(2)), Changes{pb::TASK_CHANGE_DROPPED});
  request.set_validate_only(false);
  request.set_difference_etag(shown.difference().etag());
  ASSERT_OK_AND_ASSIGN(const auto applied, Call(&Stub::ImportPlan, request));
  EXPECT_EQ(applied.plan().edition(), 2);
  EXPECT_EQ(applied.tasks(2).name(), first.tasks(1).name());
  EXPECT_EQ(applied.tasks(2).state(), pb::TASK_STATE_CANCELLED);
  // Only the last word on a doubt counts, so the same request is nothing new.
  ASSERT_OK_AND_ASSIGN(const auto again, Call(&Stub::ImportPlan, request));
  EXPECT_EQ(again.revision(), applied.revision());
}

TEST_F(TaskServerTest, AResolvedUnitIsNotAskedAgain) {
  ASSERT_OK_AND_ASSIGN(const auto first, Import());
  ASSERT_THAT(first.doubts(), SizeIs(2));
  for (const pb::UnresolvedUnit& unit : first.unresolved_units()) {
    EXPECT_EQ(unit.doubtful(), unit.task() == first.tasks(2).name()) << unit.text();
    if (!unit.collective()) {
      ASSERT_THAT(Resolve(unit.name(), "agencies/finance"), IsOk());
    }
  }
  ASSERT_OK_AND_ASSIGN(const auto again, Import());
  EXPECT_THAT(again.doubts(), IsEmpty());
  for (const pb::Finding& finding : again.findings()) EXPECT_FALSE(finding.doubt());
  ASSERT_OK_AND_ASSIGN(const auto later,
                       Preview("p", absl::StrReplaceAll(kText, {{"也要做好", "也要办好"}})));
  EXPECT_THAT(later.doubts(), IsEmpty());
  // Of a plan that settled nothing it is asked.
  ASSERT_OK_AND_ASSIGN(const auto other, Preview("q", kText));
  EXPECT_THAT(other.doubts(), SizeIs(2));
}

TEST_F(TaskServerTest, APersonSaysWhichTaskARewrittenOneIs) {
  ASSERT_OK_AND_ASSIGN(const auto first, Import());
  ASSERT_THAT(Named(&Stub::IssuePlan, "plans/p"), IsOk());
  const std::string text =
      absl::StrReplaceAll(kText, {{"2.做好乙事。也要做好。", "2.另起炉灶。从头开始。"}});
  ASSERT_OK_AND_ASSIGN(const auto shown, Preview("p", text));
  EXPECT_EQ(ChangesOf(shown.difference().tasks(1)), Changes{pb::TASK_CHANGE_NEW});
  pb::ImportPlanRequest request = ImportOf("p", text);
  pb::ReviewDecision& decision = *request.add_decisions();
  decision = Decision(shown.difference().tasks(1).key(), pb::VERDICT_SAME_TASK);
  decision.set_task(first.tasks(1).name());
  request.set_validate_only(true);
  ASSERT_OK_AND_ASSIGN(const auto paired, Call(&Stub::ImportPlan, request));
  EXPECT_EQ(ChangesOf(paired.difference().tasks(1)), Changes{pb::TASK_CHANGE_TEXT});
  EXPECT_EQ(paired.difference().tasks(1).paired_by(), "张三");
  EXPECT_NE(paired.difference().etag(), shown.difference().etag());
  request.set_validate_only(false);
  request.set_difference_etag(shown.difference().etag());
  EXPECT_THAT(Call(&Stub::ImportPlan, request), StatusIs(Code::kAborted, "CHANGED_SINCE"));
  request.set_difference_etag(paired.difference().etag());
  ASSERT_OK_AND_ASSIGN(const auto applied, Call(&Stub::ImportPlan, request));
  EXPECT_EQ(applied.tasks(1).name(), first.tasks(1).name());
  EXPECT_EQ(applied.tasks(1).state(), pb::TASK_STATE_ISSUED);
  ASSERT_OK_AND_ASSIGN(const auto again, Call(&Stub::ImportPlan, request));
  EXPECT_EQ(again.revision(), applied.revision());
  ASSERT_OK_AND_ASSIGN(const auto source, Named(&Stub::GetPlanSource, "plans/p/source"));
  ASSERT_THAT(source.decisions(), SizeIs(1));
  EXPECT_EQ(source.decisions(0).task(), first.tasks(1).name());
  EXPECT_EQ(source.decisions(0).decided_by(), "张三");
  EXPECT_EQ(source.decisions(0).actor(), "spiffe://duban.test/operator/tester");
  EXPECT_TRUE(source.decisions(0).has_record_time());
  // What was said of one edition does not bind the next: there the words say which task is which.
  ASSERT_OK_AND_ASSIGN(const auto third, Apply("p", kText));
  EXPECT_EQ(ChangesOf(third.difference().tasks(1)), Changes{pb::TASK_CHANGE_NEW});
}

TEST_F(TaskServerTest, SaysWhichDecisionIsAtFault) {
  pb::ImportPlanRequest request = ImportOf("p", kText);
  pb::ReviewDecision& decision = *request.add_decisions();
  const auto field = [&] {
    const absl::Status status = Call(&Stub::ImportPlan, request).status();
    EXPECT_THAT(status, StatusIs(Code::kInvalidArgument, "INVALID_DECISION"));
    return ErrorMetadata(status)["field"];
  };
  EXPECT_EQ(field(), "decisions[0].key");
  decision = Decision("k", pb::VERDICT_ACCEPTED);
  decision.clear_decided_by();
  EXPECT_EQ(field(), "decisions[0].decided_by");
  decision = Decision("k", pb::VERDICT_ACCEPTED);
  decision.clear_decide_time();
  EXPECT_EQ(field(), "decisions[0].decide_time");
  decision = Decision("k", pb::VERDICT_UNSPECIFIED);
  EXPECT_EQ(field(), "decisions[0].verdict");
  decision = Decision("k", static_cast<pb::Verdict>(99));
  EXPECT_EQ(field(), "decisions[0].verdict");
  decision = Decision("k", pb::VERDICT_AGENCY, "finance");
  EXPECT_EQ(field(), "decisions[0].agency");
  decision = Decision("k", pb::VERDICT_ACCEPTED, "agencies/finance");
  EXPECT_EQ(field(), "decisions[0].agency");
  decision = Decision("k", pb::VERDICT_SAME_TASK);
  EXPECT_EQ(field(), "decisions[0].task");
  decision.set_task("plans/q/tasks/t-a");
  EXPECT_EQ(field(), "decisions[0].task");
  decision = Decision("k", pb::VERDICT_ACCEPTED);
  decision.set_task("plans/p/tasks/t-a");
  EXPECT_EQ(field(), "decisions[0].task");
  decision = Decision("k", pb::VERDICT_SAME_TASK);
  decision.set_task("plans/p/tasks/t-a");
  EXPECT_THAT(Call(&Stub::ImportPlan, request), StatusIs(Code::kNotFound, "TASK_NOT_FOUND"));
  decision = Decision("k", pb::VERDICT_ACCEPTED);
  decision.set_text("a\u202e");
  EXPECT_EQ(field(), "decisions[0].text");
  decision = Decision("k", pb::VERDICT_AGENCY, "agencies/nobody");
  EXPECT_THAT(Call(&Stub::ImportPlan, request), StatusIs(Code::kNotFound, "AGENCY_NOT_FOUND"));
  decision = Decision("k", pb::VERDICT_ACCEPTED);
  for (int i = 0; i < kMaxDecisions; ++i) *request.add_decisions() = decision;
  EXPECT_EQ(field(), "decisions");
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
  pb::ParsePlanRequest parse;
  parse.set_content(kText);
  EXPECT_THAT(Call(&Stub::ParsePlan, parse), StatusIs(Code::kUnavailable, "REGISTER_NOT_READY"));
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

TEST_F(TaskServerTest, AnIndicatorOfAnIssuedTaskKeepsItsScale) {
  ASSERT_OK_AND_ASSIGN(const auto import, Import());
  pb::UpdateBreakdownRequest request;
  request.set_name(import.tasks(0).name());
  pb::Indicator& indicator = *request.add_indicators();
  indicator.set_id("value");
  indicator.set_title("交易额");
  indicator.set_scale(2);
  ASSERT_THAT(Call(&Stub::UpdateBreakdown, request), IsOk());
  ASSERT_THAT(Named(&Stub::IssueTask, request.name()), IsOk());
  request.set_reason("更正");
  EXPECT_THAT(Call(&Stub::UpdateBreakdown, request), IsOk());
  indicator.set_scale(0);
  EXPECT_THAT(Call(&Stub::UpdateBreakdown, request),
              StatusIs(Code::kInvalidArgument, "INVALID_BREAKDOWN"));
  indicator.set_scale(2);
  indicator.set_rollup(pb::ROLLUP_RATIO);
  EXPECT_THAT(Call(&Stub::UpdateBreakdown, request),
              StatusIs(Code::kInvalidArgument, "INVALID_BREAKDOWN"));
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
