#pragma once

#include <cstdint>

// Limits on what an agency may say at once.
namespace duban::report {

inline constexpr int kMaxTextBytes = 16 << 10;   // done, problems, next: each
inline constexpr int kMaxReasonBytes = 4 << 10;  // reasons, statements, texts of reviews
inline constexpr int kMaxIndicatorValues = 64;   // per report
inline constexpr int kMaxMilestones = 64;        // per report
inline constexpr int kMaxSupportRequests = 16;   // per report
inline constexpr int kMaxSupportTextBytes = 4 << 10;
inline constexpr int kMaxEvidence = 32;  // per report
inline constexpr int kMaxFileNameBytes = 255;
inline constexpr int kMaxMediaTypeBytes = 127;
inline constexpr int64_t kMaxEvidenceBytes = 20 << 20;  // per file
inline constexpr int32_t kMaxProgressBp = 10'000;       // basis points

}  // namespace duban::report
