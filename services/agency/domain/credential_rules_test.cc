#include "services/agency/domain/credential_rules.h"

#include "services/agency/domain/limits.h"
#include "services/common/testing/status_matchers.h"

namespace duban::agency {
namespace {

using testing::IsOk;

CredentialRecord Good() {
  return {
      .identity = "spiffe://duban.test/operator/li", .roles = {{.number = 5}}, .plans = {"xuhui"}};
}

std::string FaultyField(const CredentialRecord& record) {
  const absl::Status status = CheckCredential(record, "duban.test");
  EXPECT_THAT(status, testing::StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_CREDENTIAL"));
  return ErrorMetadata(status)["field"];
}

TEST(CredentialRulesTest, AcceptsOperatorsAndSystems) {
  EXPECT_THAT(CheckCredential(Good(), "duban.test"), IsOk());
  CredentialRecord record = Good();
  record.identity = "spiffe://duban.test/system/oa";
  EXPECT_THAT(CheckCredential(record, "duban.test"), IsOk());
}

TEST(CredentialRulesTest, NamesTheFieldAtFault) {
  for (const char* identity :
       {"", "li", "spiffe://other.test/operator/li", "spiffe://duban.test/hub/task",
        "spiffe://duban.test/agency/finance/node/n1"}) {
    CredentialRecord record = Good();
    record.identity = identity;
    EXPECT_EQ(FaultyField(record), "identity") << identity;
  }
  CredentialRecord record = Good();
  record.roles = {};
  EXPECT_EQ(FaultyField(record), "roles");
  record.roles = {{.number = 1, .grantable = false}};
  EXPECT_EQ(FaultyField(record), "roles");
  record.roles = {{.number = 5}, {.number = 5}};
  EXPECT_EQ(FaultyField(record), "roles");
  record = Good();
  record.plans = {"Xuhui"};
  EXPECT_EQ(FaultyField(record), "plans");
  record.plans.assign(kMaxPlansPerCredential + 1, "p");
  EXPECT_EQ(FaultyField(record), "plans");
}

}  // namespace
}  // namespace duban::agency
