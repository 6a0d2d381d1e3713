#include "services/common/config/config.h"

#include <fstream>

#include "services/common/testing/status_matchers.h"
#include "services/common/testing/temp_dir.h"

namespace duban::config {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

class ConfigTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& yaml) {
    std::ofstream(dir_.File("c.yaml")) << yaml;
    return "--config=" + dir_.File("c.yaml");
  }

  absl::StatusOr<Outcome> Run(std::vector<std::string> words) {
    words.insert(words.begin(), "duban-task");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    return Load(static_cast<int>(argv.size()), argv.data(), "duban-task", "keeps plans",
                {{.name = "listen", .target = &listen_, .help = "address", .required = true},
                 {.name = "max_rows", .target = &rows_, .help = "rows"},
                 {.name = "limit_loopback", .target = &limit_, .help = "limit"},
                 {.name = "grace", .target = &grace_, .help = "time"}});
  }

  testing::TempDir dir_;
  std::string listen_;
  int64_t rows_ = 5;
  bool limit_ = false;
  absl::Duration grace_ = absl::Seconds(1);
};

TEST_F(ConfigTest, ReadsTheFile) {
  EXPECT_THAT(Run({Write("listen: 127.0.0.1:0\nmax_rows: 7\nlimit_loopback: true\ngrace: 1m\n")}),
              IsOk());
  EXPECT_EQ(listen_, "127.0.0.1:0");
  EXPECT_EQ(rows_, 7);
  EXPECT_TRUE(limit_);
  EXPECT_EQ(grace_, absl::Minutes(1));
}

TEST_F(ConfigTest, FlagsOverrideTheFileWhereverTheyStand) {
  EXPECT_THAT(Run({"--max_rows", "9", Write("listen: a:1\nmax_rows: 7\n"), "--limit_loopback"}),
              IsOk());
  EXPECT_EQ(rows_, 9);
  EXPECT_TRUE(limit_);
}

TEST_F(ConfigTest, KeepsDefaults) {
  EXPECT_THAT(Run({"--listen=a:1"}), IsOk());
  EXPECT_EQ(rows_, 5);
  EXPECT_EQ(grace_, absl::Seconds(1));
}

TEST_F(ConfigTest, ReportsAllFaultsAtOnce) {
  auto outcome =
      Run({Write("max_rows: many\nmax_rows: 3\nwrong: 1\ngrace: [1]\n"), "--other=1", "word"});
  EXPECT_THAT(outcome, StatusIs(absl::StatusCode::kInvalidArgument, "BAD_CONFIG"));
  const Metadata faults = ErrorMetadata(outcome.status());
  EXPECT_EQ(faults.size(), 7u);
  std::string all;
  for (const auto& [key, fault] : faults) all += fault + "\n";
  for (const char* part : {"word", "max_rows must be a whole number", "max_rows is given twice",
                           "unknown setting wrong", "grace must have one value",
                           "unknown setting other", "listen is required"}) {
    EXPECT_THAT(all, HasSubstr(part));
  }
}

TEST_F(ConfigTest, RefusesFilesItCannotUse) {
  for (const std::string& flag :
       {Write("a: [\n"), std::string("--config=/none/c.yaml"), std::string("--config")}) {
    EXPECT_THAT(Run({"--listen=a:1", flag}),
                StatusIs(absl::StatusCode::kInvalidArgument, "BAD_CONFIG"))
        << flag;
  }
  EXPECT_THAT(Run({"--listen=a:1", Write("- a\n- b\n")}),
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_CONFIG"));
  EXPECT_THAT(Run({"--listen=a:1", Write("grace: 1s\n---\ngrace: 2s\n")}),
              StatusIs(absl::StatusCode::kInvalidArgument, "BAD_CONFIG"));
}

TEST_F(ConfigTest, HelpAndVersionEnd) {
  ::testing::internal::CaptureStdout();
  auto help = Run({"--help"});
  auto version = Run({"--version"});
  const std::string out = ::testing::internal::GetCapturedStdout();
  ASSERT_THAT(help, IsOk());
  ASSERT_THAT(version, IsOk());
  EXPECT_EQ(*help, Outcome::kExit);
  EXPECT_EQ(*version, Outcome::kExit);
  EXPECT_THAT(out, HasSubstr("limit_loopback"));
  EXPECT_THAT(out, HasSubstr("duban-task 0."));
}

}  // namespace
}  // namespace duban::config
