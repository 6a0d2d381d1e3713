#include "services/cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace duban::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

// Runs and returns what went to standard error.
std::string ErrorsOf(const std::vector<std::string>& words, int status) {
  CaptureStderr();
  EXPECT_EQ(Run(words), status);
  return GetCapturedStderr();
}

class CommandTest : public ::testing::Test {
 protected:
  CommandTest() {
    for (const char* name :
         {"DUBAN_GATEWAY", "DUBAN_NODE", "DUBAN_TLS_CERT", "DUBAN_TLS_KEY", "DUBAN_TLS_CA"}) {
      unsetenv(name);
    }
  }
};

TEST_F(CommandTest, NoTwoCommandsHaveTheSameWordsOrFlagsTwice) {
  std::set<std::string> words;
  for (const Command& command : AllCommands()) {
    EXPECT_TRUE(words.insert(command.words).second) << command.words;
    std::set<std::string> flags;
    for (const Flag& flag : command.flags) EXPECT_TRUE(flags.insert(flag.name).second) << flag.name;
    for (const Flag& flag : CommonFlags(command)) {
      EXPECT_TRUE(flags.insert(flag.name).second) << command.words << " --" << flag.name;
    }
  }
}

TEST_F(CommandTest, SaysWhatThereIsForAnUnknownCommand) {
  EXPECT_THAT(ErrorsOf({"plan", "explode"}, 2), HasSubstr("unknown command \"plan explode\""));
  EXPECT_THAT(ErrorsOf({"board", "--colour", "red"}, 2), HasSubstr("unknown flag --colour"));
  EXPECT_THAT(ErrorsOf({"board"}, 2), HasSubstr("PLAN is missing"));
  EXPECT_THAT(ErrorsOf({"board", "p", "--format", "xml"}, 2),
              HasSubstr("--format is table or json"));
}

TEST_F(CommandTest, SaysHowToConnect) {
  EXPECT_THAT(ErrorsOf({"board", "p"}, 2), HasSubstr("--gateway"));
  EXPECT_THAT(ErrorsOf({"board", "p", "--gateway", "127.0.0.1:1"}, 2), HasSubstr("--tls-cert"));
  EXPECT_THAT(ErrorsOf({"node", "status"}, 2), HasSubstr("--node"));
}

TEST_F(CommandTest, RefusesBadPercentagesBeforeAnyCall) {
  for (const char* percent : {"NaN", "inf", "101", "-1", "abc"}) {
    EXPECT_THAT(ErrorsOf({"node", "submit", "--task", "#1", "--period", "2026-10", "--percent",
                          percent, "--node", "127.0.0.1:1"},
                         1),
                HasSubstr("[INVALID_ARGUMENT / INVALID_PERCENT]"));
  }
}

TEST_F(CommandTest, HelpListsEveryCommand) {
  CaptureStdout();
  EXPECT_EQ(cli::Run({"help"}), 0);
  const std::string help = GetCapturedStdout();
  for (const Command& command : AllCommands())
    EXPECT_THAT(help, HasSubstr("duban " + command.words));
}

}  // namespace
}  // namespace duban::cli
