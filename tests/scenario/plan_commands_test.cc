// A person at the command line: settles the doubts of a text, imports it, and brings the next
// edition.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/cluster.h"
#include "tests/support/office.h"
#include "tests/support/process.h"

namespace duban::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The register has 市科委 and 市财政局, but not 市财政厅; nobody has 市不存在局.
constexpr char kFirst[] =
    "小区试点建设方案\n一、重点任务\n"
    "1.推进经费试点。支持单位开展试点。（责任单位：市科委、市财政厅）\n"
    "2.优化准入流程。缩短办理时间。（责任单位：市科委、市不存在局）\n";
constexpr char kSecond[] =
    "小区试点建设方案\n一、重点任务\n"
    "1.推进经费试点。支持更多单位开展试点。（责任单位：市科委、市财政厅）\n"
    "2.开展港口培训。每年培训两次。（责任单位：市财政厅）\n";

class PlanCommandsTest : public ::testing::Test {
 protected:
  PlanCommandsTest() {
    office_.LoadRegister();
    office_.Import("warm", SmallPlanText());  // the register has reached the task service
    std::ofstream(first_) << kFirst;
    std::ofstream(second_) << kSecond;
  }

  Output Duban(std::vector<std::string> words) {
    words.insert(words.begin(), BinDir() + "/duban");
    return RunProgram(words, cluster_.CliEnv("supervisor"));
  }

  Cluster cluster_{Mode::kProcesses};
  Office office_{cluster_};
  const std::string first_ = cluster_.dir() + "/first.txt",
                    second_ = cluster_.dir() + "/second.txt";
  const std::string decisions_ = first_ + ".decisions.json";
};

TEST_F(PlanCommandsTest, DoubtsAreSettledOnceAndNamesBecomeAliases) {
  Output out = Duban({"plan", "review", first_, "--plan", "p"});
  EXPECT_EQ(out.status, 0) << out.err;
  EXPECT_THAT(out.out, AllOf(HasSubstr("»市财政厅«"), HasSubstr("1. finance"),
                             HasSubstr("»市不存在局«"), HasSubstr("Doubts: 2, open: 2")));
  out = Duban({"plan", "review", first_, "--plan", "p", "--agency", "unit|市财政厅=finance",
               "--accept", "unit|市不存在局", "--by", "张三"});
  EXPECT_EQ(out.status, 0) << out.err;
  EXPECT_THAT(out.out, HasSubstr("Doubts: 2, open: 0"));

  out = Duban({"plan", "import", first_, "--plan", "p", "--decisions", decisions_});
  EXPECT_EQ(out.status, 0) << out.err;
  EXPECT_THAT(out.out, AllOf(HasSubstr("Imported "), HasSubstr("2 tasks, 3 assignments"),
                             HasSubstr("agencies/finance has the name 市财政厅"),
                             Not(HasSubstr("Open doubts"))));
  EXPECT_THAT(Duban({"agency", "show", "finance"}).out, HasSubstr("市财政厅"));
  EXPECT_THAT(Duban({"plan", "source", "p", "--format=json"}).out,
              AllOf(HasSubstr("\"decided_by\": \"张三\""),
                    HasSubstr("\"actor\": \"spiffe://duban.test/operator/supervisor\"")));

  // Again, with the decisions or without: nothing to do, nothing to ask.
  out = Duban({"plan", "import", first_, "--plan", "p", "--decisions", decisions_});
  EXPECT_THAT(out.out, HasSubstr("Was imported before: "));
  out = Duban({"plan", "import", first_, "--plan", "p"});
  EXPECT_THAT(out.out, AllOf(HasSubstr("Was imported before: "), Not(HasSubstr("Open doubts"))));
  out = Duban({"plan", "review", first_, "--plan", "p", "--decisions", cluster_.dir() + "/none"});
  EXPECT_THAT(out.out, HasSubstr(", open: 0"));
  // The name is the register's now, so another plan asks nothing about it.
  out = Duban({"plan", "review", second_, "--plan", "q", "--decisions", cluster_.dir() + "/none"});
  EXPECT_THAT(out.out, HasSubstr("Doubts: 0, open: 0"));
}

TEST_F(PlanCommandsTest, ANameThatAnotherAgencyHasIsToldAndThePlanIsImported) {
  ASSERT_EQ(
      Duban({"plan", "review", first_, "--plan", "p", "--agency", "unit|市财政厅=finance"}).status,
      0);
  ASSERT_EQ(Duban({"agency", "add-alias", "commerce", "市财政厅"}).status, 0);
  const Output out = Duban({"plan", "import", first_, "--plan", "p", "--decisions", decisions_});
  EXPECT_EQ(out.status, 1);
  EXPECT_THAT(out.out, HasSubstr("Imported "));
  EXPECT_THAT(out.err, AllOf(HasSubstr("agencies/finance did not get the name 市财政厅"),
                             HasSubstr("[FAILED_PRECONDITION / NAME_TAKEN]")));
  EXPECT_THAT(Duban({"plan", "pairs", "p"}).out, HasSubstr("1 finance\n"));
}

TEST_F(PlanCommandsTest, AnEditionIsShownBeforeItIsApplied) {
  ASSERT_EQ(Duban({"plan", "import", first_, "--plan", "p"}).status, 0);
  Output out = Duban({"plan", "import", second_, "--plan", "p"});
  EXPECT_EQ(out.status, 1);
  EXPECT_THAT(out.err, HasSubstr("[ALREADY_EXISTS / PLAN_EXISTS]"));
  const Output dry = Duban({"plan", "import", second_, "--plan", "p", "--validate-only"});
  EXPECT_EQ(dry.status, 0) << dry.err;
  for (const std::string& shown : {out.out, dry.out}) {
    EXPECT_THAT(shown, AllOf(HasSubstr("Edition 2 of plans/p: 1 changed text, 1 new, 1 dropped"),
                             HasSubstr("text now: 支持更多单位开展试点。"),
                             HasSubstr("new: 2 开展港口培训"), HasSubstr("dropped: 2 优化准入流程"),
                             HasSubstr("Nothing is changed yet")));
  }
  EXPECT_THAT(Duban({"task", "list", "p"}).out, Not(HasSubstr("开展港口培训")));
  std::smatch etag;
  ASSERT_TRUE(std::regex_search(dry.out, etag, std::regex("--apply ([0-9a-f]{16})")));
  out = Duban({"plan", "import", second_, "--plan", "p", "--apply", "0123456789abcdef"});
  EXPECT_EQ(out.status, 1);
  EXPECT_THAT(out.err, HasSubstr("[ABORTED / CHANGED_SINCE]"));
  out = Duban({"plan", "import", second_, "--plan", "p", "--apply", etag[1]});
  EXPECT_EQ(out.status, 0) << out.err;
  EXPECT_THAT(out.out, AllOf(HasSubstr("Edition 2: 小区试点建设方案 (plans/p): 2 tasks"),
                             HasSubstr("New and not issued yet: 1; see duban plan issue p")));
  EXPECT_THAT(Duban({"task", "show", "p", "#2"}).out, HasSubstr("开展港口培训"));
  EXPECT_EQ(Duban({"plan", "pairs", "p"}).out, "1 sci-tech\n");
  EXPECT_THAT(Duban({"task", "list", "p"}).out,
              AllOf(HasSubstr("开展港口培训"), HasSubstr("cancelled")));
  EXPECT_EQ(Duban({"plan", "source", "p", "--edition", "1"}).out, kFirst);
  EXPECT_EQ(Duban({"plan", "source", "p"}).out, kSecond);
  out = Duban({"plan", "import", second_, "--plan", "p", "--apply", etag[1]});
  EXPECT_EQ(out.status, 0);
  EXPECT_THAT(out.out, HasSubstr("Was imported before: "));
}

TEST_F(PlanCommandsTest, APersonSaysWhichTaskARewrittenOneIs) {
  ASSERT_EQ(Duban({"plan", "import", first_, "--plan", "p"}).status, 0);
  ASSERT_EQ(Duban({"plan", "issue", "p"}).status, 0);
  Output out = Duban({"plan", "import", second_, "--plan", "p", "--validate-only"});
  EXPECT_THAT(out.out, HasSubstr("--same-task '#NUMBER=ID'"));
  std::smatch id;
  ASSERT_TRUE(std::regex_search(out.out, id, std::regex("优化准入流程 \\[(t-[a-z2-7]{6})\\]")));
  const std::string task = id[1];

  const auto say = [&](const std::string& text, const std::string& pair) {
    return Duban({"plan", "review", text, "--plan", "p", "--same-task", pair, "--by", "张三"});
  };
  const struct {
    std::string text, pair, why;
  } wrong[] = {{second_, "#2", "NEW=OLD"},
               {second_, "#9=" + task, "this text has no task \"#9\""},
               {second_, "#2=t-nothere", "there is no task \"t-nothere\""},
               {second_, "#2=#2", "say the plan's task by its id"},
               {first_, "#2=" + task, "for another edition"}};
  for (const auto& [text, pair, why] : wrong) {
    out = say(text, pair);
    EXPECT_EQ(out.status, 2) << pair;
    EXPECT_THAT(out.err, HasSubstr(why));
  }
  out = say(second_, "#2=" + task);
  EXPECT_EQ(out.status, 0) << out.err;

  const std::string said = second_ + ".decisions.json";
  out = Duban({"plan", "import", second_, "--plan", "p", "--decisions", said, "--validate-only"});
  EXPECT_THAT(out.out, AllOf(HasSubstr("the same as " + task + ", as decided by 张三"),
                             HasSubstr("title was: 优化准入流程"), Not(HasSubstr("dropped")),
                             Not(HasSubstr("--same-task"))));
  std::smatch etag;
  ASSERT_TRUE(std::regex_search(out.out, etag, std::regex("--apply ([0-9a-f]{16})")));
  // Without the decision it is another difference.
  EXPECT_THAT(Duban({"plan", "import", second_, "--plan", "p", "--apply", etag[1]}).err,
              HasSubstr("[ABORTED / CHANGED_SINCE]"));
  const std::vector<std::string> apply = {"plan",        "import", second_,   "--plan", "p",
                                          "--decisions", said,     "--apply", etag[1]};
  out = Duban(apply);
  EXPECT_EQ(out.status, 0) << out.err;
  EXPECT_THAT(Duban({"task", "show", "p", task}).out,
              AllOf(HasSubstr("开展港口培训"), HasSubstr("State: issued")));
  EXPECT_THAT(Duban({"plan", "source", "p", "--format=json"}).out,
              AllOf(HasSubstr("VERDICT_SAME_TASK"), HasSubstr("\"decided_by\": \"张三\"")));
  EXPECT_THAT(Duban(apply).out, HasSubstr("Was imported before: "));
}

TEST_F(PlanCommandsTest, AUnitThatWasResolvedIsNotAskedAgain) {
  ASSERT_EQ(Duban({"plan", "import", first_, "--plan", "p"}).status, 0);
  const auto resolve = [&](const std::string& name, const std::string& agency,
                           std::vector<std::string> more) {
    const std::string units = Duban({"task", "units", "p"}).out;
    std::smatch unit;
    if (!std::regex_search(units, unit, std::regex("(u-[a-z2-7]{6}).*" + name))) return units;
    std::vector<std::string> words = {"task", "resolve", unit[1], agency, "--plan", "p"};
    words.insert(words.end(), more.begin(), more.end());
    return Duban(words).out;
  };
  EXPECT_THAT(resolve("市不存在局", "commerce", {"--only-here"}),
              AllOf(HasSubstr("Now assigned:"), Not(HasSubstr("has the name"))));
  const std::vector<std::string> review = {"plan", "review", first_, "--plan", "p"};
  EXPECT_THAT(Duban(review).out, AllOf(HasSubstr("»市财政厅«"), Not(HasSubstr("市不存在局")),
                                       HasSubstr("Doubts: 2, open: 1")));
  EXPECT_THAT(Duban({"plan", "import", first_, "--plan", "p"}).out, HasSubstr("Open doubts: 1;"));
  EXPECT_THAT(resolve("市财政厅", "finance", {}),
              HasSubstr("agencies/finance has the name 市财政厅"));
  EXPECT_THAT(Duban(review).out, HasSubstr(", open: 0"));
  EXPECT_THAT(Duban({"plan", "import", first_, "--plan", "p"}).out,
              AllOf(HasSubstr("Was imported before: "), Not(HasSubstr("Open doubts"))));
}

TEST_F(PlanCommandsTest, ShowsWhatTheTextSaysOfThePlan) {
  const std::string text = cluster_.dir() + "/full.txt";
  std::ofstream(text)
      << "小区试点建设方案\n"
         "一、实施范围\n包括甲园区（12.5平方公里）、乙园区，总面积约20平方公里。\n"
         "二、主要指标\n| 指标 | 单位 | 2027年 |\n|---|---|---|\n| 基站数 | 个 | 3000 |\n"
         "三、重点任务\n"
         "1.推进经费试点。2026年6月底前试点。（责任单位：市科委；完成时限：2027年底前）\n"
         "小区管理委员会\n2026年3月2日\n本方案自2026年4月1日起施行。\n";
  ASSERT_EQ(Duban({"plan", "import", text, "--plan", "full"}).status, 0);
  EXPECT_THAT(Duban({"plan", "show", "full"}).out,
              AllOf(HasSubstr("Areas: 甲园区 12.5 km²、乙园区\nArea in all: 20 km²\n"),
                    HasSubstr("Issued: 2026-03-02\nIn force from: 2026-04-01\n"),
                    HasSubstr("Indicator: 基站数 (个): 2027年 3000\n")));
  EXPECT_THAT(Duban({"task", "show", "full", "#1"}).out,
              AllOf(HasSubstr("Deadline as printed: 2027年底前\n"),
                    HasSubstr("Dates named: 2026年6月底前\n")));
}

}  // namespace
}  // namespace duban::tests
