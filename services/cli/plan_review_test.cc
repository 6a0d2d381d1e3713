#include "services/cli/plan_review.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "services/cli/command.h"
#include "services/cli/decision_file.h"
#include "services/common/testing/status_matchers.h"
#include "services/common/testing/temp_dir.h"

namespace duban::cli {
namespace {

namespace tsk = duban::task::v1;
using duban::testing::IsOk;
using duban::testing::StatusIs;
using plantext::Verdict;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Code = absl::StatusCode;

constexpr char kText[] =
    "某市创新区建设方案\n一、重点任务\n"
    "1.做好甲事。要做好。（责任单位：市科委、市教委员会）\n"
    "2.做好乙事。也要做好。（责任单位：市教委员会、市不存在局）\n"
    "3.做好丙事。都要做好。（责任单位：市\xEF\xBF\xBD\xEF\xBF\xBD委）\n";
constexpr char kRegister[] = R"({"agencies": [
    {"name": "agencies/sci-tech", "full_name": "某市科学技术委员会", "short_name": "市科委"},
    {"name": "agencies/education", "full_name": "某市教育委员会", "short_name": "市教委"}]})";

class PlanReviewTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Write(text_, kText);
    Write(register_, kRegister);
  }

  static void Write(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
  }

  // Runs `duban plan review` on the text; the exit status, and what it wrote.
  std::pair<int, std::string> Review(std::vector<std::string> more) {
    std::vector<std::string> words = {"plan", "review", text_, "--register", register_};
    words.insert(words.end(), more.begin(), more.end());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int status = cli::Run(words);
    return {status,
            ::testing::internal::GetCapturedStdout() + ::testing::internal::GetCapturedStderr()};
  }

  std::vector<std::string> OpenKeys() {
    const auto [status, out] = Review({"--format=json"});
    EXPECT_EQ(status, 0) << out;
    std::vector<std::string> keys;
    const auto json = nlohmann::json::parse(out);
    for (const auto& doubt : json["doubts"]) keys.push_back(doubt["key"]);
    return keys;
  }

  duban::testing::TempDir dir_;
  const std::string text_ = dir_.File("plan.txt"), register_ = dir_.File("register.json");
  const std::string decisions_ = text_ + ".decisions.json";
};

TEST_F(PlanReviewTest, ListsEachDoubtOnItsText) {
  const auto [status, out] = Review({});
  EXPECT_EQ(status, 0);
  EXPECT_THAT(out, AllOf(HasSubstr("line 3, task 1: "), HasSubstr("市科委、»市教委员会«）"),
                         HasSubstr("also line 4, task 2"), HasSubstr("1. education"),
                         HasSubstr("key: unit|市教委员会"), HasSubstr("Doubts: 3, open: 3")));
  EXPECT_THAT(ReadDecisions(decisions_), StatusIs(Code::kNotFound, "NO_FILE"));
}

TEST_F(PlanReviewTest, KeepsDecisionsAndAsksThemOnce) {
  ASSERT_THAT(OpenKeys(), ElementsAre("unit|市教委员会", "unit|市不存在局", ::testing::_));
  const std::string third = OpenKeys()[2];
  const auto [status, out] = Review({"--agency", "unit|市教委员会=agencies/education", "--accept",
                                     "unit|市不存在局", "--by", "张三"});
  EXPECT_EQ(status, 0);
  EXPECT_THAT(out, HasSubstr("Doubts: 3, open: 1"));
  EXPECT_THAT(OpenKeys(), ElementsAre(third));
  ASSERT_OK_AND_ASSIGN(const auto kept, ReadDecisions(decisions_));
  ASSERT_THAT(kept.decisions(), SizeIs(2));
  EXPECT_EQ(kept.decisions(0).verdict(), tsk::VERDICT_ACCEPTED);
  EXPECT_EQ(kept.decisions(1).agency(), "agencies/education");
  EXPECT_EQ(kept.decisions(1).decided_by(), "张三");
  EXPECT_GT(kept.decisions(1).decide_time().seconds(), 0);
  EXPECT_EQ(Review({"--not-a-task", third}).first, 0);
  EXPECT_THAT(OpenKeys(), IsEmpty());
}

TEST_F(PlanReviewTest, ParseTakesTheDecisions) {
  ASSERT_EQ(Review({"--agency", "unit|市教委员会=education", "--not-a-task", OpenKeys()[2]}).first,
            0);
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(cli::Run({"plan", "parse", text_, "--register", register_, "--decisions", decisions_,
                      "--format=json"}),
            0);
  const auto plan = nlohmann::json::parse(::testing::internal::GetCapturedStdout());
  ASSERT_EQ(plan["tasks"].size(), 2u);
  EXPECT_EQ(plan["tasks"][0]["units"][1]["agency"], "education");
}

TEST_F(PlanReviewTest, RefusesWhatCannotBeSaidAndKeepsNothingOfIt) {
  const struct {
    std::vector<std::string> words;
    const char* why;
  } wrong[] = {{{"--accept", "unit|市科委"}, "no doubt of this text has the key"},
               {{"--accept", "unit|市不存在局", "--agency", "unit|市教委员会"}, "KEY=AGENCY"},
               {{"--agency", "unit|市教委员会=finance"}, "the register has no agency \"finance\""},
               {{"--not-a-task", "unit|市教委员会"}, "does not stand in one task"},
               {{"--plan", "p"}, "not both"},
               {{"--same-task", "#1=t-a"}, "a plan that the hub has: --plan ID"},
               {{"--explode"}, "unknown flag"}};
  for (const auto& [words, why] : wrong) {
    const auto [status, out] = Review(words);
    EXPECT_EQ(status, 2) << why;
    EXPECT_THAT(out, HasSubstr(why));
  }
  EXPECT_THAT(ReadDecisions(decisions_), StatusIs(Code::kNotFound, "NO_FILE"));
}

TEST_F(PlanReviewTest, ADecisionFileThatIsNotRightIsLeftAlone) {
  for (const char* content :
       {"", "[]", R"({"decisions": [{"verdict": "VERDICT_ACCEPTED"}]})",
        R"({"decisions": [{"key": "k", "verdict": "VERDICT_MAYBE"}]})",
        R"({"decisions": [{"key": "k", "verdict": "VERDICT_ACCEPTED", "decided_by": "a"}]})",
        R"({"decisions": [{"key": "k", "verdict": "VERDICT_AGENCY", "decided_by": "a",
            "decide_time": "2026-01-01T00:00:00Z"}]})",
        R"({"decisions": [{"key": "k", "verdict": "VERDICT_ACCEPTED", "agency": "agencies/a",
            "decided_by": "a", "decide_time": "2026-01-01T00:00:00Z"}]})"}) {
    Write(decisions_, content);
    const auto [status, out] = Review({"--accept", "unit|市不存在局"});
    EXPECT_EQ(status, 1) << content;
    EXPECT_THAT(out, HasSubstr("INVALID_FILE")) << content;
    std::ifstream file(decisions_);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), content);
  }
}

// --- Asking

class AskAboutTest : public ::testing::Test {
 protected:
  AskAboutTest() {
    doubt_.unit = true;
    doubt_.proposals = {{"education", "市教委", 800}, {"finance", "市财政局", 700}};
    doubt_.places = {{.range = {0, 1}, .task = 0}, {.range = {2, 3}, .task = 1}};
    text_.agencies = {{"finance", "市财政局"}};
  }
  Said Ask(const std::string& typed) {
    std::istringstream in(typed);
    out_.str("");
    return AskAbout(doubt_, text_, in, out_);
  }

  plantext::Doubt doubt_;
  ReviewedText text_;
  std::ostringstream out_;
};

TEST_F(AskAboutTest, TakesWhatCanBeSaid) {
  EXPECT_EQ(Ask("a\n").verdict, Verdict::kAccepted);
  EXPECT_EQ(Ask("2\n").agency, "finance");
  EXPECT_EQ(Ask(" g agencies/finance \n").agency, "finance");
  EXPECT_EQ(Ask("s\n").kind, Said::Kind::kSkipped);
  EXPECT_EQ(Ask("q\n").kind, Said::Kind::kQuit);
  EXPECT_EQ(Ask("").kind, Said::Kind::kQuit);
  doubt_.places.pop_back();
  EXPECT_EQ(Ask("n\n").verdict, Verdict::kNotATask);
}

TEST_F(AskAboutTest, AsksAgainAfterWhatCannot) {
  for (const char* wrong : {"", "x", "0", "3", "n", "g", "g nobody", "1 2"}) {
    EXPECT_EQ(Ask(absl::StrCat(wrong, "\na\n")).verdict, Verdict::kAccepted) << wrong;
    EXPECT_EQ(Ask(absl::StrCat(wrong, "\na\n")).kind, Said::Kind::kDecided) << wrong;
  }
  Ask("g no\x1b[2Jbody\nq\n");
  EXPECT_THAT(out_.str(), HasSubstr("no agency \"no?[2Jbody\""));
  doubt_.unit = false;
  EXPECT_EQ(Ask("1\ng finance\nq\n").kind, Said::Kind::kQuit);
}

// --- The file

TEST(DecisionFileTest, OnlyUndamagedNamesOfTheRegisterBecomeAliases) {
  const Who who{.name = "张三", .when = absl::FromUnixSeconds(1'790'000'000)};
  const auto about = [&](const char* rule, const char* text, Verdict verdict) {
    plantext::Doubt doubt{.key = absl::StrCat("unit|", text), .rule = rule, .text = text};
    return DecisionAbout(doubt, verdict, verdict == Verdict::kAgency ? "a" : "", who);
  };
  tsk::ReviewDecisions decisions;
  *decisions.add_decisions() = about("units.near", "市教委员会", Verdict::kAgency);
  *decisions.add_decisions() = about("repair.unrepaired", "市文委", Verdict::kAgency);
  *decisions.add_decisions() = about("units.near", "市\xEF\xBF\xBD委", Verdict::kAgency);
  *decisions.add_decisions() = about("units.unknown", "某局", Verdict::kAgency);
  *decisions.add_decisions() = about("units.unknown", "某局", Verdict::kAccepted);
  const std::vector<Alias> aliases = ConfirmedAliases(decisions);
  ASSERT_THAT(aliases, SizeIs(1));
  EXPECT_EQ(aliases[0].agency, "agencies/a");
  EXPECT_EQ(aliases[0].name, "市教委员会");
}

TEST(DecisionFileTest, KnowsWhichTaskIsWhich) {
  tsk::TaskDifference now;
  now.set_key("task|2|开展港口培训|1");
  tsk::Task was;
  was.set_name("plans/p/tasks/t-a");
  was.set_body("优化准入流程。");
  tsk::ReviewDecisions decisions;
  *decisions.add_decisions() =
      DecisionAbout(now, was, {.name = "张三", .when = absl::FromUnixSeconds(1'790'000'000)});
  EXPECT_EQ(decisions.decisions(0).text(), "优化准入流程。");
  EXPECT_THAT(ForReader(decisions), IsEmpty());
  const duban::testing::TempDir dir;
  ASSERT_THAT(WriteDecisions(dir.File("d"), decisions), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto read, ReadDecisions(dir.File("d")));
  EXPECT_EQ(read.SerializeAsString(), decisions.SerializeAsString());
  decisions.mutable_decisions(0)->set_task("t-a");
  ASSERT_THAT(WriteDecisions(dir.File("d"), decisions), IsOk());
  EXPECT_THAT(ReadDecisions(dir.File("d")), StatusIs(Code::kInvalidArgument, "INVALID_FILE"));
}

TEST(DecisionFileTest, IsWrittenAsAWholeAndReadAgain) {
  const duban::testing::TempDir dir;
  tsk::ReviewDecisions decisions;
  *decisions.add_decisions() =
      DecisionAbout({.key = "k", .rule = "r", .text = "一\n二\x1b"}, Verdict::kAccepted, "",
                    {.name = "张三", .when = absl::FromUnixSeconds(1'790'000'000)});
  EXPECT_EQ(decisions.decisions(0).text(), "一 二?");
  ASSERT_THAT(WriteDecisions(dir.File("d"), decisions), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto read, ReadDecisions(dir.File("d")));
  EXPECT_EQ(read.SerializeAsString(), decisions.SerializeAsString());
  EXPECT_THAT(WriteDecisions(dir.File("no/such/folder"), decisions),
              StatusIs(Code::kUnavailable, "FILE_FAILED"));
}

}  // namespace
}  // namespace duban::cli
