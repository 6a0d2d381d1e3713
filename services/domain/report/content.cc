#include "services/domain/report/content.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/domain/report/limits.h"

namespace duban::report {
namespace {

absl::Status InvalidReport(absl::string_view field, absl::string_view problem) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_REPORT",
                   absl::StrCat(field, ": ", problem),
                   {{"field", std::string(field)}, {"problem", std::string(problem)}});
}

absl::Status ReasonRequired(absl::string_view field, absl::string_view problem) {
  return MakeError(absl::StatusCode::kInvalidArgument, "REASON_REQUIRED",
                   absl::StrCat(field, ": ", problem), {{"field", std::string(field)}});
}

// Takes the first code point off `text`; -1 when it is not well-formed UTF-8.
int32_t TakeCodePoint(absl::string_view& text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const size_t length = first < 0x80   ? 1
                        : first < 0xC2 ? 0
                        : first < 0xE0 ? 2
                        : first < 0xF0 ? 3
                        : first < 0xF5 ? 4
                                       : 0;
  if (length == 0 || length > text.size()) return -1;
  int32_t point = length == 1 ? first : first & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return -1;
    point = point << 6 | (byte(i) & 0x3F);
  }
  const int32_t least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0;
  if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return -1;
  text.remove_prefix(length);
  return point;
}

bool IsForbidden(int32_t point) {
  if (point == '\n' || point == '\t') return false;
  if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return true;        // C0, DEL, C1
  if (point == 0x061C || point == 0x200E || point == 0x200F) return true;  // direction marks
  return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

absl::Status CheckText(absl::string_view field, absl::string_view text, size_t most_bytes) {
  if (text.size() > most_bytes) {
    return InvalidReport(field, absl::StrCat("longer than ", most_bytes, " bytes"));
  }
  if (HasForbiddenCharacters(text)) return InvalidReport(field, "forbidden characters");
  return absl::OkStatus();
}

bool IsOf(const std::vector<Deliverable>& all, const std::string& id, const std::string& agency) {
  return std::any_of(all.begin(), all.end(), [&](const Deliverable& one) {
    return one.id == id &&
           (one.agencies.empty() ||
            std::find(one.agencies.begin(), one.agencies.end(), agency) != one.agencies.end());
  });
}

absl::Status CheckPeriod(const Content& content, const Terms& terms) {
  DUBAN_ASSIGN_OR_RETURN(const Period period, Period::Parse(content.period));
  return period.cycle() == terms.cycle ? absl::OkStatus() : InvalidPeriod(content.period);
}

absl::Status CheckIndicators(const Content& content, const Terms& terms) {
  if (content.indicator_values.size() > kMaxIndicatorValues) {
    return InvalidReport("indicator_values", "too many");
  }
  std::set<std::string> seen;
  for (const IndicatorValue& value : content.indicator_values) {
    if (!IsOf(terms.indicators, value.indicator, terms.agency)) {
      return InvalidReport("indicator_values", "not an indicator of this assignment");
    }
    if (!seen.insert(value.indicator).second)
      return InvalidReport("indicator_values", "given twice");
  }
  return absl::OkStatus();
}

absl::Status CheckMilestones(const Content& content, const Terms& terms) {
  if (content.milestones_done.size() > kMaxMilestones) {
    return InvalidReport("milestones_done", "too many");
  }
  std::set<std::string> seen;
  for (const std::string& id : content.milestones_done) {
    if (!IsOf(terms.milestones, id, terms.agency)) {
      return InvalidReport("milestones_done", "not a milestone of this assignment");
    }
    if (!seen.insert(id).second) return InvalidReport("milestones_done", "given twice");
  }
  return absl::OkStatus();
}

absl::Status CheckSupport(const Content& content, const Terms& terms) {
  if (content.support_requests.size() > kMaxSupportRequests) {
    return InvalidReport("support_requests", "too many");
  }
  for (const SupportRequest& request : content.support_requests) {
    if (!IsValidId(request.agency) || request.agency == terms.agency) {
      return InvalidReport("support_requests", "agency is not the id of another agency");
    }
    if (absl::StripAsciiWhitespace(request.text).empty()) {
      return InvalidReport("support_requests", "text is missing");
    }
    DUBAN_RETURN_IF_ERROR(CheckText("support_requests", request.text, kMaxSupportTextBytes));
  }
  return absl::OkStatus();
}

bool IsPlainFileName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxFileNameBytes && name != "." && name != ".." &&
         name.find_first_of("/\\:\n\t") == absl::string_view::npos && !HasForbiddenCharacters(name);
}

absl::Status CheckEvidence(const Content& content) {
  if (content.evidence.size() > kMaxEvidence) return InvalidReport("evidence", "too many");
  for (const Evidence& file : content.evidence) {
    if (!IsPlainFileName(file.file_name)) {
      return InvalidReport("evidence", "file_name is not a plain file name");
    }
    if (file.media_type.find_first_of("\n\t") != std::string::npos) {
      return InvalidReport("evidence", "forbidden characters");
    }
    DUBAN_RETURN_IF_ERROR(CheckText("evidence", file.media_type, kMaxMediaTypeBytes));
    if (file.size_bytes < 0 || file.size_bytes > kMaxEvidenceBytes) {
      return InvalidReport("evidence", "size_bytes is out of range");
    }
    if (file.sha256.size() != 32) return InvalidReport("evidence", "sha256 is not 32 bytes");
  }
  return absl::OkStatus();
}

}  // namespace

bool HasForbiddenCharacters(absl::string_view text) {
  while (!text.empty()) {
    const int32_t point = TakeCodePoint(text);
    if (point < 0 || IsForbidden(point)) return true;
  }
  return false;
}

absl::Status CheckContent(const Content& content, const Terms& terms) {
  DUBAN_RETURN_IF_ERROR(CheckPeriod(content, terms));
  if (content.progress_bp < 0 || content.progress_bp > kMaxProgressBp) {
    return InvalidReport("progress_bp", "not within 0 to 10,000 basis points");
  }
  if (!content.rating_known) return InvalidReport("own_rating", "not a known rating");
  DUBAN_RETURN_IF_ERROR(CheckIndicators(content, terms));
  DUBAN_RETURN_IF_ERROR(CheckMilestones(content, terms));
  DUBAN_RETURN_IF_ERROR(CheckText("done", content.done, kMaxTextBytes));
  DUBAN_RETURN_IF_ERROR(CheckText("problems", content.problems, kMaxTextBytes));
  DUBAN_RETURN_IF_ERROR(CheckText("next", content.next, kMaxTextBytes));
  DUBAN_RETURN_IF_ERROR(CheckSupport(content, terms));
  return CheckEvidence(content);
}

absl::Status CheckBegun(const Content& content, const Terms& terms, absl::Time now) {
  DUBAN_ASSIGN_OR_RETURN(const Period period, Period::Parse(content.period));
  return period.IsFuture(now, terms.zone) ? FuturePeriod(period) : absl::OkStatus();
}

absl::Status CheckReason(absl::string_view field, absl::string_view text) {
  if (absl::StripAsciiWhitespace(text).empty()) return ReasonRequired(field, "is missing");
  if (text.size() > kMaxReasonBytes) return ReasonRequired(field, "is too long");
  if (HasForbiddenCharacters(text)) return ReasonRequired(field, "forbidden characters");
  return absl::OkStatus();
}

}  // namespace duban::report
