#include "services/cli/numbers.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "services/common/base/status.h"

namespace duban::cli {
namespace {

constexpr int kMaxScale = 6;

absl::Status InvalidNumber(absl::string_view text, absl::string_view want) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_NUMBER",
                   absl::StrCat("\"", text, "\" is not ", want), {{"value", std::string(text)}});
}

// Basis points in steps of `step`, half up, but all of it only for 10,000 and nothing only for 0.
int32_t Rounded(int32_t basis_points, int32_t step) {
  const int32_t all = 10'000 / step, rounded = (basis_points + step / 2) / step;
  if (basis_points <= 0) return 0;
  return basis_points >= 10'000 ? all : std::clamp(rounded, 1, all - 1);
}

}  // namespace

absl::StatusOr<int32_t> ParsePercent(absl::string_view text) {
  const auto invalid = [text] {
    return MakeError(
        absl::StatusCode::kInvalidArgument, "INVALID_PERCENT",
        absl::StrCat("\"", text, "\" is not a percentage from 0 to 100 with at most two decimals"),
        {{"value", std::string(text)}});
  };
  absl::string_view digits = text;
  absl::ConsumeSuffix(&digits, "%");
  const absl::StatusOr<int64_t> value = ParseScaled(digits, 2);
  if (!value.ok() || *value < 0 || *value > 10'000 || digits.front() == '-') return invalid();
  return static_cast<int32_t>(*value);
}

absl::StatusOr<int64_t> ParseScaled(absl::string_view text, int scale) {
  if (scale < 0 || scale > kMaxScale) return InvalidNumber(text, "at a scale of 0 to 6 decimals");
  absl::string_view rest = text;
  const bool negative = absl::ConsumePrefix(&rest, "-");
  const std::string want = scale == 0
                               ? "a whole number"
                               : absl::StrCat("a decimal number with at most ", scale, " decimals");
  // One number, digit by digit; `decimals` < 0 until the point.
  constexpr __int128 kLimit = static_cast<__int128>(std::numeric_limits<int64_t>::max()) + 1;
  __int128 value = 0;
  int digits = 0, decimals = -1;
  for (char c : rest) {
    if (c == '.' && decimals < 0 && digits > 0) {
      decimals = 0;
      continue;
    }
    if (!absl::ascii_isdigit(c)) return InvalidNumber(text, want);
    if (decimals >= 0 && ++decimals > scale) return InvalidNumber(text, want);
    value = value * 10 + (c - '0');
    ++digits;
    if (value > kLimit) return InvalidNumber(text, "within the range of 64 bits");
  }
  if (digits == 0 || decimals == 0) return InvalidNumber(text, want);
  for (int i = decimals < 0 ? 0 : decimals; i < scale; ++i) value *= 10;
  if (negative) value = -value;
  if (value < -kLimit || value >= kLimit) return InvalidNumber(text, "within the range of 64 bits");
  return static_cast<int64_t>(value);
}

std::string FormatScaled(int64_t value, int scale) {
  if (scale <= 0 || scale > kMaxScale) return absl::StrCat(value);
  // Of the unsigned value, as the least int64 has no positive one.
  std::string digits =
      absl::StrCat(value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value));
  if (digits.size() <= static_cast<size_t>(scale)) digits.insert(0, scale + 1 - digits.size(), '0');
  digits.insert(digits.size() - scale, ".");
  return absl::StrCat(value < 0 ? "-" : "", digits);
}

std::string FormatPercent(int32_t basis_points) {
  const int32_t tenths = Rounded(basis_points, 10);
  return absl::StrFormat("%d.%d%%", tenths / 10, tenths % 10);
}

std::string WholePercent(int32_t basis_points) { return absl::StrCat(Rounded(basis_points, 100)); }

}  // namespace duban::cli
