#include "services/domain/plantext/paragraphs.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/layout.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

constexpr size_t kLongestWalk = 5'000;  // units of a paragraph above its label

// Labels of one paragraph: nothing but marks stands between them.
struct Group {
  size_t begin = 0;
  size_t end = 0;
};

class Splitter {
 public:
  Splitter(const Text& text, const std::deque<Label>& labels, Outline* outline, Findings* findings)
      : text_(text),
        all_(text.view()),
        width_(PageWidth(text)),
        labels_(labels),
        outline_(outline),
        findings_(findings) {}

  void Run() {
    std::vector<Item> old = std::move(outline_->items);
    outline_->items.clear();
    if (old.empty()) {
      const std::vector<size_t> begins = Paragraphs(0, text_.size(), 0);
      Add(begins, text_.size(), -1);
      if (!begins.empty()) outline_->preamble_end = begins[0];
      return;
    }
    std::vector<int> moved(old.size());
    for (size_t i = 0; i < old.size(); ++i) {
      moved[i] = static_cast<int>(outline_->items.size());
      Item& item = old[i];
      if (item.parent >= 0) item.parent = moved[static_cast<size_t>(item.parent)];
      const size_t end = item.end;
      std::vector<size_t> begins;
      if (item.level <= Level::kArticle) begins = Paragraphs(item.text, end, FirstLineEnd(item));
      if (!begins.empty()) item.end = static_cast<uint32_t>(begins[0]);
      outline_->items.push_back(item);
      Add(begins, end, moved[i]);
    }
  }

 private:
  size_t FirstLineEnd(const Item& item) const {
    return std::min<size_t>(all_.find(u'\n', item.text), item.end);
  }

  // Where the paragraphs with labels of their own begin; empty unless there are several, all behind
  // `heading_end`.
  std::vector<size_t> Paragraphs(size_t begin, size_t end, size_t heading_end) {
    std::vector<size_t> begins;
    size_t from = heading_end;
    for (const Group& group : GroupsIn(begin, end)) {
      if (group.begin < heading_end || !EndsParagraph(group.end, end)) return {};
      begins.push_back(ParagraphOf(group.begin, from));
      if (begins.back() >= group.begin) return {};
      from = group.end;
    }
    if (begins.size() < 2) return {};
    findings_->Doubt("tasks.unnumbered", text_.Origin(begins[0], labels_[next_ - 1].end),
                     text_.view(begins[0], std::min(begins[0] + 30, end)),
                     "paragraphs without a number that name units of their own; read as tasks");
    return begins;
  }

  std::vector<Group> GroupsIn(size_t begin, size_t end) {
    while (next_ < labels_.size() && labels_[next_].begin < begin) ++next_;
    std::vector<Group> groups;
    for (; next_ < labels_.size() && labels_[next_].begin < end; ++next_) {
      const Label& label = labels_[next_];
      if (!groups.empty() && OnlyMarks(groups.back().end, label.begin)) {
        groups.back().end = label.end;
      } else {
        groups.push_back({label.begin, label.end});
      }
    }
    return groups;
  }

  bool OnlyMarks(size_t begin, size_t end) const {
    if (end < begin || end - begin > 20) return false;
    const View between = all_.substr(begin, end - begin);
    return std::all_of(between.begin(), between.end(), [](char16_t c) {
      return IsSpace(c) || IsSentenceEnd(c) || c == u'-' || c == u'*' || c == u'，';
    });
  }

  bool EndsParagraph(size_t i, size_t end) const {
    while (i < end && (IsBlank(all_[i]) || IsSentenceEnd(all_[i]))) ++i;
    return i >= end || all_[i] == u'\n';
  }

  // The start of the paragraph that ends before `label`, or that stands above it; not before
  // `from`.
  size_t ParagraphOf(size_t label, size_t from) const {
    size_t line = LineStart(label, from);
    while (line > from && Trim(all_.substr(line, label - line)).empty())
      line = LineStart(line - 1, from);
    while (line > from && label - line < kLongestWalk) {  // wrapped
      const size_t above = LineStart(line - 1, from);
      const View text = Trim(all_.substr(above, line - above));
      if (text.size() * 10 < width_ * 9 || text.empty() || IsSentenceEnd(text.back())) break;
      line = above;
    }
    while (line < label && IsSpace(all_[line])) ++line;
    return line;
  }

  size_t LineStart(size_t at, size_t from) const {
    while (at > from && all_[at - 1] != u'\n') --at;
    return at;
  }

  void Add(const std::vector<size_t>& begins, size_t end, int parent) {
    for (size_t p = 0; p < begins.size(); ++p) {
      const auto begin = static_cast<uint32_t>(begins[p]);
      outline_->items.push_back(
          {.begin = begin,
           .text = begin,
           .end = static_cast<uint32_t>(p + 1 < begins.size() ? begins[p + 1] : end),
           .parent = parent,
           .ordinal = static_cast<int32_t>(p) + 1,
           .level = Level::kParagraph});
    }
  }

  const Text& text_;
  View all_;
  size_t width_;
  const std::deque<Label>& labels_;
  Outline* outline_;
  Findings* findings_;
  size_t next_ = 0;  // label
};

}  // namespace

void SplitParagraphs(const Text& text, const std::deque<Label>& labels, Outline* outline,
                     Findings* findings) {
  if (labels.size() < 2) return;
  Splitter(text, labels, outline, findings).Run();
}

}  // namespace duban::plantext
