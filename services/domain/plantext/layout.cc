#include "services/domain/plantext/layout.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/limits.h"

namespace duban::plantext {
namespace {

constexpr size_t kLongestPageNumber = 24;
constexpr size_t kLongestRunningHead = 40;
constexpr int kRunningHeadTimes = 4;

bool IsDash(char16_t c) {
  return c == u'-' || c == u'—' || c == u'–' || c == u'－' || c == u'―' || c == u'─' || c == u'·' ||
         c == u'~';
}

// —３—, - 3 -, 第3页, 第 3 页 共 10 页, 3/10, Page 3 of 10.
bool IsPageNumber(std::u16string_view line) {
  if (StartsWith(line, u"http") && line.size() < 200 && CountHan(line) == 0)
    return true;  // a print of a web page
  if (line.empty() || line.size() > kLongestPageNumber) return false;
  size_t digits = 0;
  bool dashes = IsDash(line.front()) && IsDash(line.back());
  bool words = false;
  std::u16string rest;
  for (const char16_t c : line) {
    if (IsDigit(c)) {
      ++digits;
    } else if (!IsSpace(c) && !IsDash(c)) {
      rest.push_back(c);
    }
  }
  words = rest == u"第页" || rest == u"第页共页" || rest == u"第页/共页" || rest == u"第页，共页" ||
          rest == u"Pageof" || rest == u"Page" || rest == u"第页（共页）";
  if (digits == 0 || digits > 8) return false;
  return (rest.empty() && dashes && digits <= 4) || words;
}

struct Line {
  size_t begin = 0;
  size_t end = 0;  // without the \n
};

// Calls `use` with every line. A text may be nothing but line ends: no list of them is kept.
template <typename Use>
void ForEachLine(const Text& text, const Use& use) {
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != u'\n' && text[i] != u'\f') continue;
    use(Line{begin, i});
    begin = i + 1;
  }
}

bool CanBeRunningHead(std::u16string_view line) {
  if (line.size() < 4 || line.size() > kLongestRunningHead) return false;
  if (IsSentenceEnd(line.back()) || line.back() == u'：' || line.back() == u'，') return false;
  if (Contains(line, u"单位") || Contains(line, u"负责") || Contains(line, u"部门")) return false;
  if (line.front() == u'|' || line.front() == u'#' || IsOpening(line.front())) return false;
  return CountHan(line) >= 4;
}

// Lines that stand between blanks or page numbers again and again.
class RunningHeads {
 public:
  explicit RunningHeads(const Text& text) {
    ForEachLine(text, [&](const Line& line) {
      const std::u16string_view trimmed = Trim(text.view(line.begin, line.end));
      if (!CanBeRunningHead(trimmed)) return;
      // A line that every page repeats is among the first.
      const auto found = times_.find(trimmed);
      if (found != times_.end()) {
        ++found->second;
      } else if (times_.size() < kMaxRunningHeads) {
        times_.emplace(trimmed, 1);
      }
    });
  }
  bool Has(std::u16string_view trimmed) const {
    const auto found = times_.find(trimmed);
    return found != times_.end() && found->second >= kRunningHeadTimes;
  }

 private:
  std::unordered_map<std::u16string_view, int> times_;
};

// The length of —3— inside a sentence, blanks included; 0 when there is none.
size_t InlinePageNumber(std::u16string_view text, size_t at) {
  if (text[at] != u'—') return 0;
  size_t i = at + 1;
  while (i < text.size() && i - at < 8 && IsBlank(text[i])) ++i;
  const size_t first_digit = i;
  while (i < text.size() && IsDigit(text[i])) ++i;
  if (i == first_digit || i - first_digit > 3) return 0;
  while (i < text.size() && i - at < 16 && IsBlank(text[i])) ++i;
  return i < text.size() && text[i] == u'—' ? i + 1 - at : 0;
}

size_t AppendLine(const Text& text, const Line& line, Text* out) {
  size_t removed = 0;
  size_t kept = line.begin;
  for (size_t i = line.begin; i < line.end; ++i) {
    const size_t length = InlinePageNumber(text.view(0, line.end), i);
    if (length == 0) continue;
    out->Append(text, kept, i);
    kept = i + length;
    i = kept - 1;
    ++removed;
  }
  out->Append(text, kept, line.end);
  return removed;
}

}  // namespace

size_t PageWidth(const Text& text) {
  constexpr size_t kSample = 2'000;
  constexpr size_t kLongestLine = 200;
  std::vector<size_t> lengths;
  size_t begin = 0;
  for (size_t i = 0; i < text.size() && lengths.size() < kSample; ++i) {
    if (text[i] != u'\n') continue;
    if (i > begin + 1) lengths.push_back(std::min(i - begin, kLongestLine));
    begin = i + 1;
  }
  if (lengths.empty()) return 0;
  const auto at = lengths.begin() + static_cast<ptrdiff_t>(lengths.size() * 9 / 10);
  std::nth_element(lengths.begin(), at, lengths.end());
  return *at;
}

Text StripPageFurniture(Text text, Findings* findings) {
  const RunningHeads heads(text);
  size_t pages = 0;
  Range first;
  std::u16string sample;
  const auto note = [&](size_t begin, size_t end, size_t count) {
    if (count > 0 && pages == 0) {
      first = text.Origin(begin, end);
      sample = Trim(text.view(begin, std::min(end, begin + kLongestPageNumber)));
    }
    pages += count;
  };
  Text out;
  out.Reserve(text.size());
  bool after_furniture = false;
  ForEachLine(text, [&](const Line& line) {
    const std::u16string_view trimmed = Trim(text.view(line.begin, line.end));
    const bool page = IsPageNumber(trimmed);
    const bool head = heads.Has(trimmed);
    if (page) {
      note(line.begin, line.end, 1);
    } else if (head) {
      findings->Repair("layout.running-head", text.Origin(line.begin, line.end), trimmed, u"", 80,
                       "a line that the page repeats, taken off");
    }
    if (page || head || (trimmed.empty() && after_furniture)) {
      after_furniture = true;
      return;
    }
    after_furniture = false;
    note(line.begin, line.end, AppendLine(text, line, &out));
    if (line.end < text.size()) out.Append(u'\n', text.OriginAt(line.end));
  });
  if (pages > 0) {
    findings->Repair("layout.page-number", first, sample, u"", 95,
                     absl::StrCat(pages, " page numbers taken off; the first is shown"));
  }
  return out;
}

}  // namespace duban::plantext
