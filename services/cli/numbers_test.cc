#include "services/cli/numbers.h"

#include "services/common/testing/status_matchers.h"

namespace duban::cli {
namespace {

using duban::testing::StatusIs;
using ::testing::Eq;

TEST(PercentTest, IsExactToBasisPoints) {
  const std::pair<const char*, int32_t> cases[] = {
      {"0", 0},    {"100", 10'000}, {"35", 3500},       {"35.5", 3550}, {"35.25", 3525},
      {"0.01", 1}, {"99.99", 9999}, {"100.00", 10'000}, {"7%", 700}};
  for (const auto& [text, bp] : cases) {
    ASSERT_OK_AND_ASSIGN(const int32_t value, ParsePercent(text));
    EXPECT_EQ(value, bp) << text;
  }
}

TEST(PercentTest, RefusesEverythingElse) {
  for (const char* text :
       {"",      "%",   "101", "100.01", "-1",     "-0",   "NaN",
        "nan",   "inf", "abc", "1e1",    "35.123", ".5",   "5.",
        "1.2.3", " 5",  "5 ",  "+5",     "٣",      "0x10", "99999999999999999999999"}) {
    EXPECT_THAT(ParsePercent(text), StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_PERCENT"))
        << text;
  }
}

TEST(ScaledTest, ReadsDecimalNumbersAtTheScale) {
  ASSERT_OK_AND_ASSIGN(const int64_t funds, ParseScaled("5260.50", 2));
  EXPECT_EQ(funds, 526'050);
  ASSERT_OK_AND_ASSIGN(const int64_t whole, ParseScaled("-3", 6));
  EXPECT_EQ(whole, -3'000'000);
  ASSERT_OK_AND_ASSIGN(const int64_t least, ParseScaled("-9223372036854775808", 0));
  EXPECT_EQ(least, std::numeric_limits<int64_t>::min());
  ASSERT_OK_AND_ASSIGN(const int64_t most, ParseScaled("9223372036854.775807", 6));
  EXPECT_EQ(most, std::numeric_limits<int64_t>::max());
}

TEST(ScaledTest, RefusesWhatItCannotHold) {
  for (const char* text :
       {"", "-", ".", "1.", "1.234", "abc", "1e3", "9223372036854775808", "--1"}) {
    EXPECT_THAT(ParseScaled(text, 2),
                StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_NUMBER"))
        << text;
  }
}

TEST(ScaledTest, PrintsWhatItReads) {
  for (const char* text : {"0.00", "-0.05", "12.34", "-92233720368547758.08"}) {
    ASSERT_OK_AND_ASSIGN(const int64_t value, ParseScaled(text, 2));
    EXPECT_EQ(FormatScaled(value, 2), text);
  }
  EXPECT_EQ(FormatScaled(-7, 0), "-7");
}

TEST(PercentTest, SaysAllOnlyOfAllAndNothingOnlyOfNothing) {
  EXPECT_EQ(FormatPercent(0), "0.0%");
  EXPECT_EQ(FormatPercent(1), "0.1%");
  EXPECT_EQ(FormatPercent(3554), "35.5%");
  EXPECT_EQ(FormatPercent(3555), "35.6%");
  EXPECT_EQ(FormatPercent(9994), "99.9%");
  EXPECT_EQ(FormatPercent(9995), "99.9%");
  EXPECT_EQ(FormatPercent(9999), "99.9%");
  EXPECT_EQ(FormatPercent(10'000), "100.0%");
  EXPECT_EQ(WholePercent(0), "0");
  EXPECT_EQ(WholePercent(49), "1");
  EXPECT_EQ(WholePercent(150), "2");
  EXPECT_EQ(WholePercent(9999), "99");
  EXPECT_EQ(WholePercent(10'000), "100");
}

}  // namespace
}  // namespace duban::cli
