#include "services/domain/fields/fields.h"

#include "gtest/gtest.h"

namespace duban::fields {
namespace {

TEST(TextFaultTest, AcceptsChineseUpToTheLimit) {
  EXPECT_EQ(TextFault("市发展改革委", {.max_chars = 6, .required = true}), std::nullopt);
  EXPECT_EQ(TextFault("市发展改革委员", {.max_chars = 6}), "is longer than 6 characters");
}

TEST(TextFaultTest, RefusesBlanksWhereSomethingIsRequired) {
  EXPECT_EQ(TextFault("", {.max_chars = 6}), std::nullopt);
  EXPECT_EQ(TextFault("", {.max_chars = 6, .required = true}), "is required");
  EXPECT_EQ(TextFault(" \u3000", {.max_chars = 6, .required = true}), "is required");
}

TEST(TextFaultTest, RefusesControlAndDirectionCharacters) {
  EXPECT_EQ(TextFault("a\x01", {.max_chars = 6}), "has a control character");
  EXPECT_EQ(TextFault("a\u0085", {.max_chars = 6}), "has a control character");
  EXPECT_EQ(TextFault("a\u202e", {.max_chars = 6}),
            "has a character that changes the direction of writing");
  EXPECT_EQ(TextFault("a\nb", {.max_chars = 6}), "has a control character");
  EXPECT_EQ(TextFault("a\nb", {.max_chars = 6, .lines = true}), std::nullopt);
}

TEST(TextFaultTest, RefusesBytesThatAreNotUtf8) {
  for (const char* bytes :
       {"\x80", "\xC0\xAF", "\xE5\xB8", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    EXPECT_EQ(TextFault(bytes, {.max_chars = 6}), "is not UTF-8") << bytes;
  }
}

TEST(IsDayTest, KnowsTheCalendar) {
  for (const char* day : {"2026-11-30", "2024-02-29", "2000-02-29"}) EXPECT_TRUE(IsDay(day)) << day;
  for (const char* day :
       {"2026-11-31", "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-1-01",
        "1899-12-31", "2026-11-3", "2026/11/30", "", "2026-11-30 "}) {
    EXPECT_FALSE(IsDay(day)) << day;
  }
}

}  // namespace
}  // namespace duban::fields
