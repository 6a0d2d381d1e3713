// libFuzzer target of the reader of official texts. What must hold for any bytes: an error has a
// reason, and a plan's ranges lie inside the text.
// Run by tests/fuzz/run; its corpus is replayed by every build.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "services/common/base/status.h"
#include "services/domain/plantext/plantext.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using duban::plantext::ParsedPlan;
  static const std::vector<duban::plantext::RegisterName> names = {{"kw", "市科委"},
                                                                   {"rh", "中国人民银行上海总部"}};
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<ParsedPlan> plan = duban::plantext::Parse(bytes, {.names = names});
  if (!plan.ok()) {
    if (duban::ErrorReason(plan.status()).empty()) std::abort();
    return 0;
  }
  const auto inside = [size](const duban::plantext::Range& range) {
    return range.begin >= 0 && range.begin <= range.end && range.end <= static_cast<int64_t>(size);
  };
  for (const duban::plantext::ParsedTask& task : plan->tasks) {
    if (!inside(task.range) || task.parent >= static_cast<int>(plan->tasks.size())) std::abort();
    for (const duban::plantext::Unit& unit : task.units) {
      if (!inside(unit.range) || unit.name.empty()) std::abort();
      duban::plantext::Resolve(unit.name, names);
    }
  }
  for (const duban::plantext::Finding& finding : plan->findings) {
    if (!inside(finding.range) || finding.rule.empty()) std::abort();
  }
  return 0;
}
