#include "services/common/base/names.h"

#include "services/common/testing/status_matchers.h"

namespace duban {
namespace {

using testing::IsOk;
using testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(NamesTest, ParsesExactlyWhatItPrints) {
  ASSERT_OK_AND_ASSIGN(auto plan, PlanName::Parse("plans/xuhui"));
  EXPECT_EQ(plan.ToString(), "plans/xuhui");
  ASSERT_OK_AND_ASSIGN(auto assignment,
                       AssignmentName::Parse("plans/p/tasks/t-4k2m9q/assignments/dpc"));
  EXPECT_EQ(assignment.agency, "dpc");
  EXPECT_EQ(assignment.task_name().ToString(), "plans/p/tasks/t-4k2m9q");
  ASSERT_OK_AND_ASSIGN(auto node, NodeName::Parse("agencies/a/nodes/n1"));
  EXPECT_EQ(node.ToString(), "agencies/a/nodes/n1");
  ASSERT_OK_AND_ASSIGN(auto unit, UnresolvedUnitName::Parse("plans/p/unresolvedUnits/u-1"));
  EXPECT_EQ(unit.ToString(), "plans/p/unresolvedUnits/u-1");
  EXPECT_THAT(CredentialName::Parse("credentials/c"), IsOk());
  EXPECT_THAT(AgencyName::Parse("agencies/a"), IsOk());
  EXPECT_THAT(TaskName::Parse("plans/p/tasks/t"), IsOk());
}

TEST(NamesTest, ParsesReportsWithAndWithoutVersion) {
  const std::string name = "plans/p/tasks/t/assignments/a/reports/2026-W47";
  ASSERT_OK_AND_ASSIGN(auto report, ReportName::Parse(name));
  EXPECT_EQ(report.period, "2026-W47");
  EXPECT_EQ(report.version, 0);
  ASSERT_OK_AND_ASSIGN(report, ReportName::Parse(name + "@12"));
  EXPECT_EQ(report.version, 12);
  EXPECT_EQ(report.ToString(), name + "@12");
  for (const char* bad : {"@", "@0", "@01", "@-1", "@1@2", "@99999999999", "/x", "w"}) {
    EXPECT_THAT(ReportName::Parse(name + bad), StatusIs(kInvalid, "INVALID_NAME")) << bad;
  }
}

TEST(NamesTest, RejectsEverythingElse) {
  for (const char* bad : {"", "plans", "plans/", "plans/A", "plans/p/", "/plans/p",
                          "plans/p/tasks/t", "plans/\xE5\xBE\x90", "plans/a b", "plan/p",
                          "plans/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    EXPECT_THAT(PlanName::Parse(bad), StatusIs(kInvalid, "INVALID_NAME")) << bad;
  }
}

TEST(IdentityTest, KnowsTheFiveForms) {
  for (const char* id : {"spiffe://d.test/hub/gateway", "spiffe://d.test/agency/dpc/node/n1",
                         "spiffe://d.test/agency/dpc/system/oa", "spiffe://d.test/system/bi",
                         "spiffe://d.test/operator/Li.Wei"}) {
    ASSERT_OK_AND_ASSIGN(auto identity, Identity::Parse(id));
    EXPECT_EQ(identity.ToString(), id);
  }
}

TEST(IdentityTest, RejectsOthers) {
  for (const char* id :
       {"", "http://d/hub/x", "spiffe://", "spiffe:///hub/x", "spiffe://d/hub", "spiffe://d/hub/",
        "spiffe://d/hub/../x", "spiffe://d/hub/..", "spiffe://d/agency/A/node/n",
        "spiffe://d/agency/a/other/n", "spiffe://d/root/x", "spiffe://d/hub/x?y",
        "spiffe://D/hub/x", "spiffe://d:80/hub/x", "spiffe://d/hub/x/y"}) {
    EXPECT_THAT(Identity::Parse(id), StatusIs(kInvalid, "INVALID_IDENTITY")) << id;
  }
}

}  // namespace
}  // namespace duban
