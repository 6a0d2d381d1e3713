#include "services/domain/report/content.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/common/base/names.h"
#include "services/common/base/status.h"
#include "services/domain/fields/fields.h"
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

absl::Status CheckText(absl::string_view field, absl::string_view text, int most_chars,
                       bool lines = true) {
  const auto fault = fields::TextFault(text, {.max_chars = most_chars, .lines = lines});
  return fault ? InvalidReport(field, *fault) : absl::OkStatus();
}

// The deliverable of that id, when it is the agency's; else null.
const Deliverable* FindOf(const std::vector<Deliverable>& all, const std::string& id,
                          const std::string& agency) {
  const auto it = std::find_if(all.begin(), all.end(), [&](const Deliverable& one) {
    return one.id == id &&
           (one.agencies.empty() ||
            std::find(one.agencies.begin(), one.agencies.end(), agency) != one.agencies.end());
  });
  return it == all.end() ? nullptr : &*it;
}

absl::Status CheckPeriod(const Content& content, const Terms& terms) {
  DUBAN_ASSIGN_OR_RETURN(const Period period, Period::Parse(content.period));
  return period.cycle() == terms.cycle ? absl::OkStatus() : InvalidPeriod(content.period);
}

absl::Status CheckIndicators(const Content& content, const Terms& terms) {
  if (content.indicator_values.size() > kMaxIndicators) {
    return InvalidReport("indicator_values", "too many");
  }
  std::set<std::string> seen;
  for (const IndicatorValue& value : content.indicator_values) {
    const Deliverable* indicator = FindOf(terms.indicators, value.indicator, terms.agency);
    if (indicator == nullptr) {
      return InvalidReport("indicator_values", "not an indicator of this assignment");
    }
    if (indicator->ratio && value.denominator <= 0) {
      return InvalidReport("indicator_values", "a ratio needs a denominator above 0");
    }
    if (!indicator->ratio && value.denominator != 0) {
      return InvalidReport("indicator_values", "a denominator, but it is no ratio");
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
    if (FindOf(terms.milestones, id, terms.agency) == nullptr) {
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
    if (fields::IsBlank(request.text)) return InvalidReport("support_requests", "text is missing");
    DUBAN_RETURN_IF_ERROR(CheckText("support_requests", request.text, kMaxSupportTextChars));
  }
  return absl::OkStatus();
}

bool IsPlainFileName(absl::string_view name) {
  return name != "." && name != ".." && name.size() <= kMaxFileNameBytes &&
         name.find_first_of("/\\:") == absl::string_view::npos &&
         !fields::TextFault(name, {.max_chars = kMaxFileNameBytes, .required = true});
}

absl::Status CheckEvidence(const Content& content) {
  if (content.evidence.size() > kMaxEvidence) return InvalidReport("evidence", "too many");
  for (const Evidence& file : content.evidence) {
    if (!IsPlainFileName(file.file_name)) {
      return InvalidReport("evidence", "file_name is not a plain file name");
    }
    DUBAN_RETURN_IF_ERROR(CheckText("evidence", file.media_type, kMaxMediaTypeChars, false));
    if (file.size_bytes < 0 || file.size_bytes > kMaxEvidenceBytes) {
      return InvalidReport("evidence", "size_bytes is out of range");
    }
    if (file.sha256.size() != 32) return InvalidReport("evidence", "sha256 is not 32 bytes");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckContent(const Content& content, const Terms& terms) {
  DUBAN_RETURN_IF_ERROR(CheckPeriod(content, terms));
  if (content.progress_bp < 0 || content.progress_bp > kMaxProgressBp) {
    return InvalidReport("progress_bp", "not within 0 to 10,000 basis points");
  }
  if (!content.rating_known) return InvalidReport("own_rating", "not a known rating");
  DUBAN_RETURN_IF_ERROR(CheckIndicators(content, terms));
  DUBAN_RETURN_IF_ERROR(CheckMilestones(content, terms));
  DUBAN_RETURN_IF_ERROR(CheckText("done", content.done, kMaxTextChars));
  DUBAN_RETURN_IF_ERROR(CheckText("problems", content.problems, kMaxTextChars));
  DUBAN_RETURN_IF_ERROR(CheckText("next", content.next, kMaxTextChars));
  DUBAN_RETURN_IF_ERROR(CheckSupport(content, terms));
  return CheckEvidence(content);
}

absl::Status CheckBegun(const Content& content, const Terms& terms, absl::Time now) {
  DUBAN_ASSIGN_OR_RETURN(const Period period, Period::Parse(content.period));
  return period.IsFuture(now, terms.zone) ? FuturePeriod(period) : absl::OkStatus();
}

absl::Status CheckReason(absl::string_view field, absl::string_view text) {
  const auto fault =
      fields::TextFault(text, {.max_chars = kMaxReasonChars, .required = true, .lines = true});
  return fault ? ReasonRequired(field, *fault) : absl::OkStatus();
}

}  // namespace duban::report
