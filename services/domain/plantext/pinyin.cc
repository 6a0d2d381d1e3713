#include "services/domain/plantext/pinyin.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/domain/plantext/chars.h"

namespace duban::plantext {
namespace {

constexpr std::u16string_view kToned = u"āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ";
constexpr size_t kLongestSyllable = 6;  // zhuang, shuang
constexpr size_t kEnoughNotes = 3;

bool IsVowel(char16_t c) {
  return c == u'a' || c == u'e' || c == u'i' || c == u'o' || c == u'u' || c == u'ü';
}

}  // namespace

size_t PinyinNoteAt(std::u16string_view text, size_t at, bool* toned) {
  if (at >= text.size() || (text[at] != u'(' && text[at] != u'（')) return 0;
  *toned = false;
  bool vowel = false;
  size_t i = at + 1;
  for (; i < text.size() && i - at - 1 <= kLongestSyllable; ++i) {
    const char16_t c = text[i];
    if (c == u')' || c == u'）') break;
    const bool tone = kToned.find(c) != std::u16string_view::npos;
    if (!tone && !(c >= u'a' && c <= u'z') && c != u'ü') return 0;
    *toned |= tone;
    vowel |= tone || IsVowel(c);
  }
  const bool closed = i < text.size() && (text[i] == u')' || text[i] == u'）');
  return closed && vowel && i > at + 1 ? i + 1 - at : 0;
}

Text StripPinyin(Text text, Findings* findings) {
  size_t toned_notes = 0;
  bool toned = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (PinyinNoteAt(text.view(), i, &toned) > 0) toned_notes += toned;
  }
  if (toned_notes == 0) return text;

  Text out;
  out.Reserve(text.size());
  size_t kept = 0;
  size_t removed = 0;
  Range first;
  std::u16string sample;
  for (size_t i = 1; i < text.size(); ++i) {
    const size_t length = PinyinNoteAt(text.view(), i, &toned);
    if (length == 0 || (!toned && toned_notes < kEnoughNotes) || IsSpace(text[i - 1])) continue;
    if (removed++ == 0) {
      first = text.Origin(i, i + length);
      sample = text.view(i, i + length);
    }
    out.Append(text, kept, i);
    kept = i + length;
    i = kept - 1;
  }
  out.Append(text, kept, text.size());
  if (removed > 0) {
    findings->Repair("normalise.pinyin", first, sample, u"", 99,
                     absl::StrCat(removed, " pinyin notes taken off; the first is shown"));
  }
  return out;
}

}  // namespace duban::plantext
