// Numbers as people write them, read exactly: no floating point on the way.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace duban::cli {

// "35", "35.5", "35.25", with or without a trailing %: 0 to 100 with at most two decimals, as basis
// points. INVALID_ARGUMENT / INVALID_PERCENT for anything else.
absl::StatusOr<int32_t> ParsePercent(absl::string_view text);

// "-1234.5" as an integer at `scale` decimals (0 to 6). INVALID_ARGUMENT / INVALID_NUMBER for text
// that is no decimal number, has more decimals than `scale`, or leaves 64 bits.
absl::StatusOr<int64_t> ParseScaled(absl::string_view text, int scale);

// The value as a decimal number with `scale` decimals.
std::string FormatScaled(int64_t value, int scale);

// Basis points with one decimal, half up: 3555 is "35.6%". "100.0%" is said of 10,000 alone and
// "0.0%" of 0 alone: 9,999 is "99.9%".
std::string FormatPercent(int32_t basis_points);

// The same in whole per cent without a sign: "100" of 10,000 alone, "0" of 0 alone.
std::string WholePercent(int32_t basis_points);

}  // namespace duban::cli
