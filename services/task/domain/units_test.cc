#include "services/task/domain/units.h"

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "services/common/testing/status_matchers.h"

namespace duban::task {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

ReadUnit Read(absl::string_view name, absl::string_view agency,
              plantext::Role role = plantext::Role::kResponsible, bool hint = false) {
  return {.unit = {.name = name, .role = role, .lead_hint = hint},
          .resolution = {.agency_id = std::string(agency)}};
}

TEST(UnitsTest, AHintIsInferredAndALeadIsExplicit) {
  const Part hint = PartOf({.name = "市科委", .lead_hint = true}, 0);
  EXPECT_EQ(hint.role, Role::kResponsible);
  EXPECT_EQ(hint.provenance, Provenance::kInferred);
  EXPECT_TRUE(hint.lead_hint);
  const Part lead =
      PartOf({.name = "市科委", .role = plantext::Role::kLead, .lead_explicit = true}, 0);
  EXPECT_EQ(lead.role, Role::kLead);
  EXPECT_EQ(lead.provenance, Provenance::kExplicit);
  EXPECT_FALSE(lead.lead_hint);
  const Part plain = PartOf({.name = "市科委"}, 1);
  EXPECT_EQ(plain.provenance, Provenance::kUnspecified);
}

TEST(UnitsTest, SeveralLabelsMergeAndTheStrongestRoleWins) {
  const TaskParts parts =
      PartsOf({Read("市科委", "sci-tech", plantext::Role::kSupporting), Read("市财政局", "finance"),
               Read("上海市科委", "sci-tech", plantext::Role::kLead)});
  ASSERT_THAT(parts.agencies, SizeIs(2));
  EXPECT_EQ(parts.agencies[0].agency, "sci-tech");
  EXPECT_EQ(parts.agencies[0].part, (Part{.role = Role::kLead,
                                          .provenance = Provenance::kExplicit,
                                          .printed_names = {"市科委", "上海市科委"},
                                          .order = 0}));
  EXPECT_EQ(parts.agencies[1].part.order, 1);
}

TEST(UnitsTest, NothingIsLinkedButWhatTheRegisterLinks) {
  ReadUnit near = Read("市科技委", "");
  near.resolution.proposals = {{.agency_id = "sci-tech", .name = "市科委", .score = 800}};
  const TaskParts parts = PartsOf({near, Read("市科技委", "")});
  EXPECT_THAT(parts.agencies, IsEmpty());
  ASSERT_THAT(parts.unresolved, SizeIs(1));
  EXPECT_EQ(parts.unresolved[0].text, "市科技委");
  EXPECT_THAT(parts.unresolved[0].proposals, SizeIs(1));
}

TEST(UnitsTest, ACollectiveIsListedEvenWhenTheRegisterKnowsIt) {
  ReadUnit all = Read("各区", "districts");
  all.collective = true;
  const TaskParts parts = PartsOf({all});
  EXPECT_THAT(parts.agencies, IsEmpty());
  ASSERT_THAT(parts.unresolved, SizeIs(1));
  EXPECT_TRUE(parts.unresolved[0].collective);
}

// What must not depend on the order in which the labels stand.
std::map<std::string, std::tuple<Role, Provenance, bool>> Roles(
    const std::vector<ReadUnit>& units) {
  std::map<std::string, std::tuple<Role, Provenance, bool>> roles;
  for (const AgencyPart& agency : PartsOf(units).agencies) {
    roles[agency.agency] = {agency.part.role, agency.part.provenance, agency.part.lead_hint};
  }
  return roles;
}

TEST(UnitsTest, RolesDoNotDependOnTheOrderOfLabels) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<ReadUnit> units;
    for (int i = 0; i < 8; ++i) {
      const auto role = static_cast<plantext::Role>(random() % 3);
      units.push_back(Read("单位", std::string(1, static_cast<char>('a' + random() % 3)), role,
                           random() % 2 == 0));
    }
    const auto roles = Roles(units);
    std::shuffle(units.begin(), units.end(), random);
    EXPECT_EQ(Roles(units), roles);
  }
}

TEST(UnitsTest, MergeIsTheSameFromBothSides) {
  const Part lead{.role = Role::kLead,
                  .provenance = Provenance::kConfirmed,
                  .printed_names = {"b"},
                  .order = 4};
  const Part hint{.lead_hint = true, .printed_names = {"a"}, .order = 2};
  EXPECT_EQ(Merge(lead, hint), Merge(hint, lead));
  EXPECT_THAT(Merge(lead, hint).printed_names, ElementsAre("a", "b"));
  EXPECT_FALSE(Merge(lead, hint).lead_hint);
}

}  // namespace
}  // namespace duban::task
