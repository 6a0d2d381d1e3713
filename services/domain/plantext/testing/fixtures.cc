#include "services/domain/plantext/testing/fixtures.h"

#include <unicode/ucnv.h>

#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext::testing {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string ToGb18030(absl::string_view utf8) {
  const std::u16string text = ToUtf16(utf8);
  UErrorCode error = U_ZERO_ERROR;
  UConverter* converter = ucnv_open("gb18030", &error);
  std::string out(text.size() * 4 + 4, '\0');
  const int32_t n = ucnv_fromUChars(converter, out.data(), static_cast<int32_t>(out.size()),
                                    text.data(), static_cast<int32_t>(text.size()), &error);
  ucnv_close(converter);
  out.resize(n);
  return out;
}

std::string Summary(const ParsedPlan& plan) {
  std::string out;
  for (const ParsedTask& task : plan.tasks) {
    std::vector<std::string> units;
    for (const Unit& unit : task.units) {
      units.push_back(absl::StrCat(unit.role == Role::kLead         ? "LEAD "
                                   : unit.role == Role::kSupporting ? "SUPPORTING "
                                                                    : "",
                                   unit.name));
    }
    absl::StrAppend(&out, task.number, "|", task.title, "|", absl::StrJoin(units, ","), "\n");
  }
  return out;
}

std::string Rules(const ParsedPlan& plan) {
  std::set<std::string> rules;
  for (const Finding& finding : plan.findings) rules.insert(finding.rule);
  return absl::StrJoin(rules, " ");
}

}  // namespace duban::plantext::testing
