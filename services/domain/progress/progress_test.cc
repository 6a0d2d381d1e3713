#include "services/domain/progress/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace duban::progress {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr int kSeeds = 2000;

std::vector<Child> RandomChildren(std::mt19937_64& random) {
  std::vector<Child> children(1 + random() % 20);
  for (Child& child : children) {
    child.value = static_cast<int64_t>(random() % (kOne + 1));
    child.weight = static_cast<int32_t>(random() % (kMaxWeight + 1));
    child.has_data = random() % 4 != 0;
  }
  return children;
}

Child Reported(int64_t value, int32_t weight = 1) {
  return {.value = value, .weight = weight, .has_data = true};
}

TEST(AssignmentValueTest, TakesMilestonesBeforeIndicatorsBeforeThePercentage) {
  Assignment assignment{.percent_bp = 2500};
  EXPECT_EQ(AssignmentValue(assignment), 250'000'000);
  assignment.indicators = {{.baseline = 0, .target = 10, .actual = 5}, {.target = 10}};
  EXPECT_EQ(AssignmentValue(assignment), 250'000'000);
  assignment.milestones = {{.weight = 3, .done = true}, {.weight = 1, .done = false}};
  EXPECT_EQ(AssignmentValue(assignment), 750'000'000);
}

TEST(AssignmentValueTest, WeighsMilestonesTheSameWhenAllWeightsAreZero) {
  EXPECT_EQ(AssignmentValue({.milestones = {{.weight = 0, .done = true}, {.weight = 0}}}),
            kOne / 2);
}

TEST(AssignmentValueTest, BoundsAPercentageOutOfRange) {
  EXPECT_EQ(AssignmentValue({.percent_bp = 10'001}), kOne);
  EXPECT_EQ(AssignmentValue({.percent_bp = -1}), 0);
}

TEST(AchievedShareTest, IsBoundedAndCountsDownwardsWhenLessIsBetter) {
  EXPECT_EQ(AchievedShare({.baseline = 100, .target = 40, .actual = 70}), kOne / 2);
  EXPECT_EQ(AchievedShare({.baseline = 100, .target = 40, .actual = 120}), 0);
  EXPECT_EQ(AchievedShare({.baseline = 0, .target = 3, .actual = 1}), 333'333'333);
  EXPECT_EQ(AchievedShare({.baseline = 0, .target = 3, .actual = 9}), kOne);
}

TEST(AchievedShareTest, IsAllOrNothingWhereTheTargetIsTheBaseline) {
  EXPECT_EQ(AchievedShare({.baseline = 5, .target = 5, .actual = 5}), kOne);
  EXPECT_EQ(AchievedShare({.baseline = 5, .target = 5, .actual = 4}), 0);
  EXPECT_EQ(AchievedShare({.baseline = 5, .target = 5}), 0);
  EXPECT_EQ(AchievedShare({.baseline = 5, .target = 5, .actual = 4, .less_is_better = true}), kOne);
  EXPECT_EQ(AchievedShare({.baseline = 5, .target = 5, .actual = 6, .less_is_better = true}), 0);
}

TEST(AchievedShareTest, HoldsAtTheEndsOfTheRange) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(AchievedShare({.baseline = kMin, .target = kMax, .actual = kMax}), kOne);
  EXPECT_EQ(AchievedShare({.baseline = kMax, .target = kMin, .actual = kMax}), 0);
}

TEST(RollUpTest, CountsMissingDataAsZeroAndSaysSo) {
  const absl::Time early = absl::FromUnixSeconds(10), late = absl::FromUnixSeconds(20);
  const Figure figure =
      RollUp({{.name = "a", .value = kOne, .has_data = true, .oldest_input = late},
              {.name = "b", .value = kOne, .has_data = false},
              {.name = "z", .value = kOne, .has_data = true, .excluded = true},
              {.name = "y", .excluded = true},
              {.name = "c", .value = 0, .has_data = true, .oldest_input = early}});
  EXPECT_EQ(figure.value, 333'333'333);
  EXPECT_EQ(figure.with_data, 2);
  EXPECT_EQ(figure.total, 3);
  EXPECT_EQ(figure.oldest_input, early);
  EXPECT_THAT(figure.excluded, ElementsAre("y", "z"));
}

TEST(RollUpTest, IsZeroWithoutChildren) { EXPECT_EQ(RollUp({}), Figure()); }

TEST(RollUpTest, RoundsHalfToEven) {
  EXPECT_EQ(RollUp({Reported(0), Reported(1)}).value, 0);
  EXPECT_EQ(RollUp({Reported(1), Reported(2)}).value, 2);
  EXPECT_EQ(ToBasisPoints(50'000), 0);
  EXPECT_EQ(ToBasisPoints(150'000), 2);
  EXPECT_EQ(ToBasisPoints(kOne), kMaxBasisPoints);
}

TEST(RollUpTest, WeighsTheSameWhenAllWeightsAreZero) {
  EXPECT_EQ(RollUp({Reported(kOne, 0), Reported(0, 0)}).value, kOne / 2);
}

TEST(RollUpTest, LiesBetweenItsLeastAndItsGreatestChild) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    std::mt19937_64 random(seed);
    const std::vector<Child> children = RandomChildren(random);
    int64_t least = kOne, greatest = 0;
    for (const Child& child : children) {
      const int64_t value = child.has_data ? child.value : 0;
      least = std::min(least, value);
      greatest = std::max(greatest, value);
    }
    const int64_t value = RollUp(children).value;
    ASSERT_GE(value, least) << "seed " << seed;
    ASSERT_LE(value, greatest) << "seed " << seed;
  }
}

TEST(RollUpTest, NeverFallsWhenAChildGrows) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Child> children = RandomChildren(random);
    const int64_t before = RollUp(children).value;
    Child& child = children[random() % children.size()];
    child.has_data = true;
    child.value += static_cast<int64_t>(random() % (kOne - child.value + 1));
    ASSERT_GE(RollUp(children).value, before) << "seed " << seed;
  }
}

TEST(RollUpTest, DoesNotDependOnOrder) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Child> children = RandomChildren(random);
    const Figure before = RollUp(children);
    std::shuffle(children.begin(), children.end(), random);
    ASSERT_EQ(RollUp(children), before) << "seed " << seed;
  }
}

TEST(RollUpTest, DoesNotChangeWhenAChildIsSplit) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Child> children = RandomChildren(random);
    for (Child& child : children) child.weight = std::max(child.weight, 2);
    const int64_t before = RollUp(children).value;
    Child& whole = children[random() % children.size()];
    Child part = whole;
    part.weight = static_cast<int32_t>(1 + random() % (whole.weight - 1));
    whole.weight -= part.weight;
    children.push_back(part);
    ASSERT_NEAR(RollUp(children).value, before, 1) << "seed " << seed;
  }
}

TEST(RollUpTest, CarriesDataThroughTheLevels) {
  const Figure task = RollUp({Reported(kOne), {.value = 0}});
  const Figure plan = RollUp({AsChild("t1", task, 1), AsChild("t2", RollUp({}), 1)});
  EXPECT_EQ(plan.value, kOne / 4);
  EXPECT_EQ(plan.with_data, 1);
  EXPECT_EQ(plan.total, 2);
}

TEST(RollUpTest, AParentIsTheMeanOfItsChildrenAndItsOwnAssignments) {
  const Figure first = RollUp({Reported(kOne), Reported(kOne)});
  const Figure second = RollUp({Reported(0)});
  const Figure parent =
      RollUp({AsChild("t1", first, 1), AsChild("t2", second, 1), Reported(kOne / 2)});
  EXPECT_EQ(parent.value, kOne / 2);
}

TEST(IndicatorTest, RollsUpByItsOwnRule) {
  const absl::Time t = absl::FromUnixSeconds(0);
  const std::vector<Reading> readings = {
      {5, 0, t + absl::Seconds(2)}, {8, 0, t}, {2, 0, t + absl::Seconds(2)}};
  EXPECT_THAT(RollUpIndicator(Rollup::kSum, 0, readings), Optional(15));
  EXPECT_THAT(RollUpIndicator(Rollup::kLast, 0, readings), Optional(5));
  EXPECT_THAT(RollUpIndicator(Rollup::kMean, 0, readings), Optional(5));
  EXPECT_EQ(RollUpIndicator(Rollup::kSum, 0, {}), std::nullopt);
}

TEST(IndicatorTest, ARatioIsThatOfTheSums) {
  EXPECT_THAT(RollUpIndicator(Rollup::kRatio, 2, {{18, 24, {}}, {1, 76, {}}}), Optional(19));
  EXPECT_THAT(RollUpIndicator(Rollup::kRatio, 4, {{2, 3, {}}}), Optional(6667));
  EXPECT_EQ(RollUpIndicator(Rollup::kRatio, 2, {{18, 0, {}}}), std::nullopt);
}

TEST(IndicatorTest, StopsAtTheEndOfTheRange) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(RollUpIndicator(Rollup::kSum, 0, {{kMax, 0, {}}, {kMax, 0, {}}}), Optional(kMax));
  EXPECT_THAT(RollUpIndicator(Rollup::kMean, 0, {{-1, 0, {}}, {-2, 0, {}}}), Optional(-2));
}

}  // namespace
}  // namespace duban::progress
