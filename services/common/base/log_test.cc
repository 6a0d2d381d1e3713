#include "services/common/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace duban {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Line(absl::string_view value) {
  ::testing::internal::CaptureStderr();
  Log(LogLevel::kWarning, "tested", {{"field", std::string(value)}});
  return ::testing::internal::GetCapturedStderr();
}

TEST(LogTest, WritesOneLineOfJson) {
  const std::string line = Line("\xE5\xBE\x90\xE6\xB1\x87");
  EXPECT_THAT(line, StartsWith("{\"time\":\"20"));
  EXPECT_THAT(line, HasSubstr("\"level\":\"warning\",\"service\":\"duban\",\"event\":\"tested\""));
  EXPECT_THAT(line, EndsWith(",\"field\":\"\xE5\xBE\x90\xE6\xB1\x87\"}\n"));
}

TEST(LogTest, EscapesControlBidiAndBrokenBytes) {
  EXPECT_THAT(Line("a\"\\\n\x1B\x7F"), HasSubstr(R"(:"a\"\\\u000a\u001b\u007f"})"));
  EXPECT_THAT(Line("\xE2\x80\xAEx\xE2\x81\xA6\xC2\x85\xE2\x80\xA8"),
              HasSubstr(R"(:"\u202ex\u2066\u0085\u2028"})"));
  EXPECT_THAT(Line("\xFF\xC0\xAF\xED\xA0\x80\xE5"),
              HasSubstr(R"(:"\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"})"));
}

}  // namespace
}  // namespace duban
