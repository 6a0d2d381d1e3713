#include "services/domain/plantext/outline.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/clipped_page.h"
#include "services/domain/plantext/limits.h"
#include "services/domain/plantext/role_word.h"

namespace duban::plantext {
namespace {

constexpr size_t kLongestHeading = 90;  // a heading that runs into the next number has no full stop
constexpr size_t kLongestMark = 100;    // of a heading: # and blanks
constexpr int kLargestFirst = 50;       // by how much a list may begin above the last one
constexpr int kLargestGap = 5;          // numbers a line start may skip
constexpr size_t kOneLineAverage = 600;  // units a line in a text that lost its line breaks

struct Marker {
  Level level = Level::kFirst;
  int ordinal = 0;
  size_t length = 0;         // with its mark
  size_t number_length = 0;  // without it
  size_t number_at = 0;      // from the start of the marker
  bool dotted = false;       // 7.1
  bool digits_follow = false;  // 11.121人才: the text begins with a number
};

bool IsChineseDigit(char16_t c) {
  return std::u16string_view(u"一二三四五六七八九十百零〇").find(c) != std::u16string_view::npos;
}

size_t ChineseDigits(std::u16string_view text, size_t at) {
  size_t i = at;
  while (i < text.size() && i - at < 5 && IsChineseDigit(text[i])) ++i;
  return i - at;
}

size_t Digits(std::u16string_view text, size_t at) {
  size_t i = at;
  while (i < text.size() && i - at < 7 && IsDigit(text[i])) ++i;
  return i - at;
}

int DigitsValue(std::u16string_view digits) {
  int value = 0;
  for (const char16_t c : digits) value = value * 10 + (c - u'0');
  return value;
}

char16_t At(std::u16string_view text, size_t i) { return i < text.size() ? text[i] : u'\n'; }

// （一） and （1）.
std::optional<Marker> BracketedMarker(std::u16string_view text, size_t at) {
  if (!IsOpening(text[at])) return std::nullopt;
  // The number may be broken by the end of a line.
  std::u16string digits;
  size_t close = at + 1;
  for (; close < text.size() && close - at < 10; ++close) {
    if (IsSpace(text[close])) continue;
    if (!IsChineseDigit(text[close]) && !IsDigit(text[close])) break;
    digits.push_back(text[close]);
  }
  const bool chinese = !digits.empty() && IsChineseDigit(digits[0]);
  if (digits.empty() || digits.size() > 4 || !IsClosing(At(text, close))) return std::nullopt;
  if (!chinese && Digits(digits, 0) != digits.size()) return std::nullopt;
  Marker marker;
  marker.level = chinese ? Level::kSecond : Level::kFourth;
  marker.ordinal = chinese ? ChineseNumber(digits) : DigitsValue(digits);
  marker.number_length = close + 1 - at;
  marker.length = marker.number_length;
  if (At(text, at + marker.length) == u'、' || At(text, at + marker.length) == u'.')
    ++marker.length;
  if (marker.ordinal == 0 || marker.ordinal > 999) return std::nullopt;
  return marker;
}

// 一、 and 一是.
std::optional<Marker> ChineseMarker(std::u16string_view text, size_t at) {
  const size_t digits = ChineseDigits(text, at);
  if (digits == 0) return std::nullopt;
  const char16_t mark = At(text, at + digits);
  if (mark != u'、' && mark != u'是' && mark != u'.') return std::nullopt;
  Marker marker;
  marker.level = mark == u'是' ? Level::kInline : Level::kFirst;
  marker.ordinal = ChineseNumber(text.substr(at, digits));
  marker.length = digits + 1;
  marker.number_length = mark == u'是' ? digits + 1 : digits;
  if (marker.ordinal == 0) return std::nullopt;
  return marker;
}

// 2020年, 6月底: digits that begin the text of an item rather than continue its number.
bool IsDateAt(std::u16string_view text, size_t at) {
  size_t digits = 0;
  size_t i = at;
  bool crosses = false;  // 20 ⏎ 0年: the end of a line took a digit
  for (; i < text.size() && digits < 5 && (IsDigit(text[i]) || text[i] == u'\n'); ++i) {
    crosses |= text[i] == u'\n' && digits > 0;
    digits += IsDigit(text[i]);
  }
  // 202 ⏎ 年, 2020 ⏎ 底: the end of a line took a character.
  const bool broken = i > at && At(text, i - 1) == u'\n' && digits >= 3 && digits <= 4;
  return (At(text, i) == u'年' && (digits == 4 || (crosses && digits >= 2))) ||
         (digits > 0 && digits <= 2 && At(text, i) == u'月') ||
         (broken && (At(text, i) == u'年' || At(text, i) == u'底'));
}

// 1. 1、 1） and dotted ones such as 7.1, which need a blank or a character after them.
std::optional<Marker> ArabicMarker(std::u16string_view text, size_t at) {
  size_t digits = Digits(text, at);
  if (digits == 0 || digits > 6) return std::nullopt;
  size_t i = at + digits;
  int ordinal = DigitsValue(text.substr(at, digits));
  bool dotted = false;
  while (At(text, i) == u'.' && IsDigit(At(text, i + 1)) && !IsDateAt(text, i + 1)) {
    const size_t more = Digits(text, i + 1);
    if (more > 2 && !dotted && more <= 4 && IsHan(At(text, i + 1 + more))) {
      return Marker{.level = Level::kThird,
                    .ordinal = ordinal,
                    .length = digits + 1,
                    .number_length = digits,
                    .digits_follow = true};
    }
    if (more > 2 || i - at > 10) return std::nullopt;
    ordinal = DigitsValue(text.substr(i + 1, more));
    i += 1 + more;
    dotted = true;
  }
  if (At(text, i) == u'\n' && At(text, i + 1) == u'.') ++i;  // the line ends before the dot
  const char16_t mark = At(text, i);
  Marker marker{.level = Level::kThird, .ordinal = ordinal, .number_length = i - at};
  marker.length = marker.number_length;  // blanks in it go when it is printed
  if (dotted) {
    if (mark == u'.' || mark == u'、') ++marker.length;
    const char16_t after = At(text, at + marker.length);
    if (!IsBlank(after) && !IsHan(after) && after != u'*') return std::nullopt;
    // 7.1 万 is a quantity.
    constexpr std::u16string_view kMeasures = u"万亿千百个家项人元米吨倍平公分小年月%％‰";
    const char16_t first = IsBlank(after) ? At(text, at + marker.length + 1) : after;
    if (kMeasures.find(first) != std::u16string_view::npos) return std::nullopt;
    marker.dotted = true;
    return marker;
  }
  if (mark == u'）' || mark == u')') {
    marker.level = Level::kFourth;
  } else if (mark != u'.' && mark != u'、') {
    return std::nullopt;
  }
  ++marker.length;
  if (ordinal == 0 ||
      (IsDigit(At(text, at + marker.length)) && !IsDateAt(text, at + marker.length))) {
    return std::nullopt;
  }
  return marker;
}

std::optional<Marker> CircledMarker(std::u16string_view text, size_t at) {
  if (text[at] < u'①' || text[at] > u'⑳') return std::nullopt;
  return Marker{
      .level = Level::kCircled, .ordinal = text[at] - u'①' + 1, .length = 1, .number_length = 1};
}

// 第一章, 第二部分; 第一条 with a blank behind it.
std::optional<Marker> PartMarker(std::u16string_view text, size_t at) {
  if (text[at] != u'第') return std::nullopt;
  const size_t digits = ChineseDigits(text, at + 1);
  if (digits == 0) return std::nullopt;
  const std::u16string_view rest = text.substr(at + 1 + digits);
  const bool article = StartsWith(rest, u"条");
  const size_t word = StartsWith(rest, u"部分")                                       ? 2
                      : StartsWith(rest, u"章") || StartsWith(rest, u"编") || article ? 1
                                                                                      : 0;
  if (word == 0) return std::nullopt;
  // "第三条规定" is a reference.
  if (article && !IsSpace(At(rest, 1)) && At(rest, 1) != u'【' && At(rest, 1) != u'：') {
    return std::nullopt;
  }
  Marker marker{.level = article ? Level::kArticle : Level::kPart,
                .ordinal = ChineseNumber(text.substr(at + 1, digits)),
                .length = 1 + digits + word};
  marker.number_length = marker.length;
  return marker;
}

// 任务一：, 措施2：
std::optional<Marker> WordMarker(std::u16string_view text, size_t at) {
  for (const std::u16string_view word :
       {u"任务", u"措施", u"行动", u"举措", u"专项", u"工程", u"项目"}) {
    if (!StartsWith(text.substr(at, 4), word)) continue;
    const size_t from = at + word.size();
    const size_t chinese = ChineseDigits(text, from);
    const size_t digits = chinese > 0 ? chinese : Digits(text, from);
    if (digits == 0 || digits > 3) return std::nullopt;
    const char16_t mark = At(text, from + digits);
    if (mark != u'：' && mark != u':' && !(mark == u'、' && chinese > 0)) return std::nullopt;
    const std::u16string_view number = text.substr(from, digits);
    Marker marker{.level = Level::kArticle,
                  .ordinal = chinese > 0 ? ChineseNumber(number) : DigitsValue(number),
                  .length = word.size() + digits + 1,
                  .number_length = word.size() + digits};
    if (marker.ordinal == 0) return std::nullopt;
    return marker;
  }
  return std::nullopt;
}

// "Action 1: Build", "Commitment 2. Open": the number alone counts.
std::optional<Marker> WesternMarker(std::u16string_view text, size_t at) {
  size_t line = at;
  while (line > 0 && (IsBlank(text[line - 1]) || text[line - 1] == u'*')) --line;
  if (line > 0 && text[line - 1] != u'\n') return std::nullopt;
  for (const std::u16string_view word :
       {u"Action", u"Commitment", u"Goal", u"Task", u"Milestone", u"Recommendation", u"Objective",
        u"Measure", u"Initiative", u"ACTION", u"COMMITMENT", u"GOAL"}) {
    if (!StartsWith(text.substr(at, 16), word) || At(text, at + word.size()) != u' ') continue;
    const size_t from = at + word.size() + 1;
    const size_t digits = Digits(text, from);
    if (digits == 0 || digits > 3) return std::nullopt;
    const char16_t mark = At(text, from + digits);
    if ((mark != u'.' && mark != u':' && mark != u')') || !IsBlank(At(text, from + digits + 1))) {
      return std::nullopt;
    }
    return Marker{.level = Level::kArticle,
                  .ordinal = DigitsValue(text.substr(from, digits)),
                  .length = from + digits + 1 - at,
                  .number_length = digits,
                  .number_at = from - at};
  }
  return std::nullopt;
}

constexpr std::u16string_view kMeasureWords[] = {u"具体措施", u"主要措施", u"工作措施", u"具体任务",
                                                 u"工作任务", u"具体举措", u"主要举措"};

// 具体措施： where no number follows.
std::optional<Marker> MeasureMarker(std::u16string_view text, size_t at) {
  for (const std::u16string_view word : kMeasureWords) {
    if (!StartsWith(text.substr(at, 8), word)) continue;
    size_t i = at + word.size();
    if (At(text, i) != u'：' && At(text, i) != u':') return std::nullopt;
    ++i;
    while (IsSpace(At(text, i)) && i < text.size()) ++i;
    if (i >= text.size() || ArabicMarker(text, i) || BracketedMarker(text, i) ||
        ChineseMarker(text, i) || CircledMarker(text, i)) {
      return std::nullopt;
    }
    return Marker{
        .level = Level::kMeasure, .ordinal = 1, .length = i - at, .number_length = word.size()};
  }
  return std::nullopt;
}

std::optional<Marker> NumberAt(std::u16string_view text, size_t at) {
  const char16_t c = text[at];
  if (IsOpening(c)) return BracketedMarker(text, at);
  if (IsDigit(c)) return ArabicMarker(text, at);
  if (c == u'第') return PartMarker(text, at);
  if (IsChineseDigit(c)) return ChineseMarker(text, at);
  if (c == u'具' || c == u'主' || c == u'工') {
    const std::optional<Marker> measure = MeasureMarker(text, at);
    return measure ? measure : WordMarker(text, at);
  }
  if (std::u16string_view(u"任措行举专项").find(c) != std::u16string_view::npos) {
    return WordMarker(text, at);
  }
  if (c >= u'A' && c <= u'Z') return WesternMarker(text, at);
  return CircledMarker(text, at);
}

// "## 一、..." is item 一; "## Goals" is a heading of its own.
std::optional<Marker> HeadingMarker(std::u16string_view text, size_t at) {
  size_t marks = 0;
  while (At(text, at + marks) == u'#') ++marks;
  if (marks == 0 || marks > 6 || !IsBlank(At(text, at + marks))) return std::nullopt;
  size_t i = at + marks;
  while (i - at < kLongestMark && (IsBlank(At(text, i)) || At(text, i) == u'*')) ++i;
  // "## Commitment 3: Open" stays a heading of its depth.
  if (const std::optional<Marker> number =
          IsLatin(At(text, i)) ? std::nullopt
                               : NumberAt(text.substr(0, std::min(text.size(), i + 40)), i)) {
    Marker marker = *number;
    marker.number_at = i - at;
    marker.length += i - at;
    return marker;
  }
  return Marker{.level = static_cast<Level>(marks - 1), .ordinal = 0, .length = i - at};
}

// A number of a level as it is usually printed.
std::u16string Printed(Level level, int ordinal) {
  std::u16string digits = ToUtf16(std::to_string(ordinal));
  switch (level) {
    case Level::kFirst:
      return ToChineseNumber(ordinal) + u"、";
    case Level::kSecond:
      return u"（" + ToChineseNumber(ordinal) + u"）";
    case Level::kThird:
      return digits + u".";
    default:
      return u"（" + digits + u"）";
}
  }

class Segmenter {
 public:
  Segmenter(const Text& text, Findings* findings)
      : text_(text), all_(text.view()), findings_(findings) {
    one_line_ = NumbersStandInside();
    outline_.clipped_page = LooksClipped(text);
  }

  Outline Run() {
    bool line_start = true;
    size_t depth = 0;  // of open brackets, in which nothing is numbered
    for (size_t i = 0; i < all_.size(); ++i) {
      const char16_t c = all_[i];
      if (c == u'\n') {
        line_start = true;
        depth = 0;
        continue;
      }
      if (line_start && (IsBlank(c) || c == u'*' || c == u'•' || c == u'>')) continue;
      if (line_start && c == u'-' && IsBlank(At(all_, i + 1))) continue;
      if (line_start && c == u'|') {  // a row of a table: nothing in it is an item
        const size_t end = all_.find(u'\n', i);
        i = std::min(end, all_.size()) - 1;
        continue;
      }
      const bool starts = line_start;
      line_start = false;
      // A label whose bracket the page cut off ends where the next number stands.
      if (depth == 0 || starts || in_label_) {
        const size_t length = Try(i, starts);
        if (outline_.items.size() > kMaxItems) break;
        if (length > 0) {
          i += length - 1;
          depth = 0;
          in_label_ = false;
          // "（一）1.": a number may follow a number.
          line_start = outline_.items.back().level < Level::kThird && starts;
          continue;
        }
      }
      if (IsOpening(c)) {
        ++depth;
        in_label_ = one_line_ && RoleKeyAt(all_, i + 1, false).role != RoleWord::kNone;
      }
      if (IsClosing(c) && depth > 0) --depth;
      in_label_ &= depth > 0;
      if (c == u'。' && one_line_) depth = 0;  // an unclosed bracket must not swallow the rest
    }
    Close();
    outline_.items.shrink_to_fit();
    return std::move(outline_);
  }

 private:
  // Whether line starts say nothing: the text is one line, or was wrapped after it had become one.
  bool NumbersStandInside() const {
    size_t lines = 0;
    size_t starting = 0;
    size_t inside = 0;
    bool line_start = true;
    char16_t before = u'\n';
    for (size_t i = 0; i < all_.size(); ++i) {
      const char16_t c = all_[i];
      if (c == u'\n') {
        lines += !line_start;
        line_start = true;
      } else if (!IsBlank(c)) {
        const bool after_mark = IsSentenceEnd(before) || IsClosing(before) || before == u'：';
        if (line_start || after_mark) {
          const std::optional<Marker> marker = NumberAt(all_, i);
          const bool outer = marker && marker->level >= Level::kFirst &&
                             marker->level <= Level::kThird && marker->level != Level::kMeasure;
          starting += outer && line_start;
          inside += outer && !line_start;
        }
        line_start = false;
        before = c;
      }
    }
    return all_.size() / (lines + 1) > kOneLineAverage || inside > starting + 3 ||
           (starting == 0 && inside > 0 && lines <= 2);
  }

  size_t Try(size_t at, bool starts) {
    if (starts && all_[at] == u'#') {
      const std::optional<Marker> heading = HeadingMarker(all_, at);
      if (heading) Add(*heading, at);
      return heading ? heading->length : 0;
    }
    const std::optional<Marker> marker = NumberAt(all_, at);
    // A number across the end of a clipped line has lost a character: "（ ⏎ 一）" is no （一）.
    const bool broken = marker && all_.substr(at, marker->length).find(u'\n') != all_.npos;
    if (outline_.clipped_page && broken) {
      const size_t length = TryClipped(at, starts);
      if (length > 0) return length;
    }
    // 具体措施： ⏎ . : the lost number follows.
    if (outline_.clipped_page && marker && marker->level == Level::kMeasure &&
        ClippedLength(u"1.", at + marker->length, true) > 0) {
      return 0;
    }
    if (marker && (starts ? AcceptsAtLineStart(*marker, at) : AcceptsInside(*marker, at))) {
      Add(*marker, at);
      return marker->length;
    }
    const size_t length = outline_.clipped_page && !broken ? TryClipped(at, starts) : 0;
    if (length == 0 && marker) DoubtOdd(*marker, at, starts);
    return length;
  }

  // What looks like the number of an item but does not go on from the last one.
  void DoubtOdd(const Marker& marker, size_t at, bool starts) {
    const bool outer = marker.level == Level::kFirst || marker.level == Level::kArticle ||
                       marker.level == Level::kSecond ||
                       (marker.level == Level::kThird && starts && !one_line_);
    if (marker.digits_follow) return;
    if (!outer || !StandsAfterMark(at) || !BeginsText(at + marker.length)) return;
    findings_->Doubt("segment.odd-number", text_.Origin(at, at + marker.length),
                     all_.substr(at, marker.length),
                     "looks like a number, but does not go on from the last; not read as one");
  }

  // segment.clipped-number: the number that comes next, but for the character that the end of a
  // line lost: "（十 ⏎ ）" after （十一）, ". ⏎" at the head of a line.
  size_t TryClipped(size_t at, bool starts) {
    constexpr size_t kLongestNumber = 8;
    const bool near_break = starts || all_.substr(at, kLongestNumber).find(u'\n') != all_.npos;
    if (!near_break) return 0;
    const bool after_mark = StandsAfterMark(at);
    if (!after_mark && !(one_line_ && RunsOnFromHeading(at))) return 0;
    for (const Level level : {Level::kFirst, Level::kSecond, Level::kThird, Level::kFourth}) {
      if (!after_mark && level != Level::kSecond) continue;
      const auto last = last_.find(level);
      const bool fresh = fresh_.count(level) == 0;
      for (const int ordinal : {last == last_.end() ? 0 : last->second + 1, fresh ? 1 : 0}) {
        if (ordinal == 0) continue;
        const std::u16string whole = Printed(level, ordinal);
        const size_t length = ClippedLength(whole, at, starts);
        if (length == 0) continue;
        findings_->Repair("segment.clipped-number", text_.Origin(at, at + length),
                          all_.substr(at, length), whole, 80,
                          "the number that comes next; it lost a character at the end of a line");
        Marker marker{.level = level, .ordinal = ordinal, .length = length};
        marker.number_length = length;
        Add(marker, at);
        outline_.items.back().clipped = true;
        return length;
      }
    }
    return 0;
  }

  // The length of `whole` at `at` with one character missing at a line break; 0: it is not there.
  size_t ClippedLength(const std::u16string& whole, size_t at, bool starts) const {
    const auto same = [](char16_t a, char16_t b) {
      return a == b || (IsOpening(a) && IsOpening(b)) || (IsClosing(a) && IsClosing(b));
    };
    for (size_t lost = starts ? 0 : 1; lost < whole.size(); ++lost) {
      size_t i = at;
      size_t w = 0;
      while (w < lost && i < all_.size() && same(all_[i], whole[w])) ++i, ++w;
      if (w < lost) continue;
      if (lost > 0 && At(all_, i++) != u'\n') continue;
      for (w = lost + 1; w < whole.size() && i < all_.size() && same(all_[i], whole[w]);) ++i, ++w;
      if (w == whole.size() && BeginsText(i)) return i - at;
    }
    return 0;
  }

  bool StandsAfterMark(size_t at) const {
    while (at > 0 && IsSpace(all_[at - 1])) --at;
    return at == 0 || IsSentenceEnd(all_[at - 1]) || IsClosing(all_[at - 1]) ||
           all_[at - 1] == u'：';
  }

  bool Continues(const Marker& marker) const {
    const auto last = last_.find(marker.level);
    return marker.ordinal == 1 || (last != last_.end() && marker.ordinal == last->second + 1);
  }

  // One or two numbers were lost before this one.
  bool Skips(const Marker& marker) const {
    if (marker.level != Level::kSecond && marker.level != Level::kThird) return false;
    const auto last = last_.find(marker.level);
    const bool fresh = fresh_.count(marker.level) == 0;
    const int before =
        last == last_.end() || (fresh && marker.level == Level::kThird) ? 0 : last->second;
    const int most = marker.level == Level::kSecond ? kLargestFirst : 3;
    return marker.ordinal > before + 1 && marker.ordinal <= before + most;
  }

  static std::u16string PrefixOf(const std::u16string& number) {
    return number.substr(0, std::min(number.size(), number.rfind(u'.')));
  }

  bool AcceptsAtLineStart(const Marker& marker, size_t at) {
    // 11.121人才 after 10 alone: elsewhere it is a quantity.
    if (marker.digits_follow) {
      const auto last = last_.find(marker.level);
      return last != last_.end() && marker.ordinal == last->second + 1 && StandsAfterMark(at);
    }
    // Dotted numbers count within the number before their last dot.
    if (marker.dotted && (marker.ordinal == 1 ||
                          PrefixOf(Squeeze(all_.substr(at, marker.number_length))) == prefix_)) {
      return true;
    }
    if (marker.level == Level::kMeasure || marker.level == Level::kPart) return true;
    if (Continues(marker)) {
      // Where line starts say nothing, "… ⏎ 一、二" within a sentence begins no new count.
      return !(one_line_ && marker.level == Level::kFirst && marker.ordinal == 1 &&
               last_.count(Level::kFirst) > 0 && !StandsAfterMark(at) && !RunsOnFromHeading(at));
    }
    const auto last = last_.find(marker.level);
    const int before = last == last_.end() ? 0 : last->second;
    const bool fresh = fresh_.count(marker.level) == 0;
    // At the start of a paragraph a whole part of the list may be missing.
    const bool far = !one_line_ && StandsAfterMark(at) && BeginsText(at + marker.length);
    const int gap = far ? kLargestFirst : kLargestGap;
    if ((marker.ordinal > before && marker.ordinal <= before + gap) || fresh) {
      if (marker.ordinal > before + kLargestFirst) return false;
      if (last != last_.end() || marker.ordinal > 1) {
        findings_->Doubt("segment.number-gap", text_.Origin(at, at + marker.length),
                         all_.substr(at, marker.length), "the numbering skips here");
      }
      return true;
    }
    return false;
  }

  bool AcceptsInside(const Marker& marker, size_t at) const {
    if (marker.digits_follow) return false;
    if (in_label_) {
      const auto last = last_.find(marker.level);
      return marker.level <= Level::kThird && last != last_.end() &&
             marker.ordinal == last->second + 1 && IsHan(At(all_, at + marker.length));
    }
    size_t i = at;
    while (i > 0 && IsSpace(all_[i - 1])) --i;
    const char16_t before = i > 0 ? all_[i - 1] : u'\n';
    if (marker.level == Level::kMeasure) return IsSentenceEnd(before) || IsClosing(before);
    const bool after_mark = IsSentenceEnd(before) || IsClosing(before) || before == u'：';
    if (!Continues(marker)) {
      if (!one_line_ || !after_mark || !Skips(marker) || !BeginsText(at + marker.length))
        return false;
      findings_->Doubt("segment.number-gap", text_.Origin(at, at + marker.length),
                       all_.substr(at, marker.length), "the numbering skips here");
    }
    switch (marker.level) {
      case Level::kInline:
        return after_mark || before == u'，' || before == u'、';
      case Level::kArticle:
        return one_line_ && after_mark;
      case Level::kFirst:
        // The title of a text that lost its lines runs into the first number.
        return one_line_ && (after_mark || (outline_.items.empty() && marker.ordinal == 1 &&
                                            at <= kLongestHeading && IsHan(before)));
      case Level::kSecond:
        return one_line_ && (after_mark || RunsOnFromHeading(at));
      case Level::kThird:
        if (all_.substr(at, marker.number_length).find(u'.') != std::u16string_view::npos)
          return false;
        if (!BeginsText(at + marker.length)) return false;
        // "（二）优化服务3.推进": numbers may run on across headings.
        return after_mark || (one_line_ && !outline_.items.empty() &&
                              outline_.items.back().level < Level::kThird && RunsOnFromHeading(at));
      case Level::kFourth:
      case Level::kCircled:
        return after_mark;
      default:
        return false;
    }
  }

  bool BeginsText(size_t at) const {
    while (at < all_.size() && IsSpace(all_[at])) ++at;
    return IsHan(At(all_, at)) || IsDigit(At(all_, at)) || At(all_, at) == u'“' ||
           At(all_, at) == u'《';
  }

  // "一、打造高地（一）加快": the text since the last number is a heading without a full stop.
  bool RunsOnFromHeading(size_t at) const {
    if (outline_.items.empty()) return false;
    const size_t from = outline_.items.back().text;
    if (at <= from + 1 || at - from > kLongestHeading) return false;
    const std::u16string_view heading = all_.substr(from, at - from);
    return std::none_of(heading.begin(), heading.end(), IsSentenceEnd);
  }

  void Add(const Marker& marker, size_t at) {
    Close(at);
    if (outline_.items.empty()) outline_.preamble_end = at;
    Item item{.begin = static_cast<uint32_t>(at),
              .text = static_cast<uint32_t>(at + marker.length),
              .ordinal = marker.ordinal,
              .level = marker.level,
              .number_at = static_cast<uint8_t>(marker.number_at),
              .number_length = static_cast<uint8_t>(marker.number_length)};
    while (!open_.empty() && outline_.items[open_.back()].level >= marker.level &&
           !Contains(item, outline_.items[open_.back()])) {
      open_.pop_back();
    }
    item.parent = open_.empty() ? -1 : open_.back();
    open_.push_back(static_cast<int>(outline_.items.size()));
    outline_.items.push_back(item);
    if (marker.dotted) {
      prefix_ = PrefixOf(NumberOf(text_, item));
    } else {
      last_[marker.level] = marker.ordinal;
    }
    fresh_[marker.level] = true;
    fresh_.erase(fresh_.upper_bound(marker.level), fresh_.end());
    // Sub-lists always begin anew; numbers of tasks may run on across sections.
    for (const Level level : {Level::kFourth, Level::kCircled, Level::kInline}) {
      if (level > marker.level) last_.erase(level);
    }
  }

  // 7.1 stands below 7.
  bool Contains(const Item& item, const Item& above) const {
    return item.level == Level::kThird && above.level == Level::kThird &&
           StartsWith(NumberOf(text_, item), NumberOf(text_, above) + u".");
  }

  void Close(size_t at) {
    if (!outline_.items.empty()) outline_.items.back().end = static_cast<uint32_t>(at);
  }
  void Close() {
    Close(all_.size());
    if (outline_.items.empty()) outline_.preamble_end = all_.size();
  }

  const Text& text_;
  std::u16string_view all_;
  Findings* findings_;
  Outline outline_;
  std::vector<int> open_;
  std::map<Level, int> last_;
  std::map<Level, bool> fresh_;  // levels seen since the last number of an outer level
  std::u16string prefix_;        // of the last dotted number
  bool one_line_ = false;
  bool in_label_ = false;  // inside a bracket that begins with 责任单位 or the like
};

}  // namespace

bool IntroducesMeasures(std::u16string_view text, size_t at) {
  for (const std::u16string_view word : kMeasureWords) {
    if (!StartsWith(text.substr(std::min(at, text.size()), 8), word)) continue;
    const char16_t mark = At(text, at + word.size());
    return mark == u'：' || mark == u':';
  }
  return false;
}

std::u16string NumberOf(const Text& text, const Item& item) {
  if (item.clipped) {
    std::u16string number = Printed(item.level, item.ordinal);
    if (item.level == Level::kFirst || item.level == Level::kThird) number.pop_back();
    return number;
  }
  const size_t begin = item.begin + item.number_at;
  std::u16string number = Squeeze(text.view(begin, begin + item.number_length));
  // Only one of two brackets may have stood beside Chinese and been made wide: (1）.
  if (!number.empty() && IsOpening(number.front()) && number.back() == u'）') number[0] = u'（';
  return number;
}

Outline Segment(const Text& text, Findings* findings) { return Segmenter(text, findings).Run(); }

}  // namespace duban::plantext
