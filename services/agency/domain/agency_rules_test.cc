#include "services/agency/domain/agency_rules.h"

#include <map>

#include "services/agency/domain/limits.h"
#include "services/common/testing/status_matchers.h"

namespace duban::agency {
namespace {

using testing::IsOk;
using testing::StatusIs;
using Code = absl::StatusCode;

AgencyRecord Good() {
  return {.full_name = "上海市科学技术委员会", .short_name = "市科委", .valid_from = "2026-01-01"};
}

std::string FaultyField(const AgencyRecord& record) {
  const absl::Status status = CheckAgency(record);
  EXPECT_THAT(status, StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
  return ErrorMetadata(status)["field"];
}

TEST(AgencyRulesTest, AcceptsAnOrdinaryRecord) {
  EXPECT_THAT(CheckAgency(Good()), IsOk());
  EXPECT_THAT(NamesOf(Good()), testing::ElementsAre("上海市科学技术委员会", "市科委"));
}

TEST(AgencyRulesTest, NamesTheFieldAtFault) {
  AgencyRecord record = Good();
  record.full_name = "";
  EXPECT_EQ(FaultyField(record), "full_name");
  record = Good();
  record.full_name = "——";
  EXPECT_EQ(FaultyField(record), "full_name");
  record = Good();
  record.short_name = "市\u202e科委";
  EXPECT_EQ(FaultyField(record), "short_name");
  record = Good();
  record.english_name = std::string(kMaxNameChars + 1, 'a');
  EXPECT_EQ(FaultyField(record), "english_name");
  record = Good();
  record.aliases = {"a\nb"};
  EXPECT_EQ(FaultyField(record), "aliases");
  record = Good();
  record.former_names.assign(kMaxNamesOfAKind + 1, "a");
  EXPECT_EQ(FaultyField(record), "former_names");
  record = Good();
  record.kind_known = false;
  EXPECT_EQ(FaultyField(record), "kind");
  record = Good();
  record.parent = "agencies/";
  EXPECT_EQ(FaultyField(record), "parent");
  record = Good();
  record.valid_from = "2026-02-30";
  EXPECT_EQ(FaultyField(record), "valid_from");
  record = Good();
  record.valid_to = "2025-12-31";
  EXPECT_EQ(FaultyField(record), "valid_to");
}

// A register of parents.
absl::Status CheckIn(const std::map<std::string, std::string>& parents, absl::string_view name) {
  return CheckParents(name, parents.at(std::string(name)),
                      [&](absl::string_view agency) -> absl::StatusOr<std::optional<std::string>> {
                        auto found = parents.find(std::string(agency));
                        if (found == parents.end()) return std::optional<std::string>();
                        return std::make_optional(found->second);
                      });
}

TEST(AgencyRulesTest, AcceptsAChainOfParents) {
  EXPECT_THAT(CheckIn({{"a", "b"}, {"b", "c"}, {"c", ""}}, "a"), IsOk());
}

TEST(AgencyRulesTest, RefusesParentsThatAreMissingOrLeadBack) {
  EXPECT_THAT(CheckIn({{"a", "b"}}, "a"), StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
  EXPECT_THAT(CheckIn({{"a", "a"}}, "a"), StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
  EXPECT_THAT(CheckIn({{"a", "b"}, {"b", "c"}, {"c", "a"}}, "a"),
              StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
}

TEST(AgencyRulesTest, RefusesChainsWithoutEnd) {
  std::map<std::string, std::string> parents;
  for (int i = 0; i < kMaxParents + 1; ++i) parents[absl::StrCat(i)] = absl::StrCat(i + 1);
  parents[absl::StrCat(kMaxParents + 1)] = "";
  EXPECT_THAT(CheckIn(parents, "1"), IsOk());
  EXPECT_THAT(CheckIn(parents, "0"), StatusIs(Code::kInvalidArgument, "INVALID_AGENCY"));
}

}  // namespace
}  // namespace duban::agency
