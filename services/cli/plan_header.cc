#include "services/cli/plan_header.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/numbers.h"

namespace duban::cli {

namespace tsk = duban::task::v1;

std::string AreaText(int64_t milli_km2) {
  if (milli_km2 == 0) return "";
  std::string number = FormatScaled(milli_km2, 3);
  number.erase(number.find_last_not_of('0') + 1);
  if (number.back() == '.') number.pop_back();
  return number + " km²";
}

std::string AreasText(const tsk::Plan& plan) {
  return absl::StrJoin(plan.areas(), "、", [](std::string* out, const tsk::Area& area) {
    absl::StrAppend(out, area.name(), area.milli_km2() == 0 ? "" : " ", AreaText(area.milli_km2()));
  });
}

std::string IndicatorText(const tsk::PrintedIndicator& indicator) {
  return absl::StrCat(
      indicator.name(), indicator.measure().empty() ? "" : " (", indicator.measure(),
      indicator.measure().empty() ? ": " : "): ",
      absl::StrJoin(indicator.values(), ", ", [](std::string* out, const tsk::PrintedValue& value) {
        absl::StrAppend(out, value.column(), value.column().empty() ? "" : " ", value.value());
      }));
}

}  // namespace duban::cli
