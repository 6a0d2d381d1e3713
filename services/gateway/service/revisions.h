#pragma once

#include <cstdint>

namespace duban::gateway {

// The hub services whose feeds the gateway folds.
enum class Source { kTask, kAgency, kReporting };
inline constexpr Source kSources[] = {Source::kTask, Source::kAgency, Source::kReporting};

// "services/task" and so on, as answers list them in `unreachable`.
inline const char* SourceName(Source source) {
  switch (source) {
    case Source::kTask:
      return "services/task";
    case Source::kAgency:
      return "services/agency";
    case Source::kReporting:
      return "services/reporting";
  }
  return "";
}

// How far each feed was folded.
struct Revisions {
  int64_t task = 0, agency = 0, reporting = 0;

  int64_t& of(Source source) {
    return source == Source::kTask ? task : source == Source::kAgency ? agency : reporting;
  }
  bool reached(const Revisions& needed) const {
    return task >= needed.task && agency >= needed.agency && reporting >= needed.reporting;
  }
  friend bool operator==(const Revisions&, const Revisions&) = default;
};

}  // namespace duban::gateway
