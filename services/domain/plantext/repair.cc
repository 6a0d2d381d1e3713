#include "services/domain/plantext/repair.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/evidence.h"
#include "services/domain/plantext/gbk.h"
#include "services/domain/plantext/limits.h"
#include "services/domain/plantext/pinyin.h"
#include "services/domain/plantext/slip_search.h"

namespace duban::plantext {
namespace {

constexpr size_t kLeftContext = 16;
constexpr size_t kRightContext = 48;
constexpr size_t kSamePlaces = 32;  // other occurrences of a context that are looked at

bool IsLost(char16_t c) { return c == u'?' || c == 0xFFFD; }

bool CanSlipAfter(char16_t c) {
  return IsHan(c) || c == u'、' || c == u'，' || c == u'：' || c == u':' || c == u',' ||
         c == u'）' || c == u')';
}

// A question mark is where a sentence ends; a slip goes on with characters.
bool MayBeSlip(std::u16string_view text, size_t i) {
  if (!IsLost(text[i]) || i == 0 || !CanSlipAfter(text[i - 1])) return false;
  return i + 1 < text.size() &&
         (IsLost(text[i + 1]) || text[i + 1] == u'？' || IsHan(text[i + 1]) ||
          IsLatin(text[i + 1]) || text[i + 1] > 0x2E80);
}

// The text around a spot without pinyin notes and line breaks, and where its units stand.
SlipWindow WindowAt(std::u16string_view text, size_t spot) {
  SlipWindow window;
  size_t i = spot;
  while (i > 0 && window.left.size() < kLeftContext) {
    --i;
    if (text[i] == u'\n') continue;
    if (text[i] == u')' || text[i] == u'）') {
      size_t open = i;
      bool toned = false;
      while (open > 0 && i - open < 8 && text[open] != u'(' && text[open] != u'（') --open;
      if (PinyinNoteAt(text, open, &toned) == i + 1 - open) {
        i = open;
        continue;
      }
    }
    if (!IsHan(text[i]) && text[i] != u'、') break;
    window.left.insert(window.left.begin(), text[i]);
  }
  bool toned = false;
  for (i = spot; i < text.size() && window.damaged.size() < kRightContext; ++i) {
    const size_t note = PinyinNoteAt(text, i, &toned);
    if (note > 0) {
      i += note - 1;
      continue;
    }
    if (text[i] == u'\n') continue;
    window.damaged.push_back(text[i] == 0xFFFD || text[i] == u'？' ? u'?' : text[i]);
    window.at.push_back(i);
  }
  return window;
}

uint32_t ContextKey(std::u16string_view pair) {
  return static_cast<uint32_t>(pair[0]) << 16 | pair[1];
}

// Where the two characters before each spot stand elsewhere in the text.
class SameContexts {
 public:
  SameContexts(std::u16string_view text, const std::vector<size_t>& spots) : text_(text) {
    for (const size_t spot : spots) {
      if (spot >= 2) places_[ContextKey(text.substr(spot - 2, 2))];
    }
    for (size_t i = 0; i + 3 < text.size(); ++i) {
      if (!IsHan(text[i]) || IsLost(text[i + 2])) continue;
      const auto found = places_.find(ContextKey(text.substr(i, 2)));
      if (found != places_.end() && found->second.size() < kSamePlaces) {
        found->second.push_back(i + 2);
      }
    }
  }

  std::vector<SlipWindow> At(size_t spot) const {
    std::vector<SlipWindow> windows;
    if (spot < 2) return windows;
    const auto found = places_.find(ContextKey(text_.substr(spot - 2, 2)));
    if (found == places_.end()) return windows;
    for (const size_t place : found->second) windows.push_back(WindowAt(text_, place));
    return windows;
  }

 private:
  std::u16string_view text_;
  std::unordered_map<uint32_t, std::vector<size_t>> places_;
};

// Of a spot "?XY", X and Y being pairs of bytes out of step, the second character is known in full
// and so is the low byte of the first: the places of the text that have the two.
class SameBytes {
 public:
  SameBytes(std::u16string_view text, const std::vector<size_t>& spots) : text_(text) {
    for (const size_t spot : spots) {
      if (const uint32_t key = KeyOf(WindowAt(text, spot)); key != 0) places_[key];
    }
    if (places_.empty()) return;
    for (size_t i = 1; i < text.size(); ++i) {
      if (!IsHan(text[i]) || !IsHan(text[i - 1])) continue;
      const auto found = places_.find(Key(text[i], Gbk::Get().Encode(text[i - 1]) & 0xFF));
      if (found != places_.end() && found->second.size() < kSamePlaces) {
        found->second.push_back(i - 1);
      }
    }
  }

  std::vector<SlipWindow> At(const SlipWindow& window) const {
    std::vector<SlipWindow> windows;
    const auto found = places_.find(KeyOf(window));
    if (found == places_.end()) return windows;
    for (const size_t place : found->second) windows.push_back(WindowAt(text_, place));
    return windows;
  }

 private:
  static uint32_t Key(char16_t second, int low) {
    return static_cast<uint32_t>(second) << 8 | static_cast<uint32_t>(low);
  }
  static uint32_t KeyOf(const SlipWindow& window) {
    if (window.damaged.size() < 3) return 0;
    const uint16_t x = Gbk::Get().Encode(window.damaged[1]);
    const uint16_t y = Gbk::Get().Encode(window.damaged[2]);
    // A low byte below 0x80 shows as itself.
    const int y_high = y != 0 ? y >> 8 : window.damaged[2] < 0x80 ? window.damaged[2] : 0;
    if (x == 0 || y_high == 0) return 0;
    const char16_t second =
        Gbk::Get().Decode(static_cast<uint8_t>(x & 0xFF), static_cast<uint8_t>(y_high));
    return second == 0 ? 0 : Key(second, x >> 8);
  }
  std::u16string_view text_;
  std::unordered_map<uint32_t, std::vector<size_t>> places_;
};

std::string Explain(const SlipRepair& repair) {
  switch (repair.ground) {
    case SlipRepair::kElsewhere:
      return "bytes read one out of step; the same words stand undamaged elsewhere in the text";
    case SlipRepair::kNames:
      return "bytes read one out of step; a known name gives exactly these characters";
    case SlipRepair::kWords:
      return "bytes read one out of step; frequent words give exactly these characters";
  }
  return "";
}

// A question mark between two characters of a plan is rather a lost byte than a question.
bool LooksDamaged(const SlipWindow& window) {
  if (window.left.empty() || window.damaged.size() < 2) return false;
  const bool doubled = window.damaged[1] == u'?';
  return doubled ? window.damaged.size() > 2 && IsHan(window.damaged[2]) : IsHan(window.damaged[1]);
}

}  // namespace

Text RepairSlips(Text text, absl::Span<const RegisterName> names, Findings* findings) {
  const std::u16string_view all = text.view();
  std::vector<size_t> spots;
  for (size_t i = 0; i < all.size() && spots.size() < kMaxSlipSpots; ++i) {
    if (!MayBeSlip(all, i)) continue;
    spots.push_back(i);
    while (i + 1 < all.size() && IsLost(all[i + 1])) ++i;
  }
  if (spots.empty()) return text;

  const Evidence evidence(text, names);
  const SameContexts same(all, spots);
  const SameBytes alike(all, spots);
  SlipSearch search(evidence);
  Text out;
  size_t kept = 0;
  for (const size_t spot : spots) {
    if (spot < kept) continue;
    const SlipWindow window = WindowAt(all, spot);
    const SlipRepair repair = search.Find(window, same.At(spot), alike.At(window));
    if (repair.span.empty()) {
      if (LooksDamaged(window)) {
        const size_t end = std::min(spot + 6, all.size());
        findings->Doubt("repair.unrepaired", text.Origin(spot, end), text.view(spot, end),
                        repair.ambiguous ? "damaged; several words would fit"
                                         : "damaged; nothing known explains it");
      }
      continue;
    }
    const size_t end = window.at[repair.damaged_units - 1] + 1;
    findings->Repair("repair.byte-slip", text.Origin(spot, end), text.view(spot, end), repair.span,
                     repair.confidence, Explain(repair));
    out.Append(text, kept, spot);
    const Range range = text.Origin(spot, end);
    for (size_t i = 0; i < repair.span.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      const bool last = i + 1 == repair.span.size();
      out.Append(repair.span[i], last ? range.end - 1 : std::min<int64_t>(range.begin + at, range.end - 1));
    }
    kept = end;
  }
  out.Append(text, kept, text.size());
  return out;
}

}  // namespace duban::plantext
