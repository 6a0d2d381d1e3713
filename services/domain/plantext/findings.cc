#include "services/domain/plantext/findings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/domain/plantext/limits.h"

namespace duban::plantext {

void Findings::Repair(std::string_view rule, Range range, std::u16string_view before,
                      std::u16string_view after, int confidence, std::string message) {
  Finding finding{.rule = std::string(rule),
                  .range = range,
                  .before = ToUtf8(before),
                  .after = ToUtf8(after),
                  .confidence = confidence,
                  .message = std::move(message)};
  finding.doubt = confidence < 70;
  Add(std::move(finding));
}

void Findings::Doubt(std::string_view rule, Range range, std::u16string_view before,
                     std::string message) {
  Add({.rule = std::string(rule),
       .range = range,
       .before = ToUtf8(before),
       .message = std::move(message),
       .doubt = true});
}

void Findings::Add(Finding finding) {
  if (findings_.size() >= kMaxFindings) {
    ++left_out_;
    return;
  }
  finding.line = lines_.At(finding.range.begin);
  findings_.push_back(std::move(finding));
}

std::vector<Finding> Findings::Take() {
  std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
    return a.range.begin < b.range.begin;
  });
  if (left_out_ > 0) {
    findings_.push_back({.rule = "findings.left-out",
                         .message = absl::StrCat(left_out_, " more findings are not listed"),
                         .doubt = true});
  }
  return std::move(findings_);
}

}  // namespace duban::plantext
