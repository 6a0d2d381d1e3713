#include <algorithm>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/label.h"

namespace duban::plantext {
namespace {

// The length of <br> in a cell of a Markdown table; 0: none stands here.
size_t LineBreakTag(std::u16string_view text) {
  for (const std::u16string_view tag : {u"<br>", u"<br/>", u"<br />", u"<BR>"}) {
    if (StartsWith(text, tag)) return tag.size();
  }
  return 0;
}

}  // namespace

Stretch MakeStretch(const Text& text, size_t begin, size_t end) {
  Stretch stretch;
  bool blank = false;
  for (size_t i = begin; i < end; ++i) {
    const char16_t c = text[i];
    if (c == u'*') continue;  // Markdown emphasis
    const size_t tag = c == u'<' ? LineBreakTag(text.view(i, end)) : 0;
    if (c == u'\n' || c == kLineInCell || tag > 0) {
      stretch.in_cell |= c != u'\n';
      if (stretch.breaks.empty() || stretch.breaks.back() != stretch.text.size()) {
        stretch.breaks.push_back(stretch.text.size());
      }
      blank = true;
      if (tag > 0) i += tag - 1;
      continue;
    }
    if (IsBlank(c)) {
      blank = true;
      continue;
    }
    if (blank && !stretch.text.empty() && IsHan(c) && IsHan(stretch.text.back())) {
      stretch.gaps.push_back(stretch.text.size());
    }
    if (blank && c < 0x2E80 && !stretch.text.empty() && stretch.text.back() < 0x2E80) {
      stretch.text.push_back(u' ');
      stretch.at.push_back(i - 1);
    }
    blank = false;
    stretch.text.push_back(c);
    stretch.at.push_back(i);
  }
  return stretch;
}

Stretch Stretch::Sub(size_t begin, size_t end) const {
  Stretch part;
  part.text = text.substr(begin, end - begin);
  part.at.assign(at.begin() + begin, at.begin() + end);
  for (const size_t i : breaks) {
    if (i >= begin && i <= end) part.breaks.push_back(i - begin);
  }
  part.in_cell = in_cell;
  for (const size_t i : gaps) {
    if (i > begin && i < end) part.gaps.push_back(i - begin);
  }
  return part;
}

Stretch Stretch::Without(size_t begin, size_t end) const {
  Stretch rest = Sub(0, begin);
  const Stretch tail = Sub(end, text.size());
  rest.text += tail.text;
  rest.at.insert(rest.at.end(), tail.at.begin(), tail.at.end());
  for (const size_t i : tail.breaks) rest.breaks.push_back(i + begin);
  for (const size_t i : tail.gaps) rest.gaps.push_back(i + begin);
  return rest;
}

}  // namespace duban::plantext
