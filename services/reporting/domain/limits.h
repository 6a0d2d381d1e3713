#pragma once

#include <cstdint>

// Limits of the reporting service.
namespace duban::reporting {

inline constexpr int kMaxPushesPerNode = 2;  // PushBatch calls at work at once
inline constexpr int kMaxPushes = 32;        // of all nodes together
inline constexpr int kCreditEnvelopes = 256;
inline constexpr int64_t kMandateBytesPerTransaction = 2 << 20;
inline constexpr int kReportIdBytes = 16;
inline constexpr int kMaxAuthorBytes = 256;
inline constexpr int kMaxSignatures = 4;      // of an envelope
inline constexpr int kMaxStreamsPerNode = 2;  // the newest; an older one ends with OVERLOADED

}  // namespace duban::reporting
