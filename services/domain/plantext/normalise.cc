#include "services/domain/plantext/normalise.h"

#include <unicode/unorm2.h>

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/script.h"

namespace duban::plantext {
namespace {

// One character in 50 that differs from its simplified form makes a traditional text; a simplified
// one has a few such characters, too (乾, 著), and they mean what they say.
constexpr size_t kTraditionalShare = 50;

// 著 is also a simplified character; OpenCC keeps it where it may be one.
bool KeepsZhu(char16_t before, char16_t after) {
  constexpr std::u16string_view kBefore = u"显专名原论卓土编译合拙巨";
  constexpr std::u16string_view kAfter = u"名作称述录者书";
  return kBefore.find(before) != std::u16string_view::npos ||
         kAfter.find(after) != std::u16string_view::npos;
}

void MendZhu(std::u16string* line) {
  for (size_t i = 0; i < line->size(); ++i) {
    if ((*line)[i] != u'著') continue;
    const char16_t before = i > 0 ? (*line)[i - 1] : u' ';
    const char16_t after = i + 1 < line->size() ? (*line)[i + 1] : u' ';
    if (!KeepsZhu(before, after)) (*line)[i] = u'着';
  }
}

// The characters of the text that are traditional forms.
std::unordered_set<char16_t> TraditionalForms(std::u16string_view text, size_t* count) {
  std::unordered_map<char16_t, size_t> seen;
  for (const char16_t c : text) {
    if (IsHan(c) && c < 0xD800) ++seen[c];
  }
  std::unordered_set<char16_t> forms;
  *count = 0;
  for (const auto& [c, times] : seen) {
    const std::string one = ToUtf8(std::u16string_view(&c, 1));
    if (ToSimplified(one) == one) continue;
    forms.insert(c);
    *count += times;
  }
  return forms;
}

bool IsCompatibility(char16_t c) {
  return (c >= 0x2E80 && c <= 0x2FDF) || (c >= 0xF900 && c <= 0xFAFF);
}

char16_t FoldCompatibility(char16_t c) {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* nfkc = unorm2_getNFKCInstance(&error);
  if (U_FAILURE(error)) return c;
  UChar out[8];
  const UChar in[1] = {c};
  const int32_t n = unorm2_normalize(nfkc, in, 1, out, 8, &error);
  return U_SUCCESS(error) && n == 1 ? out[0] : c;
}

char16_t HalfWidth(char16_t c) {
  const bool alphanumeric =
      (c >= u'０' && c <= u'９') || (c >= u'Ａ' && c <= u'Ｚ') || (c >= u'ａ' && c <= u'ｚ');
  if (alphanumeric || c == u'＋' || c == u'／' || c == u'％' || c == u'．' || c == u'＃' ||
      c == u'＊' || c == u'｜') {
    return c - 0xFEE0;
  }
  return IsCompatibility(c) ? FoldCompatibility(c) : c;
}

bool IsChinesePunctuation(char16_t c) {
  return (c >= 0x3001 && c <= 0x3017) || c == u'，' || c == u'：' || c == u'；' || c == u'（' ||
         c == u'）' || c == u'？' || c == u'！' || c == 0x201C || c == 0x201D;
}

bool IsChinese(char16_t c) { return IsHan(c) || IsChinesePunctuation(c); }

// The full-width form of an ASCII mark that stands beside Chinese; otherwise the mark itself.
char16_t WidenMark(char16_t c, char16_t before, char16_t after) {
  constexpr std::u16string_view kMarks = u",:;()?!";
  if (kMarks.find(c) == std::u16string_view::npos) return c;
  const bool in_number = IsDigit(before) && IsDigit(after);
  if (in_number || !(IsChinese(before) || IsChinese(after))) return c;
  return c + 0xFEE0;
}

}  // namespace

Text Simplify(Text text, Findings* findings) {
  const size_t han = CountHan(text.view());
  size_t count = 0;
  const std::unordered_set<char16_t> forms = TraditionalForms(text.view(), &count);
  if (count == 0 || count * kTraditionalShare < han) return text;

  Text out;
  out.Reserve(text.size());
  const auto convert = [&](size_t begin, size_t end) {
    const std::u16string_view line = text.view(begin, end);
    bool needed = false;
    for (const char16_t c : line) needed |= c == u'著' || forms.count(c) > 0;
    if (!needed) {
      out.Append(text, begin, end);
      return;
    }
    std::u16string converted = ToUtf16(ToSimplified(ToUtf8(line)));
    MendZhu(&converted);
    for (size_t i = 0; i < converted.size(); ++i) {
      // Phrases keep their length, so that unit i is unit i; otherwise the end of the line is
      // inexact.
      out.Append(converted[i], text.OriginAt(std::min(begin + i, end - 1)));
    }
  };
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != u'\n' && i - begin < 4096) continue;
    convert(begin, i);
    if (i < text.size()) out.Append(text, i, i + 1);
    begin = i + 1;
  }
  findings->Repair("normalise.simplified", text.Origin(0, text.size()), u"", u"", 98,
                   absl::StrCat("traditional characters made simplified: ", count));
  return out;
}

Text FoldWidth(Text text, Findings* findings) {
  Text out;
  out.Reserve(text.size());
  const bool chinese = CountHan(text.view()) * 10 > text.size();
  size_t widened = 0;
  Range first;
  char16_t sample = 0;
  size_t kept = 0;  // what stands from here on is unchanged so far
  char16_t last = u' ';
  for (size_t i = 0; i < text.size(); ++i) {
    char16_t c = HalfWidth(text[i]);
    if (chinese && c < 0x80) {
      const char16_t after = i + 1 < text.size() ? text[i + 1] : u' ';
      const char16_t wide = WidenMark(c, last, after);
      if (wide != c && widened++ == 0) {
        first = text.Origin(i, i + 1);
        sample = c;
      }
      c = wide;
    }
    last = c;
    if (c == text[i]) continue;
    out.Append(text, kept, i);
    out.Append(c, text.OriginAt(i));
    kept = i + 1;
  }
  out.Append(text, kept, text.size());
  if (widened > 0) {
    const char16_t wide = sample + 0xFEE0;
    findings->Repair("normalise.punctuation", first, std::u16string_view(&sample, 1),
                     std::u16string_view(&wide, 1), 97,
                     absl::StrCat(widened, " ASCII marks made full-width; the first is shown"));
  }
  return out;
}

}  // namespace duban::plantext
