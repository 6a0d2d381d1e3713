#pragma once

#include <cstdint>

#include "services/domain/report/limits.h"

namespace duban::task {

inline constexpr int64_t kMaxPlanBytes = int64_t{2} << 20;
inline constexpr int kMaxTasksPerPlan = 2000;
inline constexpr int64_t kMaxIndicatorBytes = 512 << 10;  // of a plan's tables of figures

inline constexpr int kMaxDecisions = 2000;  // of a review, for one plan
inline constexpr int kMaxDecisionKeyChars = 400;
inline constexpr int kMaxDecisionTextChars = 500;  // of a doubt, kept for people
inline constexpr int kMaxDecidedByChars = 120;

inline constexpr int kMaxReasonChars = 2000;
inline constexpr int kMaxThemeChars = 200;
inline constexpr int kMaxTitleChars = 500;  // of milestones and indicators
inline constexpr int kMaxNameChars = 120;   // of participants and their parts
inline constexpr int kMaxUnitChars = 20;    // of an indicator's unit
inline constexpr int kMaxParticipants = 100;
using report::kMaxIndicators;
using report::kMaxMilestones;
inline constexpr int kMaxWeight = 10'000;
inline constexpr int kMaxScale = 6;  // decimals
inline constexpr int64_t kMaxIndicatorValue =
    1'000'000'000'000'000;  // so that sums and differences fit

}  // namespace duban::task
