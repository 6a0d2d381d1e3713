#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/domain/report/period.h"

// What may stand in a report. The node asks early, the hub decides; both by these functions.
namespace duban::report {

struct IndicatorValue {
  std::string indicator;  // id in the task
  int64_t value = 0;      // at the indicator's scale; any value is possible
  int64_t denominator = 0;  // of a ratio
};

struct SupportRequest {
  std::string agency;  // agency id
  std::string text;
};

struct Evidence {
  std::string file_name;
  std::string media_type;
  int64_t size_bytes = 0;
  std::string sha256;  // 32 bytes
};

struct Content {
  std::string period;
  int32_t progress_bp = 0;
  std::vector<IndicatorValue> indicator_values;
  std::vector<std::string> milestones_done;
  bool rating_known = true;  // false when the rating is none that this program knows
  std::string done, problems, next;
  std::vector<SupportRequest> support_requests;
  std::vector<Evidence> evidence;
};

// A milestone or an indicator, as far as reports are concerned.
struct Deliverable {
  std::string id;
  bool ratio = false;  // an indicator that is reported as numerator and denominator
  std::vector<std::string> agencies;  // whose it is; empty: every agency of the task
};

// What a report is checked against.
struct Terms {
  std::string agency;  // who reports
  Cycle cycle = Cycle::kMonthly;
  absl::TimeZone zone;
  std::vector<Deliverable> indicators;
  std::vector<Deliverable> milestones;
};

// OK when `content` can be a report or a draft under `terms`. INVALID_ARGUMENT / INVALID_PERIOD
// {period} when the period is none of the plan's cycle; INVALID_ARGUMENT / INVALID_REPORT {field,
// problem} for all else.
absl::Status CheckContent(const Content& content, const Terms& terms);

// OK when the period of checked content has begun. FAILED_PRECONDITION / FUTURE_PERIOD {period}.
absl::Status CheckBegun(const Content& content, const Terms& terms, absl::Time now);

// OK for a non-blank reason, statement or text of at most kMaxReasonChars. INVALID_ARGUMENT /
// REASON_REQUIRED {field} when it is blank, too long, or holds characters that no text may hold.
absl::Status CheckReason(absl::string_view field, absl::string_view text);

}  // namespace duban::report
