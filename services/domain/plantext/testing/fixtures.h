#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "services/domain/plantext/plantext.h"

namespace duban::plantext::testing {

// A file below the project's folder; empty when there is none.
std::string ReadFile(const std::string& path);
std::string ToGb18030(absl::string_view utf8);
// One line a task: "1|title|LEAD name,name,SUPPORTING name", for comparing whole plans.
std::string Summary(const ParsedPlan& plan);
// Rules of the findings, each once, sorted, joined by blanks.
std::string Rules(const ParsedPlan& plan);

}  // namespace duban::plantext::testing
