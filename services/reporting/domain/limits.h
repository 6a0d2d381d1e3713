#pragma once

#include <cstdint>

// Limits of the reporting service.
namespace duban::reporting {

inline constexpr int kMaxPushesPerNode = 2;  // PushBatch calls at work at once
inline constexpr int kMaxPushes = 32;        // of all nodes together
inline constexpr int kCreditEnvelopes = 256;
inline constexpr int64_t kMandateBytesPerTransaction = 2 << 20;
inline constexpr int kReportIdBytes = 16;

}  // namespace duban::reporting
