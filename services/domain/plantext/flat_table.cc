#include "services/domain/plantext/flat_table.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/column.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

constexpr size_t kMostColumns = 8;
constexpr size_t kLongestHeading = 14;
constexpr size_t kMostLinesARow = 24;
constexpr size_t kFewestRows = 2;

struct Line {
  size_t begin = 0;  // trimmed
  size_t end = 0;
};

std::vector<Line> FilledLines(const Text& text) {
  std::vector<Line> lines;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != u'\n') continue;
    Line line{begin, i};
    while (line.begin < line.end && IsSpace(text[line.begin])) ++line.begin;
    while (line.end > line.begin && IsSpace(text[line.end - 1])) --line.end;
    if (line.end > line.begin) lines.push_back(line);
    begin = i + 1;
  }
  return lines;
}

struct Row {
  size_t first = 0;  // line of its number
  size_t end = 0;    // line after its last
};

class Stander {
 public:
  Stander(Text text, Findings* findings) : text_(std::move(text)), findings_(findings) {}

  Text Run() {
    // Only a line that numbers rows can begin such a table: most texts have none.
    if (text_.view().find(u"序") == View::npos && text_.view().find(u"编") == View::npos) {
      return std::move(text_);
    }
    lines_ = FilledLines(text_);
    Text out;
    size_t kept = 0;
    for (size_t l = 0; l < lines_.size(); ++l) {
      const size_t columns = HeadingsAt(l);
      if (columns == 0) continue;
      const std::vector<Row> rows = RowsAt(l + columns);
      if (rows.size() < kFewestRows) continue;
      out.Append(text_, kept, lines_[l].begin);
      Write(l, l + columns, columns, &out);
      for (const Row& row : rows) WriteRow(row, columns, &out);
      l = rows.back().end - 1;
      kept = lines_[l].end;
    }
    if (kept == 0) return std::move(text_);
    out.Append(text_, kept, text_.size());
    return out;
  }

 private:
  View Of(const Line& line) const { return text_.view(line.begin, line.end); }

  // The number of columns that are headed from line `l` on; 0: none are.
  size_t HeadingsAt(size_t l) {
    if (Of(lines_[l]).size() > 4 || ColumnOf(Of(lines_[l])) != Column::kNumber) return 0;
    columns_.clear();
    while (l + columns_.size() < lines_.size() && columns_.size() < kMostColumns) {
      const View heading = Of(lines_[l + columns_.size()]);
      if (heading.size() > kLongestHeading || OrdinalOf(heading) > 0) break;
      columns_.push_back(ColumnOf(heading));
    }
    const auto has = [this](auto kind) {
      return std::any_of(columns_.begin(), columns_.end(), kind);
    };
    const bool units = has([](Column c) { return IsUnits(c); });
    const bool tasks = has([](Column c) { return c == Column::kTask || c == Column::kDetail; });
    return units && tasks ? columns_.size() : 0;
  }

  static int OrdinalOf(View line) {
    int value = 0;
    for (const char16_t c : line) {
      if (!IsDigit(c) || value > 9999) return 0;
      value = value * 10 + (c - u'0');
    }
    return value;
  }

  // From the line with 1 on, each up to the line with the next number.
  std::vector<Row> RowsAt(size_t l) const {
    std::vector<Row> rows;
    int next = 1;
    while (l < lines_.size() && OrdinalOf(Of(lines_[l])) == next) {
      ++next;
      size_t end = l + 1;
      while (end < lines_.size() && end - l <= kMostLinesARow &&
             OrdinalOf(Of(lines_[end])) != next) {
        ++end;
      }
      const bool more = end < lines_.size() && end - l <= kMostLinesARow;
      // Nothing says where the last row ends: it has as many lines as columns.
      rows.push_back({l, more ? end : std::min(lines_.size(), l + columns_.size())});
      if (!more) break;
      l = end;
    }
    return rows;
  }

  void Write(size_t first, size_t end, size_t columns, Text* out) const {
    const int64_t at = text_.OriginAt(lines_[first].begin);
    out->Append(u'|', at);
    for (size_t c = 0; c < columns; ++c) {
      if (first + c < end) out->Append(text_, lines_[first + c].begin, lines_[first + c].end);
      out->Append(u'|', text_.OriginAt(lines_[std::min(first + c, end - 1)].end - 1));
    }
    out->Append(u'\n', text_.OriginAt(lines_[end - 1].end - 1));
  }

  // Lines too many belong to the longest cell, which is the task's.
  void WriteRow(const Row& row, size_t columns, Text* out) const {
    size_t lines = row.end - row.first;
    size_t end = row.end;
    if (lines > columns && IsGroup(Of(lines_[end - 1]))) {
      --end;
      --lines;
    }
    if (lines == columns) {
      Write(row.first, end, columns, out);
    } else {
      findings_->Doubt(
          "layout.flat-table", text_.Origin(lines_[row.first].begin, lines_[end - 1].end),
          Of(lines_[row.first + (lines > 1 ? 1 : 0)]),
          "a row of a table with a cell a line has not as many as the table has columns");
      WriteUneven(row.first, end, columns, out);
    }
    if (end < row.end) Write(end, row.end, 1, out);
  }

  void WriteUneven(size_t first, size_t end, size_t columns, Text* out) const {
    const auto task = std::find_if(columns_.begin(), columns_.end(), [](Column c) {
      return c == Column::kTask || c == Column::kDetail;
    });
    const auto before = static_cast<size_t>(task - columns_.begin());
    const size_t lines = end - first;
    const size_t extra = lines > columns ? lines - columns : 0;
    out->Append(u'|', text_.OriginAt(lines_[first].begin));
    size_t l = first;
    for (size_t c = 0; c < columns; ++c) {
      const size_t take = c == before ? 1 + extra : 1;
      for (size_t t = 0; t < take && l < end; ++t, ++l)
        out->Append(text_, lines_[l].begin, lines_[l].end);
      out->Append(u'|', text_.OriginAt(lines_[std::min(l, end - 1)].begin));
    }
    out->Append(u'\n', text_.OriginAt(lines_[end - 1].end - 1));
  }

  // 一、经济发展: a heading between the rows.
  static bool IsGroup(View line) {
    const size_t mark = line.find_first_of(u"、）");
    if (mark == View::npos || mark > 4) return false;
    View number = line.substr(0, mark);
    if (!number.empty() && IsOpening(number.front())) number.remove_prefix(1);
    return ChineseNumber(number) > 0;
  }

  Text text_;
  Findings* findings_;
  std::vector<Line> lines_;
  std::vector<Column> columns_;
};

}  // namespace

Text StandUpTables(Text text, Findings* findings) {
  return Stander(std::move(text), findings).Run();
}

}  // namespace duban::plantext
