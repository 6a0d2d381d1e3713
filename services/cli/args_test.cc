#include "services/cli/args.h"

#include "services/common/testing/status_matchers.h"

namespace duban::cli {
namespace {

using duban::testing::StatusIs;
using ::testing::ElementsAre;

const std::vector<Flag> kFlags = {
    {"plan", "ID", ""}, {"all", "", ""}, {"milestone", "ID", "", true}};

absl::StatusOr<Args> Parse(const std::vector<std::string>& words,
                           const char* operands = "FILE [NAME]") {
  return ParseArgs(words, operands, kFlags);
}

TEST(ArgsTest, TakesFlagsAndOperandsInAnyOrder) {
  ASSERT_OK_AND_ASSIGN(const Args args, Parse({"--plan", "p", "file", "--all", "--milestone=a",
                                               "name", "--milestone", "b"}));
  EXPECT_THAT(args.operands(), ElementsAre("file", "name"));
  EXPECT_EQ(args.get("plan"), "p");
  EXPECT_TRUE(args.has("all"));
  EXPECT_THAT(args.all("milestone"), ElementsAre("a", "b"));
}

TEST(ArgsTest, TakesValuesThatLookLikeSomethingElse) {
  ASSERT_OK_AND_ASSIGN(const Args args, Parse({"--plan=a=b", "-1", "--", "--all"}));
  EXPECT_EQ(args.get("plan"), "a=b");
  EXPECT_THAT(args.operands(), ElementsAre("-1", "--all"));
  EXPECT_FALSE(args.has("all"));
}

TEST(ArgsTest, RefusesWhatItDoesNotKnow) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"file", "--unknown"},
                                             {"file", "--all=yes"},
                                             {"file", "--plan"},
                                             {},
                                             {"a", "b", "c"},
                                             {"file", "--plan", "p", "--plan", "q"}}) {
    EXPECT_THAT(Parse(words), StatusIs(absl::StatusCode::kInvalidArgument, "USAGE"));
  }
}

TEST(ArgsTest, SaysWhichFlagIsNeeded) {
  ASSERT_OK_AND_ASSIGN(const Args args, Parse({"file", "--plan="}));
  EXPECT_THAT(args.required("plan"), StatusIs(absl::StatusCode::kInvalidArgument, "USAGE"));
  EXPECT_EQ(args.get("milestone", "otherwise"), "otherwise");
}

}  // namespace
}  // namespace duban::cli
