#pragma once

#include <cstddef>

namespace duban::plantext {

inline constexpr size_t kMaxTasks = 200'000;
inline constexpr size_t kMaxItems = 1'000'000;  // numbered pieces of the text, tasks or not
inline constexpr size_t kMaxFindings = 10'000;   // the last one then says how many were left out
inline constexpr size_t kMaxLabelUnits = 2'000;  // UTF-16 units inside one bracket of a label
inline constexpr size_t kMaxUnitsPerLabel = 200;
inline constexpr size_t kMaxUnitsPerTask = 2'000;
inline constexpr size_t kMaxIndicators = 2'000;
inline constexpr size_t kMaxRunningHeads = 10'000;  // different lines that may be one
inline constexpr size_t kMaxDatesPerTask = 20;
inline constexpr size_t kMaxTitleUnits = 120;
inline constexpr size_t kMaxSlipSpots = 5'000;  // byte-slip repairs tried in one text

}  // namespace duban::plantext
