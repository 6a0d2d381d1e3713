#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/types/span.h"

// Which report counts, and what state a task shows. Pure.
namespace duban::gateway {

enum class VersionState { kSubmitted, kAccepted, kReturned, kReopened };

// One version of a report as far as the choice needs it.
struct Version {
  std::string period;  // periods of one plan sort as text: 2026-09 < 2026-10, 2026-W05 < 2026-W47
  int number = 0;      // from 1
  VersionState state = VersionState::kSubmitted;
};

// Indexes of the versions that count as reported, oldest period first: of each period the newest,
// whatever became of it.
std::vector<size_t> ReportedVersions(absl::Span<const Version> versions);

// Indexes of the versions that count as accepted, oldest period first: of each period that has one,
// the newest that was accepted. A reopened version counts until the next version of its period came
// in.
std::vector<size_t> AcceptedVersions(absl::Span<const Version> versions);

// What the office decided about a task.
enum class Decision { kRecorded, kIssued, kSuspended, kCancelled };

// What came of one assignment.
enum class Performance {
  kUnknown,
  kIssued,
  kAcknowledged,
  kActive,
  kDoneClaimed,
  kVerified,
  kDisputed
};

enum class BoardState {
  kRecorded,
  kIssued,
  kInProgress,
  kDoneClaimed,
  kVerified,
  kSuspended,
  kCancelled
};

// `performances`: one per assignment in force.
BoardState StateOf(Decision decision, absl::Span<const Performance> performances);

}  // namespace duban::gateway
