#include "services/agency/domain/node_rules.h"

#include "services/agency/domain/limits.h"
#include "services/common/testing/status_matchers.h"

namespace duban::agency {
namespace {

using testing::IsOk;

std::string FaultyField(const NodeRecord& record) {
  const absl::Status status = CheckNode(record);
  EXPECT_THAT(status, testing::StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_NODE"));
  return ErrorMetadata(status)["field"];
}

NodeRecord::Key Key(char fill) {
  return {.algorithm = "ed25519", .public_key = std::string(32, fill)};
}

TEST(NodeRulesTest, AcceptsDistinctEd25519Keys) {
  EXPECT_THAT(CheckNode({.signing_keys = {Key('a'), Key('b')}}), IsOk());
}

TEST(NodeRulesTest, NamesTheFieldAtFault) {
  EXPECT_EQ(FaultyField({}), "signing_keys");
  EXPECT_EQ(FaultyField({.signing_keys = {Key('a'), Key('a')}}), "signing_keys");
  EXPECT_EQ(
      FaultyField({.signing_keys = std::vector<NodeRecord::Key>(kMaxSigningKeys + 1, Key('a'))}),
      "signing_keys");
  EXPECT_EQ(
      FaultyField({.signing_keys = {{.algorithm = "rsa", .public_key = std::string(32, 'a')}}}),
      "signing_keys.algorithm");
  EXPECT_EQ(
      FaultyField({.signing_keys = {{.algorithm = "ed25519", .public_key = std::string(31, 'a')}}}),
      "signing_keys.public_key");
  EXPECT_EQ(FaultyField({.signing_keys = {Key('a')}, .epoch = -1}), "epoch");
  EXPECT_EQ(FaultyField({.signing_keys = {Key('a')}, .custody_known = false}), "custody");
}

}  // namespace
}  // namespace duban::agency
