#include "services/domain/progress/progress.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace duban::progress {
namespace {

// `denominator` > 0.
__int128 DivideHalfEven(__int128 numerator, __int128 denominator) {
  __int128 quotient = numerator / denominator;
  __int128 rest = numerator % denominator;
  if (rest < 0) {  // round towards minus infinity first
    rest += denominator;
    --quotient;
  }
  const __int128 twice = rest * 2;
  if (twice > denominator || (twice == denominator && (quotient & 1) != 0)) ++quotient;
  return quotient;
}

int64_t Bounded(__int128 value) {
  return static_cast<int64_t>(std::clamp<__int128>(value, std::numeric_limits<int64_t>::min(),
                                                   std::numeric_limits<int64_t>::max()));
}

struct Weighted {
  int64_t value;
  int32_t weight;
};

int64_t WeightedMean(absl::Span<const Weighted> inputs) {
  if (inputs.empty()) return 0;
  __int128 sum = 0, weights = 0;
  for (const Weighted& input : inputs) {
    sum += static_cast<__int128>(input.value) * input.weight;
    weights += input.weight;
  }
  if (weights == 0) {
    sum = 0;
    for (const Weighted& input : inputs) sum += input.value;
    weights = static_cast<__int128>(inputs.size());
  }
  return static_cast<int64_t>(DivideHalfEven(sum, weights));
}

}  // namespace

int32_t ToBasisPoints(int64_t value) {
  return static_cast<int32_t>(DivideHalfEven(value, kOne / kMaxBasisPoints));
}

int32_t WeightOrDefault(int32_t weight) { return weight <= 0 ? 1 : std::min(weight, kMaxWeight); }

int64_t AchievedShare(const Indicator& indicator) {
  if (!indicator.actual) return 0;
  __int128 done = static_cast<__int128>(*indicator.actual) - indicator.baseline;
  __int128 way = static_cast<__int128>(indicator.target) - indicator.baseline;
  if (way == 0) return (indicator.less_is_better ? done <= 0 : done >= 0) ? kOne : 0;
  if (way < 0) {
    done = -done;
    way = -way;
  }
  done = std::clamp<__int128>(done, 0, way);
  return static_cast<int64_t>(DivideHalfEven(done * kOne, way));
}

int64_t AssignmentValue(const Assignment& assignment) {
  std::vector<Weighted> inputs;
  if (!assignment.milestones.empty()) {
    for (const Milestone& milestone : assignment.milestones) {
      inputs.push_back({milestone.done ? kOne : 0, milestone.weight});
    }
  } else if (!assignment.indicators.empty()) {
    for (const Indicator& indicator : assignment.indicators) {
      inputs.push_back({AchievedShare(indicator), 1});
    }
  } else {
    const int64_t bp = std::clamp<int64_t>(assignment.percent_bp, 0, kMaxBasisPoints);
    return bp * (kOne / kMaxBasisPoints);
  }
  return WeightedMean(inputs);
}

Figure RollUp(absl::Span<const Child> children) {
  Figure figure;
  std::vector<Weighted> inputs;
  inputs.reserve(children.size());
  for (const Child& child : children) {
    if (child.excluded) {
      figure.excluded.push_back(child.name);
      continue;
    }
    ++figure.total;
    inputs.push_back({child.has_data ? child.value : 0, child.weight});
    if (!child.has_data) continue;
    ++figure.with_data;
    figure.oldest_input = std::min(figure.oldest_input, child.oldest_input);
  }
  figure.value = WeightedMean(inputs);
  std::sort(figure.excluded.begin(), figure.excluded.end());
  return figure;
}

Child AsChild(std::string name, const Figure& figure, int32_t weight) {
  return {.name = std::move(name),
          .value = figure.value,
          .weight = weight,
          .has_data = figure.with_data > 0,
          .oldest_input = figure.oldest_input};
}

std::optional<int64_t> RollUpIndicator(Rollup rule, int scale, absl::Span<const Reading> readings) {
  if (readings.empty()) return std::nullopt;
  if (rule == Rollup::kLast) {
    return std::max_element(readings.begin(), readings.end(),
                            [](const Reading& a, const Reading& b) {
                              return std::pair(a.time, a.value) < std::pair(b.time, b.value);
                            })
        ->value;
  }
  __int128 sum = 0, denominators = 0;
  for (const Reading& reading : readings) {
    if (rule == Rollup::kRatio && reading.denominator <= 0) continue;  // it was no ratio then
    sum += reading.value;
    denominators += reading.denominator;
  }
  if (rule == Rollup::kMean) return Bounded(DivideHalfEven(sum, static_cast<__int128>(readings.size())));
  if (rule == Rollup::kSum) return Bounded(sum);
  if (denominators <= 0) return std::nullopt;
  for (int i = 0; i < std::clamp(scale, 0, kMaxScale); ++i) sum *= 10;
  return Bounded(DivideHalfEven(sum, denominators));
}

}  // namespace duban::progress
