#include "services/domain/plantext/html.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/domain/plantext/chars.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

constexpr size_t kLongestTag = 4'000;
constexpr size_t kLongestDataCell = 1'500;  // in a longer one stands an article
constexpr int kMostSpannedRows = 200;
constexpr size_t kMostRepeated = 1 << 20;  // units that spanning cells may add

struct Tag {
  std::u16string name;  // lower case; empty: not a tag
  bool closing = false;
  size_t end = 0;  // after the >
  int rowspan = 1;
  int colspan = 1;
  int start = 1;  // of an ordered list
};

char16_t LowerCase(char16_t c) { return c >= u'A' && c <= u'Z' ? c + 32 : c; }

int Attribute(View tag, View name) {
  for (size_t at = tag.find(name); at != View::npos; at = tag.find(name, at + 1)) {
    size_t i = at + name.size();
    while (i < tag.size() &&
           (IsSpace(tag[i]) || tag[i] == u'=' || tag[i] == u'"' || tag[i] == u'\''))
      ++i;
    int value = 0;
    while (i < tag.size() && IsDigit(tag[i]) && value < 1000)
      value = value * 10 + (tag[i++] - u'0');
    if (value > 0) return value;
  }
  return 1;
}

Tag TagAt(View text, size_t at) {
  Tag tag;
  size_t i = at + 1;
  if (i < text.size() && text[i] == u'/') {
    tag.closing = true;
    ++i;
  }
  if (i >= text.size() || !IsLatin(text[i])) return {};
  while (i < text.size() && (IsLatin(text[i]) || IsDigit(text[i])) && tag.name.size() < 12) {
    tag.name.push_back(LowerCase(text[i++]));
  }
  const size_t close = text.substr(i, kLongestTag).find(u'>');
  if (close == View::npos) return {};
  const View attributes = text.substr(i, close);
  if (tag.name == u"td" || tag.name == u"th") {
    tag.rowspan = std::min(Attribute(attributes, u"rowspan"), kMostSpannedRows);
    tag.colspan = std::min(Attribute(attributes, u"colspan"), 40);
  }
  if (tag.name == u"ol") tag.start = Attribute(attributes, u"start");
  tag.end = i + close + 1;
  return tag;
}

bool IsBlock(View name) {
  for (const View block :
       {u"p",       u"div",    u"br",     u"li",    u"ul",    u"ol",         u"section",
        u"article", u"header", u"footer", u"nav",   u"tr",    u"table",      u"td",
        u"th",      u"hr",     u"dl",     u"dt",    u"dd",    u"blockquote", u"pre",
        u"main",    u"aside",  u"form",   u"title", u"tbody", u"thead",      u"center",
        u"h1",      u"h2",     u"h3",     u"h4",    u"h5",    u"h6"}) {
    if (name == block) return true;
  }
  return false;
}

// The end of a comment, script or style that begins at `at`; 0 when none does.
size_t SkipHidden(View text, size_t at, const Tag& tag) {
  if (text.substr(at, 4) == u"<!--") {
    const size_t end = text.find(u"-->", at + 4);
    return end == View::npos ? text.size() : end + 3;
  }
  if (text.substr(at, 2) == u"<!" || text.substr(at, 2) == u"<?") {
    const size_t end = text.substr(at, kLongestTag).find(u'>');
    return end == View::npos ? 0 : at + end + 1;
  }
  if (tag.closing || (tag.name != u"script" && tag.name != u"style")) return 0;
  for (size_t i = text.find(u"</", tag.end); i != View::npos; i = text.find(u"</", i + 2)) {
    const Tag end = TagAt(text, i);
    if (end.name == tag.name) return end.end;
  }
  return text.size();
}

// The character of a reference at `at` and its length; 0 when there is none.
char16_t ReferenceAt(View text, size_t at, size_t* length) {
  const View rest = text.substr(at, 12);
  const size_t end = rest.find(u';');
  if (end == View::npos || end < 2) return 0;
  *length = end + 1;
  const View name = rest.substr(1, end - 1);
  if (name[0] == u'#') {
    const bool hex = name.size() > 1 && (name[1] == u'x' || name[1] == u'X');
    uint32_t value = 0;
    for (const char16_t c : name.substr(hex ? 2 : 1)) {
      const char16_t low = LowerCase(c);
      const bool digit = IsDigit(low) || (hex && low >= u'a' && low <= u'f');
      if (!digit) return 0;
      value = value * (hex ? 16 : 10) + (IsDigit(low) ? low - u'0' : low - u'a' + 10);
    }
    return value > 0 && value < 0xD800 ? static_cast<char16_t>(value)
           : value < 0x10000           ? u' '
                                       : 0xFFFD;
  }
  static const std::map<View, char16_t> kNames = {
      {u"nbsp", u' '},     {u"amp", u'&'},     {u"lt", u'<'},      {u"gt", u'>'},
      {u"quot", u'"'},     {u"apos", u'\''},   {u"ldquo", 0x201C}, {u"rdquo", 0x201D},
      {u"lsquo", 0x2018},  {u"rsquo", 0x2019}, {u"mdash", 0x2014}, {u"ndash", 0x2013},
      {u"hellip", 0x2026}, {u"middot", 0xB7},  {u"ensp", u' '},    {u"emsp", u' '},
      {u"times", 0xD7},    {u"bull", 0x2022}};
  const auto found = kNames.find(name);
  return found == kNames.end() ? 0 : found->second;
}

// Which <table> tags begin tables of data: without a table inside, with short cells, and two rows
// at least or a cell that heads its row.
class TableKinds {
 public:
  explicit TableKinds(View text) {
    struct Open {
      size_t at;
      size_t rows = 0;
      size_t cell_begin = 0;  // in characters that are shown
      bool heads = false;
      bool data = true;
    };
    std::vector<Open> open;
    size_t shown = 0;
    size_t tag_end = 0;
    for (size_t i = text.find(u'<'); i != View::npos; i = text.find(u'<', i + 1)) {
      const Tag tag = TagAt(text, i);
      if (tag.name.empty()) continue;
      shown += i - std::min(i, tag_end);
      tag_end = tag.end;
      if (tag.name == u"table" && !tag.closing) {
        if (!open.empty()) open.back().data = false;
        open.push_back({.at = i});
      } else if (!open.empty() && tag.name == u"tr" && !tag.closing) {
        ++open.back().rows;
      } else if (!open.empty() && (tag.name == u"td" || tag.name == u"th")) {
        open.back().heads |= tag.name == u"th";
        if (tag.closing && shown - open.back().cell_begin > kLongestDataCell)
          open.back().data = false;
        if (!tag.closing) open.back().cell_begin = shown;
      } else if (!open.empty() && tag.name == u"table") {
        if (open.back().data && open.back().rows >= (open.back().heads ? 1 : 2))
          data_.push_back(open.back().at);
        open.pop_back();
      }
    }
    std::sort(data_.begin(), data_.end());
  }
  bool IsData(size_t at) const { return std::binary_search(data_.begin(), data_.end(), at); }

 private:
  std::vector<size_t> data_;
};

class Converter {
 public:
  explicit Converter(const Text& text) : text_(text), all_(text.view()), kinds_(all_) {
    out_.Reserve(text.size());
  }

  Text Run() {
    for (size_t i = 0; i < all_.size();) {
      if (all_[i] == u'<') {
        const Tag tag = TagAt(all_, i);
        const size_t hidden = SkipHidden(all_, i, tag);
        if (hidden > 0) {
          i = hidden;
          continue;
        }
        if (!tag.name.empty()) {
          Handle(tag, i);
          i = tag.end;
          continue;
        }
      }
      size_t length = 1;
      char16_t c = all_[i];
      if (c == u'&') {
        const char16_t reference = ReferenceAt(all_, i, &length);
        if (reference == 0) length = 1;
        if (reference != 0) c = reference;
      }
      Put(c, i);
      i += length;
    }
    Line(all_.size() - 1);
    out_.Shrink();
    return std::move(out_);
  }

 private:
  // In HTML a line break is a blank; between Chinese characters it is nothing.
  void Put(char16_t c, size_t at) {
    if (in_table_ && !in_cell_) return;
    if (c == u'\n') c = u' ';
    if (IsBlank(c) && (at_line_start_ || (!out_.empty() && IsBlank(out_[out_.size() - 1])))) return;
    if (in_cell_ && c == u'|') c = u'/';
    out_.Append(c, text_.OriginAt(at));
    at_line_start_ = false;
  }

  void Mark(char16_t c, size_t at) {
    out_.Append(c, text_.OriginAt(std::min(at, all_.size() - 1)));
  }

  void Line(size_t at) {
    if (out_.empty() || at_line_start_) return;
    Mark(u'\n', at);
    at_line_start_ = true;
  }

  void Handle(const Tag& tag, size_t at) {
    if (tag.name == u"table") {
      Line(at);
      in_table_ = !tag.closing && kinds_.IsData(at);
      in_cell_ = false;
      spans_.clear();
      return;
    }
    if (in_table_) {
      HandleInTable(tag, at);
      return;
    }
    if (!IsBlock(tag.name)) return;
    Line(at);
    if (tag.name == u"ol" || tag.name == u"ul") HandleList(tag);
    if (tag.name == u"li" && !tag.closing) NumberPoint(tag.end, at);
    const bool heading =
        tag.name.size() == 2 && tag.name[0] == u'h' && tag.name[1] >= u'1' && tag.name[1] <= u'6';
    if (!heading || tag.closing) return;
    for (char16_t n = u'0'; n < tag.name[1]; ++n) Mark(u'#', at);
    Mark(u' ', at);
  }

  // The numbers of an ordered list are shown though they do not stand in the text.
  void HandleList(const Tag& tag) {
    if (!tag.closing) {
      lists_.push_back(tag.name == u"ol" ? tag.start : 0);
    } else if (!lists_.empty()) {
      lists_.pop_back();
    }
  }

  void NumberPoint(size_t from, size_t at) {
    if (lists_.empty() || lists_.back() == 0) return;
    const int number = lists_.back()++;
    while (from < all_.size() && (IsSpace(all_[from]) || all_[from] == u'<')) {
      from = all_[from] == u'<' ? std::max(TagAt(all_, from).end, from + 1) : from + 1;
    }
    const char16_t first = from < all_.size() ? all_[from] : u' ';
    if (IsDigit(first) || IsOpening(first) || ChineseNumber(all_.substr(from, 1)) > 0) return;
    const bool inner = lists_.size() > 1;
    if (inner) Mark(u'（', at);
    for (const char16_t digit : ToUtf16(std::to_string(number))) Mark(digit, at);
    Mark(inner ? u'）' : u'.', at);
    at_line_start_ = false;
  }

  void HandleInTable(const Tag& tag, size_t at) {
    if (tag.name == u"tr") {
      CloseCell(at);
      EndRow(at);
      if (!tag.closing) {
        Mark(u'|', at);
        at_line_start_ = false;
        column_ = 0;
        row_open_ = true;
        FillSpans(at);
      }
    } else if (tag.name == u"td" || tag.name == u"th") {
      CloseCell(at);
      if (tag.closing || !row_open_) return;
      in_cell_ = true;
      cell_begin_ = out_.size();
      cell_tag_ = tag;
      at_line_start_ = true;
    } else if (in_cell_ && IsBlock(tag.name) && out_.size() > cell_begin_ &&
               out_[out_.size() - 1] != kLineInCell) {
      Mark(kLineInCell, at);
      at_line_start_ = true;
    }
  }

  void CloseCell(size_t at) {
    if (!in_cell_) return;
    in_cell_ = false;
    if (cell_tag_.rowspan > 1) spans_[column_] = {cell_tag_.rowspan - 1, cell_begin_, out_.size()};
    Mark(u'|', at);
    ++column_;
    for (int extra = 1; extra < cell_tag_.colspan; ++extra) {
      Mark(u' ', at);
      Mark(u'|', at);
      ++column_;
    }
    at_line_start_ = false;
    FillSpans(at);
  }

  // Repeats the cells that reach down into this row.
  void FillSpans(size_t at) {
    for (auto span = spans_.find(column_); span != spans_.end() && span->second.rows > 0;
         span = spans_.find(column_)) {
      --span->second.rows;
      if (repeated_ < kMostRepeated) {
        for (size_t i = span->second.begin; i < span->second.end; ++i)
          out_.Append(out_[i], out_.OriginAt(i));
        repeated_ += span->second.end - span->second.begin;
      }
      Mark(u'|', at);
      ++column_;
    }
  }

  void EndRow(size_t at) {
    if (!row_open_) return;
    row_open_ = false;
    at_line_start_ = false;
    Line(at);
  }

  struct Span {
    int rows = 0;
    size_t begin = 0;  // of the cell, in what is written
    size_t end = 0;
  };

  const Text& text_;
  View all_;
  TableKinds kinds_;
  Text out_;
  bool at_line_start_ = true;
  bool in_table_ = false;
  bool in_cell_ = false;
  bool row_open_ = false;
  int column_ = 0;
  std::vector<int> lists_;  // the next number of each open list; 0: it has none
  Tag cell_tag_;
  size_t cell_begin_ = 0;
  std::map<int, Span> spans_;
  size_t repeated_ = 0;
};

}  // namespace

bool IsHtml(const Text& text) {
  constexpr size_t kLookAt = 200'000;
  constexpr int kEnoughTags = 4;
  const View all = text.view().substr(0, kLookAt);
  int tags = 0;
  for (size_t i = all.find(u'<'); i != View::npos && tags < kEnoughTags;
       i = all.find(u'<', i + 1)) {
    const Tag tag = TagAt(all, i);
    if (tag.name == u"html" || tag.name == u"body") return true;
    tags +=
        IsBlock(tag.name) || tag.name == u"span" || tag.name == u"strong" || tag.name == u"font";
  }
  return tags >= kEnoughTags;
}

Text FromHtml(const Text& text) { return Converter(text).Run(); }

}  // namespace duban::plantext
