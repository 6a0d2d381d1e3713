#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace duban {

enum class LogLevel { kInfo, kWarning, kError };

using LogField = std::pair<absl::string_view, std::string>;

// Sets the name that each line carries as "service". Call once, before the first line.
void SetLogService(absl::string_view service);

// Writes one JSON line to standard error: time, level, service, event, then `fields`. Control characters are escaped. Thread-safe.
void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace duban
