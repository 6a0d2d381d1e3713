#include "services/domain/plantext/plantext.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/common/base/status.h"
#include "services/domain/plantext/testing/damage.h"
#include "services/domain/plantext/testing/fixtures.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReadFile;
using testing::Rules;
using testing::Summary;
using testing::ToGb18030;

const char kSmall[] =
    "某市建设方案\n一、重点任务\n1.做好甲事。要做好。（责任单位：市科委、市财政局）\n"
    "2.做好乙事。也要做好。（责任单位：市教委）\n";

std::string ReasonOf(absl::string_view text) { return ErrorReason(Parse(text).status()); }

std::vector<Finding> Slips(const ParsedPlan& plan) {
  std::vector<Finding> slips;
  for (const Finding& finding : plan.findings) {
    if (finding.rule == "repair.byte-slip") slips.push_back(finding);
  }
  return slips;
}

std::string CleanPlan() { return ReadFile("deploy/plan/xuhui.txt"); }
std::string DamagedPlan() { return ReadFile("deploy/plan/xuhui-damaged.txt"); }

TEST(PlanTextTest, ReadsTheWholePlan) {
  const absl::StatusOr<ParsedPlan> plan = Parse(CleanPlan());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->title, "上海自贸试验区徐汇联动创新区建设方案");
  EXPECT_EQ(plan->encoding, "UTF-8");
  EXPECT_THAT(plan->positioning, HasSubstr("新质生产力"));
  ASSERT_EQ(plan->areas.size(), 5u);
  EXPECT_EQ(plan->areas[2].name, "漕开发及拓展区域");
  EXPECT_EQ(plan->total_area_milli_km2, 45'000);
  ASSERT_EQ(plan->tasks.size(), 18u);
  EXPECT_EQ(plan->tasks[0].section, "三、重点任务");
  EXPECT_EQ(plan->tasks[15].number, "16");
  EXPECT_EQ(plan->tasks[15].title, "深化跨境资金池试点");
  size_t pairs = 0;
  std::set<std::string> units;
  for (const ParsedTask& task : plan->tasks) {
    pairs += task.units.size();
    for (const Unit& unit : task.units) units.emplace(unit.name);
  }
  EXPECT_EQ(pairs, 42u);
  EXPECT_EQ(units.size(), 18u);
  EXPECT_TRUE(plan->findings.empty()) << Rules(*plan);
}

TEST(PlanTextTest, NobodyLeadsUnlessTheTextSaysSo) {
  const absl::StatusOr<ParsedPlan> plan = Parse(kSmall);
  ASSERT_TRUE(plan.ok());
  const Unit& first = plan->tasks[0].units[0];
  EXPECT_EQ(first.role, Role::kResponsible);
  EXPECT_TRUE(first.lead_hint);
  EXPECT_FALSE(first.lead_explicit);
  EXPECT_FALSE(plan->tasks[0].units[1].lead_hint);
}

TEST(PlanTextTest, DamagedCopyGivesTheSamePlan) {
  const absl::StatusOr<ParsedPlan> clean = Parse(CleanPlan());
  const absl::StatusOr<ParsedPlan> damaged = Parse(DamagedPlan());
  ASSERT_TRUE(clean.ok());
  ASSERT_TRUE(damaged.ok()) << damaged.status();
  EXPECT_EQ(Summary(*damaged), Summary(*clean));
  EXPECT_EQ(damaged->title, clean->title);
  EXPECT_EQ(damaged->total_area_milli_km2, clean->total_area_milli_km2);
}

TEST(PlanTextTest, ReportsEveryRepairOfTheDamagedCopy) {
  const absl::StatusOr<ParsedPlan> plan = Parse(DamagedPlan());
  ASSERT_TRUE(plan.ok());
  std::vector<std::string> repairs;
  for (const Finding& slip : Slips(*plan))
    repairs.push_back(absl::StrCat(slip.line, " ", slip.after));
  EXPECT_THAT(repairs, ElementsAre("8 海科學", "19 海總部", "22 海總部、國家外匯", "23 海總部"));
  EXPECT_EQ(Rules(*plan),
            "normalise.pinyin normalise.punctuation normalise.simplified repair.byte-slip");
}

TEST(PlanTextTest, RegisterDoesNotChangeWhatTheTextProves) {
  const absl::StatusOr<ParsedPlan> without = Parse(DamagedPlan());
  ASSERT_TRUE(without.ok());
  std::vector<RegisterName> names;
  for (const ParsedTask& task : without->tasks) {
    for (const Unit& unit : task.units) names.push_back({std::string(unit.name), std::string(unit.name)});
  }
  const absl::StatusOr<ParsedPlan> with = Parse(DamagedPlan(), {.names = names});
  ASSERT_TRUE(with.ok());
  EXPECT_EQ(Summary(*with), Summary(*without));
  ASSERT_EQ(Slips(*with).size(), 4u);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(Slips(*with)[i].after, Slips(*without)[i].after);
}

TEST(PlanTextTest, RegisterNamesRepairWhatTheTextAloneCannot) {
  // The name stands nowhere else: neither the text nor frequent words explain it.
  testing::DamageOptions options;
  options.slips = {{"市科委", 1, 2}};
  const std::string text =
      testing::Damage("某市方案\n1.做好甲事。要做好。（责任单位：市科委、市财政局）\n", options);
  const absl::StatusOr<ParsedPlan> without = Parse(text);
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_NE(without->tasks[0].units[0].name, "市科委");
  EXPECT_FALSE(without->findings.empty());
  const std::vector<RegisterName> names = {{"kw", "市科委"}};
  const absl::StatusOr<ParsedPlan> with = Parse(text, {.names = names});
  ASSERT_TRUE(with.ok());
  EXPECT_EQ(with->tasks[0].units[0].name, "市科委");
  EXPECT_EQ(Slips(*with).size(), 1u);
}

TEST(PlanTextTest, AgreesAcrossEncodings) {
  const absl::StatusOr<ParsedPlan> utf8 = Parse(CleanPlan());
  const absl::StatusOr<ParsedPlan> bom = Parse(absl::StrCat("\xEF\xBB\xBF", CleanPlan()));
  const absl::StatusOr<ParsedPlan> gb = Parse(ToGb18030(CleanPlan()));
  const absl::StatusOr<ParsedPlan> dos = Parse(absl::StrReplaceAll(CleanPlan(), {{"\n", "\r\n"}}));
  ASSERT_TRUE(bom.ok());
  ASSERT_TRUE(gb.ok()) << gb.status();
  ASSERT_TRUE(dos.ok());
  EXPECT_EQ(gb->encoding, "GB18030");
  EXPECT_EQ(Summary(*bom), Summary(*utf8));
  EXPECT_EQ(Summary(*gb), Summary(*utf8));
  EXPECT_EQ(Summary(*dos), Summary(*utf8));
  EXPECT_EQ(bom->tasks[3].range, utf8->tasks[3].range);
  EXPECT_EQ(gb->tasks[3].range, utf8->tasks[3].range);
  EXPECT_EQ(dos->tasks[3].range.begin, utf8->tasks[3].range.begin + 9);  // nine lines above
}

TEST(PlanTextTest, RangesAreCodePointsOfTheOriginal) {
  for (const std::string& text : {CleanPlan(), DamagedPlan(), absl::StrCat("𠀀", kSmall)}) {
    const absl::StatusOr<ParsedPlan> plan = Parse(text);
    ASSERT_TRUE(plan.ok());
    std::u32string points;
    for (const char16_t c : ToUtf16(text)) {
      if (c < 0xDC00 || c > 0xDFFF) points.push_back(c);
    }
    for (const ParsedTask& task : plan->tasks) {
      const std::u32string number(task.number.begin(), task.number.end());
      const std::u32string at = points.substr(task.range.begin, number.size());
      EXPECT_EQ(at, number);
      const char32_t last = points[task.range.end - 1];
      EXPECT_TRUE(last == U'）' || last == U')') << task.number;
    }
  }
}

TEST(PlanTextTest, RefusesWhatIsNoPlan) {
  EXPECT_EQ(ReasonOf(""), "EMPTY_TEXT");
  EXPECT_EQ(ReasonOf(" \n\t\xE3\x80\x80\n"), "EMPTY_TEXT");
  EXPECT_EQ(ReasonOf("\xEF\xBB\xBF"), "EMPTY_TEXT");
  EXPECT_EQ(ReasonOf(absl::string_view("plan\0text", 9)), "BINARY_TEXT");
  EXPECT_EQ(ReasonOf("%PDF-1.7 ..."), "BINARY_TEXT");
  EXPECT_EQ(ReasonOf("今天天气很好。"), "NO_TASKS");
  EXPECT_EQ(ReasonOf(absl::StrCat(kSmall, "\xFF", kSmall)), "INVALID_ENCODING");
  EXPECT_EQ(ErrorReason(Parse(kSmall, {.max_bytes = 10}).status()), "TEXT_TOO_LARGE");
  EXPECT_EQ(Parse("").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PlanTextTest, NamesThePlaceOfABadByte) {
  const absl::Status status = Parse(absl::StrCat(kSmall, "\xFF", "尾")).status();
  EXPECT_EQ(ErrorMetadata(status)["byte_offset"], absl::StrCat(sizeof(kSmall) - 1));
  EXPECT_EQ(ErrorMetadata(status)["line"], "5");
}

TEST(PlanTextTest, CutOffTextKeepsWhatIsThereAndSaysSo) {
  const std::string whole = CleanPlan();
  for (const size_t more : {4u, 5u}) {  // inside the second character
    const absl::StatusOr<ParsedPlan> plan =
        Parse(absl::string_view(whole).substr(0, whole.find("（责任单位：市教委）") + more));
    ASSERT_TRUE(plan.ok()) << plan.status();
    EXPECT_THAT(Rules(*plan), HasSubstr("decode.cut-off"));
  }
  const size_t inside = whole.rfind("市教委");
  const absl::StatusOr<ParsedPlan> plan = Parse(absl::string_view(whole).substr(0, inside + 6));
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(Rules(*plan), HasSubstr("units.unclosed-label"));
  EXPECT_EQ(plan->tasks.back().units[0].name, "市教委");  // the name stands whole elsewhere
}

TEST(PlanTextTest, EveryPrefixIsReadOrRefused) {
  const std::string text = DamagedPlan();
  for (size_t n = 0; n < text.size(); n += 97) {
    const absl::StatusOr<ParsedPlan> plan = Parse(absl::string_view(text).substr(0, n));
    if (!plan.ok()) {
      EXPECT_FALSE(ErrorReason(plan.status()).empty()) << plan.status();
    }
  }
}

TEST(DamageTest, CommittedCopyIsWhatTheGeneratorMakes) {
  EXPECT_EQ(DamagedPlan(), testing::Damage(CleanPlan(), testing::XuhuiDamage()));
}

TEST(DamageTest, SeedDecides) {
  testing::DamageOptions a = testing::XuhuiDamage();
  testing::DamageOptions b = a;
  b.seed += 1;
  EXPECT_EQ(testing::Damage(CleanPlan(), a), testing::Damage(CleanPlan(), a));
  EXPECT_NE(testing::Damage(CleanPlan(), a), testing::Damage(CleanPlan(), b));
}

TEST(ResolveTest, LinksOnlyEqualNames) {
  const std::vector<RegisterName> names = {{"kw", "市科委"},
                                           {"kw", "上海市科学技术委员会"},
                                           {"jw", "市教委"},
                                           {"a", "同名局"},
                                           {"b", "同名局"}};
  EXPECT_EQ(Resolve("市科委", names).agency_id, "kw");
  EXPECT_EQ(Resolve(" 市 科 委", names).agency_id, "kw");
  EXPECT_EQ(Resolve("上海市科學技術委員會", names).agency_id, "kw");
  const Resolution near = Resolve("上海市科学技术委", names);
  EXPECT_EQ(near.agency_id, "");
  ASSERT_FALSE(near.proposals.empty());
  EXPECT_EQ(near.proposals[0].agency_id, "kw");
  EXPECT_GT(near.proposals[0].score, 800);
  const Resolution shared = Resolve("同名局", names);
  EXPECT_EQ(shared.agency_id, "");
  EXPECT_EQ(shared.proposals.size(), 2u);
  const Resolution none = Resolve("海关总署", names);
  EXPECT_TRUE(none.agency_id.empty() && none.proposals.empty() && !none.collective);
  EXPECT_TRUE(Resolve("各有关部门", names).collective);
  EXPECT_TRUE(Resolve("、", names).proposals.empty());
}

TEST(ResolveTest, FoldsWidthCaseScriptAndMarks) {
  EXPECT_EQ(FoldName("ＣＩＯ Council"), "ciocouncil");
  EXPECT_EQ(FoldName("各市、縣（市、區）政府"), FoldName("各市县(市、区)政府"));
  EXPECT_EQ(FoldName("、。"), "");
  EXPECT_NE(FoldName("市�委"), FoldName("市委"));
}

}  // namespace
}  // namespace duban::plantext
