#include "services/cli/plan_parse/plan_parse.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/cli/plan_parse/display_width.h"
#include "services/domain/plantext/testing/damage.h"
#include "services/domain/plantext/testing/fixtures.h"
#include "services/domain/plantext/testing/render.h"

namespace duban::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using plantext::Parse;
using plantext::ParsedPlan;
using plantext::RegisterName;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const char kPlan[] =
    "某市建设方案\n一、重点任务\n1.做好甲事。要做好。（市科委牵头，市财政局配合）\n"
    "2.做好乙事。也要。甲。（责任单位：市教委）乙。（责任单位：市教委、各区）\n";

TEST(PlanAsJsonTest, HoldsWhatThePlanSays) {
  const std::vector<RegisterName> names = {{"kw", "市科委"}, {"cz", "市财政厅"}};
  const json plan = json::parse(PlanAsJson(*Parse(kPlan), names));
  EXPECT_EQ(plan["title"], "某市建设方案");
  ASSERT_EQ(plan["tasks"].size(), 2u);
  const json& first = plan["tasks"][0];
  EXPECT_EQ(first["number"], "1");
  EXPECT_EQ(first["section"], "一、重点任务");
  EXPECT_EQ(first["units"][0]["role"], "LEAD");
  EXPECT_EQ(first["units"][0]["agency"], "kw");
  EXPECT_EQ(first["units"][1]["role"], "SUPPORTING");
  EXPECT_EQ(first["units"][1]["proposals"][0]["agency"], "cz");
  EXPECT_FALSE(first["units"][1].contains("agency"));
}

TEST(PlanAsJsonTest, MergesAUnitOfSeveralLabels) {
  const json plan = json::parse(PlanAsJson(*Parse(kPlan), {}));
  const json& units = plan["tasks"][1]["units"];
  ASSERT_EQ(units.size(), 2u);
  EXPECT_EQ(units[0]["segments"], json::array({0, 1}));
  EXPECT_TRUE(units[1]["collective"]);
}

TEST(PlanAsTableTest, SaysWhatTheTextSaysOfThePlanAndWhenTasksAreDue) {
  const std::string table = PlanAsTable(
      *Parse("某市数字经济行动计划\n某政发〔2026〕5号\n"
             "一、实施范围\n包括甲园区（12.5平方公里）、乙园区，总面积约20平方公里。\n"
             "二、主要指标\n| 指标 | 单位 | 2025年 | 2027年 |\n|---|---|---|---|\n"
             "| 基站数 | 个 | 1000 | 3000 |\n"
             "三、重点任务\n1.做好甲事。要做好。（责任单位：市科委；完成时限：2027年底前）\n\n"
             "某市人民政府\n2026年3月2日\n本计划自2026年4月1日起施行。\n"),
      {});
  EXPECT_EQ(table.substr(0, table.find("\n\n")),
            "某市数字经济行动计划\n某政发〔2026〕5号\n"
            "issued 某市人民政府, 2026-03-02\n"
            "in force from 2026-04-01\n"
            "areas: 甲园区 12.5 km²、乙园区\n"
            "in all 20 km²\n"
            "indicator: 基站数 (个): 2025年 1000, 2027年 3000");
  EXPECT_NE(table.find("市科委  [2027年底前]\n"), std::string::npos) << table;
}

TEST(PlanAsTableTest, AlignsWideCharacters) {
  const std::string table = PlanAsTable(*Parse(kPlan), {});
  std::vector<int> columns;
  for (const absl::string_view line : absl::StrSplit(table, '\n')) {
    for (const char* unit : {"市科委", "市教委"}) {
      const size_t at = line.find(unit);
      if (at != absl::string_view::npos) columns.push_back(DisplayWidth(line.substr(0, at)));
    }
  }
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0], columns[1]);
}

TEST(DisplayWidthTest, CountsColumns) {
  EXPECT_EQ(DisplayWidth("a中é"), 4);
  EXPECT_EQ(Clip("一二三", 5), "一二…");
  EXPECT_EQ(Clip("一二三", 6), "一二三");
  EXPECT_EQ(Pad("中", 4), "中  ");
}

// Labelled plans, where a developer has them beside the project: their texts are not ours to give.
constexpr const char* kPlans = "../shared/plans";
fs::path Scorer() { return fs::path(kPlans) / "score.py"; }

// Runs the scorer of the labelled plans on what the reader makes of them.
class ScoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(Scorer()))
      GTEST_SKIP() << "no labelled plans beside the project: nothing to score";
    if (std::system("python3 --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no python3";
    folder_ = fs::temp_directory_path() / absl::StrCat("duban-score-", getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  std::string Scored(const fs::path& text, const fs::path& gold) {
    return ScoredBytes(ReadFile(text), gold);
  }

  std::string ScoredBytes(const std::string& bytes, const fs::path& gold) {
    const absl::StatusOr<ParsedPlan> plan = Parse(bytes);
    if (!plan.ok()) return absl::StrCat(plan.status().ToString(), "\n");
    const fs::path parsed = folder_ / "parsed.json";
    std::ofstream(parsed) << PlanAsJson(*plan, {});
    return Output(
        absl::StrCat("python3 ", Scorer().string(), " ", gold.string(), " ", parsed.string()));
  }

  static std::string Output(const std::string& command) {
    std::string out;
    FILE* pipe = popen(command.c_str(), "r");
    char buffer[4096];
    while (pipe != nullptr && fgets(buffer, sizeof(buffer), pipe) != nullptr) out += buffer;
    if (pipe != nullptr) pclose(pipe);
    std::cout << out;
    return out;
  }

  // The number after `word`; -1 when it is not there.
  static double Figure(const std::string& line, const std::string& word) {
    const size_t at = line.find(word);
    return at == std::string::npos ? -1 : std::atof(line.c_str() + at + word.size());
  }

  static std::vector<fs::path> Others() {
    std::vector<fs::path> texts;
    for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(kPlans) / "others")) {
      if (entry.path().extension() == ".txt") texts.push_back(entry.path());
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  }
  static fs::path GoldOf(fs::path text) { return text.replace_extension(".gold.json"); }

  fs::path folder_;
};

TEST_F(ScoreTest, FirstPlanIsReadExactly) {
  const std::string line =
      Scored(fs::path(kPlans) / "xuhui/plan.txt", fs::path(kPlans) / "xuhui/gold.json");
  EXPECT_EQ(Figure(line, "tasks F1"), 1);
  EXPECT_EQ(Figure(line, "pairs F1"), 1);
  EXPECT_EQ(Figure(line, "roles"), 1);
  EXPECT_NE(line.find("title yes"), std::string::npos);
}

TEST_F(ScoreTest, OtherPlansAreReadWell) {
  for (const fs::path& text : Others()) {
    const std::string line = Scored(text, GoldOf(text));
    EXPECT_GE(Figure(line, "tasks F1"), 0.98) << line;
    EXPECT_GE(Figure(line, "pairs F1"), 0.98) << line;
    EXPECT_GE(Figure(line, "roles"), 0.97) << line;
  }
}

// The same documents as other hands would have sent them.
struct Rendering {
  const char* name;
  std::string (*render)(const std::string&);
  bool keeps_lines;  // otherwise tables of Markdown are lost
  double least;      // of clipped pages: see ClippedLossesAreSaid
};

std::string Traditional(const std::string& text) {
  return plantext::testing::Damage(text, {.traditional = true});
}
std::string Pinyin(const std::string& text) {
  return plantext::testing::Damage(text, {.seed = 5, .pinyin_percent = 16});
}
std::string Gb(const std::string& text) { return plantext::testing::ToGb18030(text); }
std::string OneLine(const std::string& text) { return plantext::testing::AsOneLine(text); }
std::string Html(const std::string& text) { return plantext::testing::AsHtml(text); }
std::string Pages(const std::string& text) { return plantext::testing::AsPages(text, 33, 18); }
std::string Slips(const std::string& text) { return plantext::testing::WithSlips(text, 10, 7); }
std::string Clipped(const std::string& text) { return plantext::testing::AsClippedPage(text, 41); }

TEST_F(ScoreTest, OtherRenderingsLoseLittle) {
  const Rendering renderings[] = {
      {"gb18030", Gb, true, 0.98},       {"one line", OneLine, false, 0.98},
      {"html", Html, true, 0.98},        {"traditional", Traditional, true, 0.98},
      {"pinyin", Pinyin, true, 0.98},    {"pages", Pages, false, 0.98},
      {"byte slips", Slips, true, 0.98}, {"clipped", Clipped, false, 0.92}};
  for (const fs::path& path : Others()) {
    const fs::path gold = GoldOf(path);
    const std::string text = ReadFile(path);
    for (const Rendering& rendering : renderings) {
      if (!rendering.keeps_lines && text.find("\n|") != std::string::npos) continue;
      const std::string line = ScoredBytes(rendering.render(text), gold);
      EXPECT_GE(Figure(line, "tasks F1"), rendering.least) << rendering.name << ": " << line;
      EXPECT_GE(Figure(line, "pairs F1"), rendering.least) << rendering.name << ": " << line;
    }
  }
}

std::set<std::string> Pairs(const plantext::ParsedTask& task) {
  std::set<std::string> pairs;
  for (const plantext::Unit& unit : task.units) {
    pairs.insert(absl::StrCat(plantext::FoldName(unit.name), unit.role == plantext::Role::kLead));
  }
  return pairs;
}

bool SaysSomething(const ParsedPlan& plan, const plantext::Range& range) {
  constexpr int64_t kNear = 30;
  return std::any_of(plan.findings.begin(), plan.findings.end(), [&](const plantext::Finding& f) {
    return f.rule.rfind("normalise", 0) != 0 && f.rule.rfind("layout", 0) != 0 &&
           f.range.begin <= range.end + kNear && f.range.end >= range.begin - kNear;
  });
}

// Pairs that the whole text does not have, with nothing said near their task, and all of the whole.
std::pair<size_t, size_t> SilentPairs(const std::string& text, int columns) {
  const absl::StatusOr<ParsedPlan> whole = Parse(text);
  const absl::StatusOr<ParsedPlan> clipped = Parse(plantext::testing::AsClippedPage(text, columns));
  if (!whole.ok() || !clipped.ok()) return {1, 0};
  std::multimap<std::string, std::set<std::string>> tasks;  // by number, which may repeat
  size_t pairs = 0;
  for (const plantext::ParsedTask& task : whole->tasks) {
    tasks.emplace(std::string(task.number), Pairs(task));
    pairs += task.units.size();
  }
  size_t silent = 0;
  for (const plantext::ParsedTask& task : clipped->tasks) {
    const std::set<std::string> own = Pairs(task);
    size_t strange = own.size();
    const auto [first, last] = tasks.equal_range(std::string(task.number));
    for (auto same = first; same != last; ++same) {
      const auto missing = std::count_if(own.begin(), own.end(), [&](const std::string& pair) {
        return !same->second.contains(pair);
      });
      strange = std::min(strange, static_cast<size_t>(missing));
    }
    if (strange > 0 && !SaysSomething(*clipped, task.range)) silent += strange;
  }
  return {silent, pairs};
}

// Characters that stand nowhere else cannot come back, but every loss is said where it happened.
TEST(ClippedPageTest, LossesAreSaid) {
  const std::string text = ReadFile("deploy/plan/xuhui.txt");
  for (const int columns : {29, 33, 41, 46, 52}) {
    EXPECT_EQ(SilentPairs(text, columns).first, 0u) << columns;
  }
}

TEST_F(ScoreTest, ClippedLossesAreSaid) {
  for (const fs::path& path : Others()) {
    const std::string text = ReadFile(path);
    if (text.find("\n|") != std::string::npos) continue;
    for (int columns = 27; columns <= 60; ++columns) {
      const auto [silent, pairs] = SilentPairs(text, columns);
      EXPECT_LE(silent * 50, pairs) << path << " at " << columns;
    }
  }
}

}  // namespace
}  // namespace duban::cli
