#pragma once

#include <cstdint>

// Limits on what an agency may say at once.
namespace duban::report {

inline constexpr int kMaxTextChars = 8000;      // done, problems, next: each
inline constexpr int kMaxReasonChars = 2000;    // reasons, statements, texts of reviews
inline constexpr int kMaxIndicators = 50;       // a task may define, so a report may value
inline constexpr int kMaxMilestones = 100;      // a task may define, so a report may call done
inline constexpr int kMaxSupportRequests = 16;  // per report
inline constexpr int kMaxSupportTextChars = 2000;
inline constexpr int kMaxEvidence = 32;  // per report
inline constexpr int kMaxFileNameBytes = 255;
inline constexpr int kMaxMediaTypeChars = 127;
inline constexpr int64_t kMaxEvidenceBytes = 20 << 20;  // per file
inline constexpr int32_t kMaxProgressBp = 10'000;       // basis points

}  // namespace duban::report
