#include "services/domain/plantext/review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/domain/plantext/excerpt.h"
#include "services/domain/plantext/testing/damage.h"
#include "services/domain/plantext/testing/fixtures.h"

namespace duban::plantext {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Two tasks name 市教委员会 (near), one 市不存在局 (unknown); the third names a damaged unit.
constexpr char kText[] =
    "某市创新区建设方案\n一、重点任务\n"
    "1.做好甲事。要做好。（责任单位：市科委、市教委员会）\n"
    "2.做好乙事。也要做好。（责任单位：市教委员会、市不存在局、各区）\n"
    "3.做好丙事。都要做好。（责任单位：市\xEF\xBF\xBD\xEF\xBF\xBD委）\n";

const std::vector<RegisterName> kNames = {
    {"sci-tech", "市科委"}, {"education", "市教委"}, {"finance", "市财政局"}};

ParsedPlan Read(absl::string_view text, absl::Span<const RegisterName> names = kNames) {
  auto plan = Parse(text, {.names = names});
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *std::move(plan) : ParsedPlan();
}

std::vector<std::string> Texts(const std::vector<Doubt>& doubts) {
  std::vector<std::string> texts;
  for (const Doubt& doubt : doubts) texts.push_back(doubt.text);
  return texts;
}

const Doubt& Named(const std::vector<Doubt>& doubts, absl::string_view text) {
  for (const Doubt& doubt : doubts) {
    if (doubt.text == text) return doubt;
  }
  static const Doubt none;
  ADD_FAILURE() << "no doubt about " << text;
  return none;
}

TEST(ReviewTest, ANameIsAskedOnceForAllItsPlaces) {
  const std::vector<Doubt> doubts = DoubtsOf(Read(kText), kNames);
  const Doubt& near = Named(doubts, "市教委员会");
  EXPECT_EQ(near.rule, kNearRule);
  ASSERT_THAT(near.places, SizeIs(2));
  EXPECT_EQ(near.places[0].task, 0);
  EXPECT_EQ(near.places[1].task, 1);
  EXPECT_FALSE(InOneTask(near));
  EXPECT_EQ(near.proposals.at(0).agency_id, "education");
  const Doubt& unknown = Named(doubts, "市不存在局");
  EXPECT_TRUE(InOneTask(unknown));
  EXPECT_TRUE(unknown.unit);
}

TEST(ReviewTest, AFindingAboutANameAndTheNameAreOneDoubt) {
  const std::vector<Doubt> doubts = DoubtsOf(Read(kText), kNames);
  EXPECT_THAT(doubts, SizeIs(3));
  int about_third = 0;
  for (const Doubt& doubt : doubts) {
    for (const Place& place : doubt.places) about_third += place.task == 2;
  }
  EXPECT_EQ(about_third, 1);
}

TEST(ReviewTest, WithoutARegisterOnlyFindingsAreDoubts) {
  const ParsedPlan plan = Read(kText, {});
  const std::vector<Doubt> doubts = DoubtsOf(plan, {});
  size_t findings = 0;
  for (const Finding& finding : plan.findings) findings += finding.doubt;
  EXPECT_EQ(doubts.size(), findings);
}

TEST(ReviewTest, DecidedDoubtsAreNotAskedAgain) {
  const ParsedPlan plan = Read(kText);
  std::vector<Decision> decisions;
  for (const Doubt& doubt : DoubtsOf(plan, kNames)) {
    decisions.push_back({.key = doubt.key});
    EXPECT_THAT(OpenDoubts(DoubtsOf(plan, kNames), decisions),
                SizeIs(DoubtsOf(plan, kNames).size() - decisions.size()));
    EXPECT_THAT(Settle(plan, kNames, decisions).open,
                SizeIs(DoubtsOf(plan, kNames).size() - decisions.size()));
  }
  EXPECT_THAT(Settle(plan, kNames, decisions).plan.tasks, SizeIs(3));
}

TEST(ReviewTest, ADecidedFindingIsNoDoubtAnyMore) {
  const ParsedPlan plan = Read(kText);
  const auto doubts = [](const ParsedPlan& p) {
    return std::count_if(p.findings.begin(), p.findings.end(),
                         [](const Finding& finding) { return finding.doubt; });
  };
  ASSERT_GT(doubts(plan), 0);
  EXPECT_EQ(doubts(Settle(plan, kNames, {}).plan), doubts(plan));
  std::vector<Decision> decisions;
  for (const Doubt& doubt : DoubtsOf(plan, kNames)) decisions.push_back({.key = doubt.key});
  const Settled settled = Settle(plan, kNames, decisions);
  EXPECT_EQ(doubts(settled.plan), 0);
  EXPECT_EQ(settled.plan.findings.size(), plan.findings.size());
}

TEST(ReviewTest, ARepairedNameIsDecidedForItsPlacesAlone) {
  const std::vector<RegisterName> names = {{"party", "市委"}, {"finance", "市财政局"}};
  const ParsedPlan plan = Read(kText, names);
  ASSERT_EQ(plan.tasks[2].units[0].name, "市科委");  // which task 1 has undamaged
  std::vector<Doubt> doubts = DoubtsOf(plan, names);
  std::erase_if(doubts, [](const Doubt& doubt) { return doubt.places[0].task != 2; });
  ASSERT_THAT(doubts, SizeIs(1));
  EXPECT_THAT(doubts[0].places, SizeIs(1));
  EXPECT_TRUE(doubts[0].unit);
  const Settled settled = Settle(
      plan, names, {{.key = doubts[0].key, .verdict = Verdict::kAgency, .agency_id = "finance"}});
  EXPECT_EQ(settled.ResolveUnit(settled.plan.tasks[2].units[0], names).agency_id, "finance");
  EXPECT_EQ(settled.ResolveUnit(settled.plan.tasks[0].units[0], names).agency_id, "");
}

TEST(ReviewTest, ADamagedNameIsAskedInEachTask) {
  const std::string text =
      absl::StrCat(kText, "4.做好丁事。样样做好。（责任单位：市\xEF\xBF\xBD\xEF\xBF\xBD委）\n");
  const ParsedPlan plan = Read(text);
  ASSERT_EQ(plan.tasks[2].units[0].name, plan.tasks[3].units[0].name);
  std::vector<Doubt> doubts = DoubtsOf(plan, kNames);
  std::erase_if(doubts, [](const Doubt& doubt) { return doubt.places[0].task < 2; });
  ASSERT_THAT(doubts, SizeIs(2));
  const Settled settled =
      Settle(plan, kNames,
             {{.key = doubts[0].key, .verdict = Verdict::kAgency, .agency_id = "education"}});
  EXPECT_EQ(settled.ResolveUnit(settled.plan.tasks[2].units[0], kNames).agency_id, "education");
  EXPECT_EQ(settled.ResolveUnit(settled.plan.tasks[3].units[0], kNames).agency_id, "");
}

TEST(ReviewTest, ADamagedNameIsNotTheNameThatIsLeftOfIt) {
  EXPECT_NE(UnitKey("市\xEF\xBF\xBD\xEF\xBF\xBD委"), UnitKey("市委"));
}

TEST(ReviewTest, AnAgencyThatAPersonNamesHoldsForAllPlaces) {
  const Settled settled =
      Settle(Read(kText), kNames,
             {{.key = UnitKey("市教委员会"), .verdict = Verdict::kAgency, .agency_id = "finance"}});
  EXPECT_EQ(settled.ResolveUnit({.name = "市教委员会"}, kNames).agency_id, "finance");
  EXPECT_EQ(settled.ResolveUnit({.name = "市 教委员会"}, kNames).agency_id, "finance");
  EXPECT_EQ(settled.ResolveUnit({.name = "市科委"}, kNames).agency_id, "sci-tech");
  EXPECT_EQ(settled.ResolveUnit({.name = "市不存在局"}, kNames).agency_id, "");
}

TEST(ReviewTest, WhatIsNoTaskIsLeftOutAndItsDoubtsWithIt) {
  const ParsedPlan plan = Read(kText);
  const std::string key = Named(DoubtsOf(plan, kNames), "市不存在局").key;
  const Settled settled = Settle(plan, kNames, {{.key = key, .verdict = Verdict::kNotATask}});
  ASSERT_THAT(settled.plan.tasks, SizeIs(2));
  EXPECT_EQ(settled.plan.tasks[1].number, "3");
  EXPECT_THAT(Named(settled.open, "市教委员会").places, SizeIs(1));
  EXPECT_EQ(settled.open.back().places[0].task, 1);
}

TEST(ReviewTest, NotATaskSettlesNothingWhereSeveralTasksWouldGo) {
  const Settled settled =
      Settle(Read(kText), kNames, {{.key = UnitKey("市教委员会"), .verdict = Verdict::kNotATask}});
  EXPECT_THAT(settled.plan.tasks, SizeIs(3));
  EXPECT_THAT(Texts(settled.open), ::testing::Contains("市教委员会"));
}

TEST(ReviewTest, ChildrenOfWhatIsNoTaskStandAtTheTop) {
  ParsedPlan plan;
  plan.tasks = {{.number = "1", .range = {0, 100}},
                {.number = "2",
                 .units = {{.name = "市教委", .range = {50, 53}}},
                 .range = {40, 60},
                 .parent = 0}};
  plan.findings = {{.rule = "tasks.no-units", .range = {0, 2}, .before = "1.", .doubt = true}};
  const std::string key = DoubtsOf(plan, {}).at(0).key;
  const Settled settled = Settle(plan, {}, {{.key = key, .verdict = Verdict::kNotATask}});
  ASSERT_THAT(settled.plan.tasks, SizeIs(1));
  EXPECT_EQ(settled.plan.tasks[0].number, "2");
  EXPECT_EQ(settled.plan.tasks[0].parent, -1);
}

TEST(ReviewTest, TheLaterOfTwoDecisionsHolds) {
  const std::string key = UnitKey("市不存在局");
  const Settled settled = Settle(Read(kText), kNames,
                                 {{.key = key, .verdict = Verdict::kAgency, .agency_id = "finance"},
                                  {.key = key, .verdict = Verdict::kAccepted}});
  EXPECT_THAT(settled.agencies, IsEmpty());
}

TEST(ReviewTest, KeysSurviveOtherLinesNumbersAndOffsets) {
  const auto keys = [](absl::string_view text) {
    std::vector<std::string> all;
    for (const Doubt& doubt : DoubtsOf(Read(text), kNames)) all.push_back(doubt.key);
    return all;
  };
  const std::string moved =
      absl::StrReplaceAll(kText, {{"某市", "关于印发方案的通知\n\n某市"},
                                  {"\n1.", "\n\n1.做好零事。要办。（责任单位：市科委）\n2."},
                                  {"\n2.", "\n3."},
                                  {"\n3.做好丙", "\n4.做好丙"}});
  EXPECT_EQ(keys(moved), keys(kText));
}

TEST(ReviewTest, ALongTextHasAShortKeyOfItsOwn) {
  std::string longer;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&longer, "某市某区");
  EXPECT_LT(UnitKey(longer).size(), 220u);
  EXPECT_NE(UnitKey(longer), UnitKey(absl::StrCat(longer, "某")));
}

TEST(ExcerptTest, ShowsTheSpotWithinItsLine) {
  auto original = Original::Decode("第一行\n前面的字市科委后面的字\n第三行");
  ASSERT_TRUE(original.ok());
  const Excerpt excerpt = original->At({8, 11}, 2);
  EXPECT_EQ(excerpt.line, 2);
  EXPECT_EQ(excerpt.before, "的字");
  EXPECT_EQ(excerpt.spot, "市科委");
  EXPECT_EQ(excerpt.after, "后面");
  EXPECT_EQ(original->At({4, 5}, 10).before, "");
  EXPECT_EQ(original->At({900, 901}, 10).line, 3);
}

TEST(ReviewTest, OfADamagedTextEveryDoubtCanBeSettledAndShown) {
  const std::string clean = testing::ReadFile("deploy/plan/xuhui.txt");
  const absl::string_view slipped[] = {"责任单位", "上海总部", "市科委", "市财政局", "徐汇区"};
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    testing::DamageOptions damage{.seed = seed, .pinyin_percent = static_cast<int>(seed % 5) * 10};
    for (uint64_t i = 0; i < seed; ++i) {
      damage.slips.push_back({.word = std::string(slipped[i % 5]), .first = 1, .length = 1});
    }
    const std::string text = testing::Damage(clean, damage);
    const ParsedPlan plan = Read(text);
    const std::vector<Doubt> doubts = DoubtsOf(plan, kNames);
    auto original = Original::Decode(text);
    ASSERT_TRUE(original.ok());
    std::vector<Decision> accepted, no_tasks;
    std::set<std::string> keys;
    for (const Doubt& doubt : doubts) {
      EXPECT_TRUE(keys.insert(doubt.key).second) << doubt.key;
      ASSERT_FALSE(doubt.places.empty()) << doubt.key;
      for (const Place& place : doubt.places) {
        EXPECT_LT(place.task, static_cast<int>(plan.tasks.size()));
        EXPECT_GE(original->At(place.range, 20).line, 1);
      }
      accepted.push_back({.key = doubt.key});
      no_tasks.push_back({.key = doubt.key, .verdict = Verdict::kNotATask});
    }
    const Settled settled = Settle(plan, kNames, accepted);
    EXPECT_THAT(settled.open, IsEmpty());
    EXPECT_EQ(settled.plan.tasks.size(), plan.tasks.size());
    const Settled without = Settle(plan, kNames, no_tasks);
    EXPECT_LE(without.plan.tasks.size(), plan.tasks.size());
    EXPECT_LE(without.open.size(), doubts.size());
  }
}

TEST(ReviewTest, TheProjectsPlanAsksNothing) {
  const ParsedPlan plan = Read(testing::ReadFile("deploy/plan/xuhui.txt"), {});
  EXPECT_THAT(DoubtsOf(plan, {}), IsEmpty());
}

}  // namespace
}  // namespace duban::plantext
