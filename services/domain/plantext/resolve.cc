#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/script.h"
#include "services/domain/plantext/text.h"
#include "services/domain/plantext/unit_shape.h"

namespace duban::plantext {
namespace {

constexpr int kNear = 600;
constexpr size_t kMostProposals = 5;
constexpr size_t kLongestCompared = 64;

// Common characters in order, as a share of both lengths, in thousandths.
int Likeness(std::u16string_view a, std::u16string_view b) {
  a = a.substr(0, kLongestCompared);
  b = b.substr(0, kLongestCompared);
  std::vector<size_t> row(b.size() + 1, 0);
  for (const char16_t c : a) {
    size_t diagonal = 0;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = c == b[j - 1] ? diagonal + 1 : std::max(row[j], row[j - 1]);
      diagonal = above;
    }
  }
  return static_cast<int>(2000 * row.back() / (a.size() + b.size()));
}

}  // namespace

std::string FoldName(absl::string_view name) {
  const std::u16string simplified = ToUtf16(ToSimplified(name));
  std::u16string folded;
  for (char16_t c : simplified) {
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
    if (c >= u'A' && c <= u'Z') c += u'a' - u'A';
    // A character that is lost counts: a name with a hole is nobody's.
    const bool letter = c == 0xFFFD || IsHan(c) || IsDigit(c) || IsLatin(c) || (c >= 0xC0 && c < 0x2000) ||
                        (c >= 0x3040 && c < 0x3400) || (c >= 0xAC00 && c < 0xD7B0);
    if (letter) folded.push_back(c);
  }
  return ToUtf8(folded);
}

Resolution Resolve(absl::string_view unit, absl::Span<const RegisterName> names) {
  Resolution resolution;
  const std::u16string shape = Squeeze(ToUtf16(ToSimplified(unit)));
  const std::string key = FoldName(unit);
  if (key.empty()) return resolution;
  std::vector<std::string> equal;
  std::map<std::string, Proposal> near;  // best of each agency
  const std::u16string folded = ToUtf16(key);
  for (const RegisterName& name : names) {
    const std::string other = FoldName(name.name);
    if (other.empty()) continue;
    if (other == key) {
      if (std::find(equal.begin(), equal.end(), name.agency_id) == equal.end()) {
        equal.push_back(name.agency_id);
      }
    }
    const int score = other == key ? 999 : std::min(998, Likeness(folded, ToUtf16(other)));
    Proposal& best = near[name.agency_id];
    if (score >= kNear && score > best.score) best = {name.agency_id, name.name, score};
  }
  if (equal.size() == 1) {
    resolution.agency_id = equal[0];
    return resolution;
  }
  resolution.collective = IsCollective(shape);
  if (resolution.collective) return resolution;
  for (auto& [id, proposal] : near) {
    if (proposal.score > 0) resolution.proposals.push_back(std::move(proposal));
  }
  std::sort(resolution.proposals.begin(), resolution.proposals.end(),
            [](const Proposal& a, const Proposal& b) {
              return a.score != b.score ? a.score > b.score : a.agency_id < b.agency_id;
            });
  if (resolution.proposals.size() > kMostProposals) resolution.proposals.resize(kMostProposals);
  return resolution;
}

}  // namespace duban::plantext
