#include "services/domain/plantext/clipped_words.h"

#include <algorithm>
#include <string_view>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/unit_shape.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

constexpr View kWords[] = {u"按职责分工负责", u"按照职责分工负责", u"职责分工负责", u"相关部门",
                           u"有关部门",       u"相关单位",         u"有关单位",     u"及各地区",
                           u"会同有关",       u"会同相关",         u"等相关部门",   u"等有关部门",
                           u"分工负责",       u"牵头，",           u"牵头、",       u"牵头负责",
                           u"配合单位：",     u"责任单位："};

// The place in `word` of the one character that is missing at `at`; npos: not this word.
size_t MissingAt(View text, size_t at, View word) {
  for (size_t left = 1; left < word.size(); ++left) {  // nothing is missing
    if (left <= at && StartsWith(text.substr(at - left), word)) return View::npos;
  }
  for (size_t left = 0; left < word.size(); ++left) {
    const size_t right = word.size() - left - 1;
    if (left > at || right > text.size() - at) continue;
    if (left + right < 2 || (left > 0 && right == 0)) continue;
    if (text.substr(at - left, left) != word.substr(0, left)) continue;
    if (text.substr(at, right) != word.substr(left + 1)) continue;
    // With nothing left of it, a name must end there: 司法部 ⏎ 头，
    if (left == 0 && (at < 3 || !IsStronglyUnitLike(text.substr(at - 3, 3)))) continue;
    return left;
  }
  return View::npos;
}

}  // namespace

int MendClippedWords(const Text& text, Stretch* label, Findings* findings) {
  int mended = 0;
  for (size_t b = 0; b < label->breaks.size(); ++b) {
    const size_t at = label->breaks[b];
    if (at == 0 || at >= label->text.size()) continue;
    for (const View word : kWords) {
      const size_t missing = MissingAt(label->text, at, word);
      if (missing == View::npos) continue;
      const Range range = text.Origin(label->at[at - 1], label->at[at] + 1);
      findings->Repair("units.clipped-word", range, View(label->text).substr(at - 1, 2), word, 88,
                       "a word of the label lost a character at the end of a line");
      label->text.insert(at, 1, word[missing]);
      label->at.insert(label->at.begin() + static_cast<ptrdiff_t>(at), label->at[at]);
      for (size_t later = b + 1; later < label->breaks.size(); ++later) ++label->breaks[later];
      for (size_t& gap : label->gaps) gap += gap >= at;
      label->breaks.erase(label->breaks.begin() + static_cast<ptrdiff_t>(b));
      --b;
      ++mended;
      break;
    }
  }
  return mended;
}

}  // namespace duban::plantext
