#include "services/domain/report/content.h"

#include <gtest/gtest.h>

#include "services/common/base/status.h"
#include "services/domain/report/limits.h"

namespace duban::report {
namespace {

const Terms kTerms = {.agency = "sheitc",
                      .cycle = Cycle::kMonthly,
                      .zone = absl::FixedTimeZone(8 * 3600),
                      .indicators = {{.id = "filings"},
                                     {.id = "share", .ratio = true},
                                     {.id = "theirs", .agencies = {"stcsm"}}},
                      .milestones = {{.id = "list", .agencies = {"sheitc"}},
                                     {.id = "pilot", .agencies = {"stcsm"}}}};

Content Good() {
  return {.period = "2026-11",
          .progress_bp = 6000,
          .indicator_values = {{"filings", 37}},
          .milestones_done = {"list"},
          .done = "已受理 37 件\n\t其中 5 件…",
          .support_requests = {{"stcsm", "请提供名单"}},
          .evidence = {{"清单.xlsx", "application/vnd.ms-excel", 1024, std::string(32, 'x')}}};
}

void ExpectInvalid(const Content& content, absl::string_view field) {
  const absl::Status status = CheckContent(content, kTerms);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field;
  EXPECT_EQ(ErrorReason(status), "INVALID_REPORT") << field;
  EXPECT_EQ(ErrorMetadata(status)["field"], std::string(field));
}

template <typename Change>
Content With(Change change) {
  Content content = Good();
  change(content);
  return content;
}

TEST(ContentTest, TakesAGoodReport) { EXPECT_TRUE(CheckContent(Good(), kTerms).ok()); }

TEST(ContentTest, TakesProgressFromNothingToAllAndNoFurther) {
  for (int bp : {0, 1, 9999, 10000}) {
    EXPECT_TRUE(CheckContent(With([&](Content& c) { c.progress_bp = bp; }), kTerms).ok());
  }
  for (int bp : {-1, 10001, INT32_MIN, INT32_MAX}) {
    ExpectInvalid(With([&](Content& c) { c.progress_bp = bp; }), "progress_bp");
  }
}

TEST(ContentTest, RefusesAPeriodOfAnotherCycle) {
  for (const char* period : {"2026-Q4", "2026-W47", "2026", "soon"}) {
    EXPECT_EQ(ErrorReason(CheckContent(With([&](Content& c) { c.period = period; }), kTerms)),
              "INVALID_PERIOD");
  }
}

TEST(ContentTest, RefusesAPeriodThatHasNotBegun) {
  const absl::Time start = Period::Parse("2026-11")->Start(kTerms.zone);
  EXPECT_TRUE(CheckBegun(Good(), kTerms, start).ok());
  const absl::Status status = CheckBegun(Good(), kTerms, start - absl::Seconds(1));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "FUTURE_PERIOD");
}

TEST(ContentTest, ARatioHasADenominatorAndNothingElseHas) {
  const auto with = [](IndicatorValue value) {
    return With([&](Content& c) { c.indicator_values = {value}; });
  };
  EXPECT_TRUE(CheckContent(with({"share", 18, 24}), kTerms).ok());
  ExpectInvalid(with({"share", 18}), "indicator_values");
  ExpectInvalid(with({"share", 18, -1}), "indicator_values");
  ExpectInvalid(with({"filings", 18, 24}), "indicator_values");
}

TEST(ContentTest, TakesOnlyIndicatorsAndMilestonesOfTheAgencyOnceEach) {
  ExpectInvalid(With([](Content& c) { c.indicator_values[0].indicator = "nothing"; }),
                "indicator_values");
  ExpectInvalid(With([](Content& c) { c.indicator_values[0].indicator = "theirs"; }),
                "indicator_values");
  ExpectInvalid(With([](Content& c) { c.indicator_values.push_back({"filings", 38}); }),
                "indicator_values");
  ExpectInvalid(With([](Content& c) { c.milestones_done = {"nothing"}; }), "milestones_done");
  ExpectInvalid(With([](Content& c) { c.milestones_done = {"pilot"}; }), "milestones_done");
  ExpectInvalid(With([](Content& c) { c.milestones_done = {"list", "list"}; }), "milestones_done");
}

TEST(ContentTest, RefusesControlAndDirectionCharactersInTexts) {
  for (std::string bad :
       {std::string("a\0b", 3), std::string("a\rb"), std::string("\x1b[2J"), std::string("\x7f"),
        std::string("\u202e"), std::string("\u2066"), std::string("\u200f"), std::string("\u0085"),
        std::string("\xc0\xaf"), std::string("\xed\xa0\x80"), std::string("\xf5\x80\x80\x80"),
        std::string("\xe4\xb8")}) {
    ExpectInvalid(With([&](Content& c) { c.done = bad; }), "done");
    ExpectInvalid(With([&](Content& c) { c.problems = bad; }), "problems");
    ExpectInvalid(With([&](Content& c) { c.next = bad; }), "next");
  }
  ExpectInvalid(With([&](Content& c) { c.next = std::string(kMaxTextChars + 1, 'x'); }), "next");
  EXPECT_TRUE(
      CheckContent(With([](Content& c) { c.next = "一体推进 \U0001F680 ok"; }), kTerms).ok());
}

TEST(ContentTest, RefusesSupportRequestsToNobodyOrToOneself) {
  ExpectInvalid(With([](Content& c) { c.support_requests[0].agency = "Not An Id"; }),
                "support_requests");
  ExpectInvalid(With([](Content& c) { c.support_requests[0].agency = "sheitc"; }),
                "support_requests");
  ExpectInvalid(With([](Content& c) { c.support_requests[0].text = " \n"; }), "support_requests");
}

TEST(ContentTest, RefusesEvidenceThatIsNotAPlainFile) {
  for (std::string name :
       {std::string(), std::string(".."), std::string("a/b"), std::string("a\\b"),
        std::string("c:x"), std::string("a\nb"), std::string(256, 'x'), std::string("x\0", 2)}) {
    ExpectInvalid(With([&](Content& c) { c.evidence[0].file_name = name; }), "evidence");
  }
  ExpectInvalid(With([](Content& c) { c.evidence[0].sha256.pop_back(); }), "evidence");
  ExpectInvalid(With([](Content& c) { c.evidence[0].size_bytes = -1; }), "evidence");
  ExpectInvalid(With([](Content& c) { c.evidence[0].media_type = "a\tb"; }), "evidence");
}

TEST(ContentTest, AsksForAReasonThatSaysSomething) {
  EXPECT_TRUE(CheckReason("reason", "职责不在我单位").ok());
  for (std::string bad : {std::string(), std::string("  \n"), std::string(kMaxReasonChars + 1, 'x'),
                          std::string("\u202e")}) {
    EXPECT_EQ(ErrorReason(CheckReason("reason", bad)), "REASON_REQUIRED");
  }
}

}  // namespace
}  // namespace duban::report
