#include "services/domain/plantext/english.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {
namespace {

// "L:" leads, "S:" supports; joined by |.
std::string Names(absl::string_view list, Role role = Role::kResponsible) {
  Text text;
  int64_t at = 0;
  for (const char16_t c : ToUtf16(list)) text.Append(c, at++);
  std::string out;
  for (const NamedUnit& unit : ReadEnglishNames(text, MakeStretch(text, 0, text.size()), role)) {
    absl::StrAppend(&out, out.empty() ? "" : "|",
                    unit.role == Role::kLead         ? "L:"
                    : unit.role == Role::kSupporting ? "S:"
                                                     : "",
                    ToUtf8(unit.name));
  }
  return out;
}

TEST(EnglishNamesTest, Keys) {
  EXPECT_EQ(Names("Lead: OMB; Support: GSA, NIST"), "L:OMB|S:GSA|S:NIST");
}

TEST(EnglishNamesTest, Marks) {
  EXPECT_EQ(Names("Home Office; Department of Health, Wales"),
            "Home Office|Department of Health, Wales");
  EXPECT_EQ(Names("OMB, GSA & the Central Bank"), "OMB|GSA|Central Bank");
  EXPECT_EQ(Names("OMB<br>GSA"), "OMB|GSA");
  EXPECT_EQ(Names("—"), "");
}

TEST(EnglishNamesTest, Connectors) {
  EXPECT_EQ(Names("OMB, in coordination with GSA", Role::kLead), "L:OMB|S:GSA");
  EXPECT_EQ(Names("Department of Energy with support from NIST"), "Department of Energy|S:NIST");
}

TEST(EnglishNamesTest, NamesThatHoldCommas) {
  EXPECT_EQ(Names("Department for Culture, Media and Sport, Home Office"),
            "Department for Culture, Media and Sport|Home Office");
  EXPECT_EQ(Names("Home Office and Foreign, Commonwealth and Development Office"),
            "Home Office|Foreign, Commonwealth and Development Office");
}

TEST(EnglishNamesTest, SharedHeads) {
  EXPECT_EQ(Names("CIO and Data Officer Councils"), "CIO Council|Data Officer Council");
  EXPECT_EQ(Names("Departments of Energy, Commerce, and Labor"),
            "Department of Energy|Department of Commerce|Department of Labor");
}

TEST(EnglishNamesTest, RolesInBrackets) {
  EXPECT_EQ(Names("OMB (lead), GSA, Treasury (HMT)"), "L:OMB|GSA|Treasury (HMT)");
}

TEST(EnglishNamesTest, Scopes) {
  EXPECT_EQ(Names("Required for all agencies"), "");
  EXPECT_EQ(Names("All CFO Act agencies"), "");
}

TEST(EnglishKeyTest, AColonAndNothingButItsNouns) {
  const auto role = [](std::u16string_view line) { return EnglishRoleKeyAt(line, 0).role; };
  EXPECT_EQ(role(u"Lead implementing agency: X"), RoleWord::kLead);
  EXPECT_EQ(role(u"Other actors involved: X"), RoleWord::kSupporting);
  EXPECT_EQ(role(u"Support: X"), RoleWord::kSupporting);
  EXPECT_EQ(role(u"Responsible parties: X"), RoleWord::kResponsible);
  EXPECT_EQ(role(u"Due date: X"), RoleWord::kDeadline);
  EXPECT_EQ(role(u"Lead by example: X"), RoleWord::kNone);
  EXPECT_EQ(role(u"Leadership: X"), RoleWord::kNone);
  EXPECT_EQ(role(u"Other: X"), RoleWord::kNone);
}

}  // namespace
}  // namespace duban::plantext
