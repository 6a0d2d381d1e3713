#include "services/gateway/domain/board_rules.h"

#include <algorithm>
#include <map>

#include "absl/strings/string_view.h"

namespace duban::gateway {
namespace {

// Of each period the newest version for which `counts` holds.
template <typename Counts>
std::vector<size_t> NewestOfEachPeriod(absl::Span<const Version> versions, Counts counts) {
  std::map<absl::string_view, size_t> newest;  // by period
  for (size_t i = 0; i < versions.size(); ++i) {
    if (!counts(versions[i])) continue;
    const auto [it, first] = newest.try_emplace(versions[i].period, i);
    if (!first && versions[it->second].number < versions[i].number) it->second = i;
  }
  std::vector<size_t> indexes;
  for (const auto& [period, index] : newest) indexes.push_back(index);
  return indexes;
}

}  // namespace

std::vector<size_t> ReportedVersions(absl::Span<const Version> versions) {
  return NewestOfEachPeriod(versions, [](const Version&) { return true; });
}

std::vector<size_t> AcceptedVersions(absl::Span<const Version> versions) {
  const auto superseded = [&](const Version& version) {
    return std::any_of(versions.begin(), versions.end(), [&](const Version& other) {
      return other.period == version.period && other.number > version.number;
    });
  };
  return NewestOfEachPeriod(versions, [&](const Version& version) {
    return version.state == VersionState::kAccepted ||
           (version.state == VersionState::kReopened && !superseded(version));
  });
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
