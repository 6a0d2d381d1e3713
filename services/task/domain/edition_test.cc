#include "services/task/domain/edition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"

namespace duban::task {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

const char* const kWords[] = {"推进", "建设", "优化", "开展", "医疗", "金融", "港口",
                              "数据", "人才", "绿色", "试点", "平台", "企业", "教育",
                              "交通", "食品", "林业", "水务", "能源", "税收", "口岸",
                              "市场", "文化", "旅游", "科研", "法治"};

std::string Words(std::mt19937& random, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) absl::StrAppend(&text, kWords[random() % std::size(kWords)]);
  return text;
}

// Tasks of random words, under three headings, numbered within each.
std::vector<TaskText> RandomPlan(std::mt19937& random, int count) {
  std::vector<TaskText> plan;
  for (int i = 0; i < count; ++i) {
    plan.push_back({.number = absl::StrCat(i % 7 + 1),
                    .title = Words(random, 6),
                    .section = absl::StrCat("第", i / 7, "部分"),
                    .body = Words(random, 30)});
  }
  return plan;
}

std::vector<int> Identity(size_t size) {
  std::vector<int> identity(size);
  std::iota(identity.begin(), identity.end(), 0);
  return identity;
}

class MatchProperties : public ::testing::TestWithParam<int> {
 protected:
  std::mt19937 random_{static_cast<uint32_t>(GetParam())};
  const std::vector<TaskText> plan_ = RandomPlan(random_, 20);
};

TEST_P(MatchProperties, TheSameTextMatchesItselfInOrder) {
  const std::vector<int> match = MatchTasks(plan_, plan_);
  EXPECT_EQ(match, Identity(plan_.size()));
  EXPECT_THAT(OutOfOrder(match), Each(false));
}

TEST_P(MatchProperties, AnotherOrderIsFoundAgain) {
  std::vector<int> order = Identity(plan_.size());
  std::shuffle(order.begin(), order.end(), random_);
  std::vector<TaskText> now;
  for (const int i : order) now.push_back(plan_[i]);
  EXPECT_EQ(MatchTasks(plan_, now), order);
}

TEST_P(MatchProperties, OtherNumbersAndHeadingsAreTheSameTasks) {
  std::vector<TaskText> now = plan_;
  for (size_t i = 0; i < now.size(); ++i) {
    now[i].number = absl::StrCat(i + 100);
    now[i].section = "另一部分";
  }
  EXPECT_EQ(MatchTasks(plan_, now), Identity(plan_.size()));
}

TEST_P(MatchProperties, EditedWordsAreTheSameTasks) {
  std::vector<TaskText> now = plan_;
  for (TaskText& task : now) {
    task.title.replace(6 * (random_() % 6), 6, Words(random_, 1));
    for (int i = 0; i < 4; ++i) task.body.replace(6 * (random_() % 30), 6, Words(random_, 1));
  }
  EXPECT_EQ(MatchTasks(plan_, now), Identity(plan_.size()));
}

TEST_P(MatchProperties, NewAndDroppedTasksDoNotConfuseTheOthers) {
  std::vector<TaskText> now;
  std::vector<int> expected;
  for (size_t i = 0; i < plan_.size(); ++i) {
    if (random_() % 4 == 0) continue;
    if (random_() % 4 == 0) {
      now.push_back({.number = "9", .title = "从未有过之事", .body = "别处没有这样的句子。"});
      now.back().title += absl::StrCat(i);
      expected.push_back(-1);
    }
    now.push_back(plan_[i]);
    expected.push_back(static_cast<int>(i));
  }
  const std::vector<int> match = MatchTasks(plan_, now);
  EXPECT_EQ(match, expected);
  EXPECT_THAT(OutOfOrder(match), Each(false));
}

TEST_P(MatchProperties, IsOneToOneAndAlwaysTheSame) {
  std::vector<TaskText> now = RandomPlan(random_, 25);
  for (size_t i = 0; i < now.size(); ++i) {
    if (random_() % 2 == 0) now[i] = plan_[random_() % plan_.size()];
    if (random_() % 3 == 0) now[i].body = Words(random_, 5);
  }
  const std::vector<int> match = MatchTasks(plan_, now);
  EXPECT_EQ(MatchTasks(plan_, now), match);
  std::set<int> seen;
  for (const int before : match) {
    if (before < 0) continue;
    EXPECT_TRUE(seen.insert(before).second) << before;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, MatchProperties, ::testing::Range(1, 41));

TEST(MatchTasksTest, AnotherTextUnderTheSameNumberIsAnotherTask) {
  EXPECT_THAT(MatchTasks({{.number = "1", .title = "建设港口", .section = "一"}},
                         {{.number = "1", .title = "培养人才", .section = "一"}}),
              ElementsAre(-1));
}

TEST(MatchTasksTest, ShortTitlesOfOtherThingsAreNotAlike) {
  EXPECT_THAT(MatchTasks({{.number = "1", .title = "做好甲事", .section = "一"}},
                         {{.number = "1", .title = "做好乙事", .section = "一"}}),
              ElementsAre(-1));
}

TEST(MatchTasksTest, EqualTitlesUnderSeveralHeadingsStayUnderTheirs) {
  const std::vector<TaskText> before = {{.title = "加强领导", .section = "一", .body = "甲"},
                                        {.title = "加强领导", .section = "二", .body = "乙"}};
  const std::vector<TaskText> now = {{.title = "加强领导", .section = "二", .body = "丙"},
                                     {.title = "加强领导", .section = "一", .body = "丁"}};
  EXPECT_THAT(MatchTasks(before, now), ElementsAre(1, 0));
}

TEST(MatchTasksTest, WritingWidthAndBlanksDoNotMatter) {
  EXPECT_THAT(MatchTasks({{.title = "建设 ５ 个港口。"}}, {{.title = "建設5個港口"}}),
              ElementsAre(0));
}

TEST(MatchTasksTest, TasksBelowAnotherAreToldApartByIt) {
  const std::vector<TaskText> before = {{.title = "港口"},
                                        {.title = "细则", .parent = 0},
                                        {.title = "机场"},
                                        {.title = "细则", .parent = 2}};
  const std::vector<TaskText> now = {{.title = "机场"},
                                     {.title = "细则", .parent = 0},
                                     {.title = "港口"},
                                     {.title = "细则", .parent = 2}};
  EXPECT_THAT(MatchTasks(before, now), ElementsAre(2, 3, 0, 1));
}

TEST(MatchTasksTest, WhatHasNoTextIsKnownByPlaceAndNumberAlone) {
  EXPECT_THAT(MatchTasks({{.number = "1"}, {.number = "2"}}, {{.number = "2"}, {.number = "3"}}),
              ElementsAre(1, -1));
  EXPECT_TRUE(MatchTasks({}, {}).empty());
}

TEST(MatchTasksTest, WhatAPersonSaysComesFirst) {
  const std::vector<TaskText> before = {{.title = "建设港口"}, {.title = "培养人才"}};
  const std::vector<TaskText> now = {{.title = "建设港口"}, {.title = "别开生面"}};
  EXPECT_THAT(MatchTasks(before, now), ElementsAre(0, -1));
  EXPECT_THAT(MatchTasks(before, now, {{.before = 1, .now = 1}}), ElementsAre(0, 1));
  EXPECT_THAT(MatchTasks(before, now, {{.before = 0, .now = 1}}), ElementsAre(-1, 0));
}

TEST(TaskKeysTest, AreMadeOfTheWordsAndAllDifferent) {
  const std::string longest(400, 'x');
  const std::vector<TaskText> tasks = {
      {.number = "1", .title = "建设港口", .body = "甲"},
      {.number = "1", .title = "建设港口", .body = "乙"},
      {.number = "1", .title = "建设港口", .body = "乙"},
      {.number = "1", .title = "建设港口", .section = "二"},
      {.body = "没有题目的任务也要有一个可以说出来的名字，而且不能太长。"},
      {.number = longest, .title = longest},
      {}};
  const std::vector<std::string> keys = TaskKeys(tasks);
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), tasks.size());
  EXPECT_EQ(TaskKeys(tasks), keys);
  EXPECT_THAT(keys[0], ::testing::StartsWith("task|1|建设港口|"));
  EXPECT_EQ(keys[2], keys[1] + "|2");
  EXPECT_EQ(TaskKeys({{.number = "１", .title = "建设 港口。", .body = "甲"}}),
            std::vector<std::string>{keys[0]});
  for (const std::string& key : keys) EXPECT_LE(key.size(), 200u);
}

TEST(OutOfOrderTest, TheFewestTasksMoved) {
  EXPECT_THAT(OutOfOrder({0, 4, 1, 2, -1, 3}),
              ElementsAre(false, true, false, false, false, false));
  EXPECT_THAT(OutOfOrder({3, 5}), ElementsAre(false, false));
}

}  // namespace
}  // namespace duban::task
