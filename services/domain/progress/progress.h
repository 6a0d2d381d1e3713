#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

// The roll-up: what assignments report becomes one figure for a task, a plan, an agency.
//
// Every value is an integer in units of 10⁻⁹, 0 to kOne; sums run in 128 bits and each level is
// rounded once, half to even. So a figure does not depend on the order of its inputs, grows when an
// input grows, and stays between its least and its greatest input. Pure: no clock, no I/O, never
// fails. Rules: README.md of this folder.
namespace duban::progress {

// Version of the rules below; figures are compared field by field within one version.
inline constexpr int32_t kRulesVersion = 2;

inline constexpr int64_t kOne = 1'000'000'000;  // all done
inline constexpr int32_t kMaxBasisPoints = 10'000;
inline constexpr int32_t kMaxWeight = 10'000;

// 0 to 10,000, rounded half to even: what is shown.
int32_t ToBasisPoints(int64_t value);

// A weight as definitions give it: 0 (not given) is 1; more than kMaxWeight is kMaxWeight, less
// than 0 is 1.
int32_t WeightOrDefault(int32_t weight);

// A dated deliverable that an assignment should deliver.
struct Milestone {
  int32_t weight = 1;  // 1 to 10,000; when all are 0 they weigh the same
  bool done = false;
};

// An indicator with a target that an assignment should report; values at the definition's scale.
struct Indicator {
  int64_t baseline = 0;
  int64_t target = 0;
  std::optional<int64_t> actual;  // nullopt: not reported, nothing achieved
  bool less_is_better = false;    // where the target is the baseline; else these two say it
};

// What is known of one assignment.
struct Assignment {
  std::vector<Milestone> milestones;
  std::vector<Indicator> indicators;
  int32_t percent_bp = 0;  // of the last report, 0 to 10,000
};

// (actual − baseline) / (target − baseline), bounded to 0–1. A target below the baseline counts
// downwards. Where the target is the baseline there is no way to go: 1 while the actual is at the
// target or better, else 0.
int64_t AchievedShare(const Indicator& indicator);

// By milestones where it has them, else by indicators, else the percentage.
int64_t AssignmentValue(const Assignment& assignment);

// One input of a level.
struct Child {
  std::string name;    // resource name; used when excluded
  int64_t value = 0;   // 0 to kOne
  int32_t weight = 1;  // 0 to 10,000
  bool has_data = false;
  bool excluded = false;  // cancelled: listed, not counted
  absl::Time oldest_input = absl::InfiniteFuture();
};

// A level: the weighted mean of its children. Children without data count as 0; a level without
// children is 0.
struct Figure {
  int64_t value = 0;
  int32_t with_data = 0;  // children with data
  int32_t total = 0;      // children, excluded ones left out
  absl::Time oldest_input = absl::InfiniteFuture();
  std::vector<std::string> excluded;  // names, sorted
  friend bool operator==(const Figure&, const Figure&) = default;
};
Figure RollUp(absl::Span<const Child> children);

// The figure of a level as an input of the level above.
Child AsChild(std::string name, const Figure& figure, int32_t weight);

// How the values of one indicator from several agencies become one.
enum class Rollup { kSum, kLast, kMean, kRatio };

inline constexpr int kMaxScale = 6;  // decimals of an indicator's values

struct Reading {
  int64_t value = 0;        // at the indicator's scale; of a ratio the numerator
  int64_t denominator = 0;  // of a ratio, above 0
  absl::Time time;          // when the hub received it
};

// The value of one reading or of several, at the indicator's scale (0 to kMaxScale decimals).
// nullopt without readings, and for a ratio without a denominator. What leaves 64 bits stops at
// their end; mean and ratio are rounded half to even; of two last readings at the same moment the
// greater counts.
std::optional<int64_t> RollUpIndicator(Rollup rule, int scale, absl::Span<const Reading> readings);

}  // namespace duban::progress
