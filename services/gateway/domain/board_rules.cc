#include "services/gateway/domain/board_rules.h"

#include <algorithm>
#include <utility>

namespace duban::gateway {
namespace {

bool Newer(const Version& a, const Version& b) {
  return std::pair(a.period, a.number) > std::pair(b.period, b.number);
}

}  // namespace

std::optional<size_t> LastReported(absl::Span<const Version> versions) {
  std::optional<size_t> last;
  for (size_t i = 0; i < versions.size(); ++i) {
    if (!last || Newer(versions[i], versions[*last])) last = i;
  }
  return last;
}

std::optional<size_t> LastAccepted(absl::Span<const Version> versions) {
  const auto superseded = [&](const Version& version) {
    return std::any_of(versions.begin(), versions.end(), [&](const Version& other) {
      return other.period == version.period && other.number > version.number;
    });
  };
  std::optional<size_t> last;
  for (size_t i = 0; i < versions.size(); ++i) {
    const Version& version = versions[i];
    const bool counts = version.state == VersionState::kAccepted ||
                        (version.state == VersionState::kReopened && !superseded(version));
    if (counts && (!last || Newer(version, versions[*last]))) last = i;
  }
  return last;
}

BoardState StateOf(Decision decision, absl::Span<const Performance> performances) {
  switch (decision) {
    case Decision::kRecorded:
      return BoardState::kRecorded;
    case Decision::kSuspended:
      return BoardState::kSuspended;
    case Decision::kCancelled:
      return BoardState::kCancelled;
    case Decision::kIssued:
      break;
  }
  const auto all = [&](auto holds) {
    return std::all_of(performances.begin(), performances.end(), holds);
  };
  if (all([](Performance p) {
        return p == Performance::kUnknown || p == Performance::kIssued ||
               p == Performance::kDisputed;
      })) {
    return BoardState::kIssued;
  }
  if (all([](Performance p) { return p == Performance::kVerified; })) return BoardState::kVerified;
  if (all([](Performance p) {
        return p == Performance::kVerified || p == Performance::kDoneClaimed;
      })) {
    return BoardState::kDoneClaimed;
  }
  return BoardState::kInProgress;
}

}  // namespace duban::gateway
