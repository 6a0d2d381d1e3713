#include "services/domain/plantext/table.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/column.h"
#include "services/domain/plantext/english.h"
#include "services/domain/plantext/label_note.h"
#include "services/domain/plantext/limits.h"
#include "services/domain/plantext/name_list.h"
#include "services/domain/plantext/role_word.h"
#include "services/domain/plantext/unit_shape.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

constexpr size_t kMostColumns = 40;

struct Cell {
  size_t begin = 0;
  size_t end = 0;
};
struct Line {
  uint32_t begin = 0;
  uint32_t end = 0;
};
struct Row {
  size_t begin = 0;
  size_t end = 0;
  std::vector<Cell> cells;
};

bool IsPipeRow(View line) { return line.size() >= 3 && line.front() == u'|'; }
bool IsTabRow(View line) { return std::count(line.begin(), line.end(), u'\t') >= 2; }

bool IsRule(View line) {
  return Contains(line, u"--") && std::all_of(line.begin(), line.end(), [](char16_t c) {
           return c == u'|' || c == u'-' || c == u':' || c == u'：' || IsBlank(c) || c == u'+';
         });
}

Row SplitRow(const Text& text, size_t begin, size_t end) {
  Row row{begin, end};
  const bool pipes = IsPipeRow(Trim(text.view(begin, end)));
  const char16_t mark = pipes ? u'|' : u'\t';
  size_t from = begin;
  for (size_t i = begin; i <= end && row.cells.size() < kMostColumns; ++i) {
    if (i < end && (text[i] != mark || (i > begin && text[i - 1] == u'\\'))) continue;
    Cell cell{from, i};
    while (cell.begin < cell.end && IsSpace(text[cell.begin])) ++cell.begin;
    while (cell.end > cell.begin && IsSpace(text[cell.end - 1])) --cell.end;
    row.cells.push_back(cell);
    from = i + 1;
  }
  if (pipes && !row.cells.empty()) row.cells.erase(row.cells.begin());
  if (pipes && !row.cells.empty() && row.cells.back().begin == row.cells.back().end)
    row.cells.pop_back();
  return row;
}

class TableReader {
 public:
  TableReader(const Text& text, Findings* findings) : text_(text), findings_(findings) {}

  Tables Run() {
    std::vector<Line> rows;  // cut into cells one by one: a table may be the whole text
    size_t begin = 0;
    for (size_t i = 0; i <= text_.size(); ++i) {
      if (i < text_.size() && text_[i] != u'\n') continue;
      const View raw = text_.view(begin, i);
      const View line = Trim(raw);
      if (IsPipeRow(line) || IsTabRow(raw)) {
        if (rows.empty()) table_begin_ = begin;
        if (!IsRule(line)) rows.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(i)});
        table_end_ = i;
      } else if (!rows.empty()) {
        ReadTable(rows);
        rows.clear();
      }
      begin = i + 1;
    }
    if (!rows.empty()) ReadTable(rows);
    return std::move(tables_);
  }

 private:
  View Of(const Cell& cell) const { return text_.view(cell.begin, cell.end); }

  Row Cells(const Line& line) const { return SplitRow(text_, line.begin, line.end); }

  static Label LabelOf(const Row& row) {
    return {.begin = static_cast<uint32_t>(row.begin), .end = static_cast<uint32_t>(row.end)};
  }

  uint32_t Group(const Cell& cell) {
    tables_.groups.push_back(Squeeze(Of(cell)));
    return static_cast<uint32_t>(tables_.groups.size() - 1);
  }

  void ReadTable(const std::vector<Line>& rows) {
    columns_.clear();
    size_t header = 0;
    bool has_units = false;
    // A title may span the table above its header.
    for (; header < std::min<size_t>(rows.size(), 3) && !has_units; ++header) {
      columns_.clear();
      const Row row = Cells(rows[header]);
      for (const Cell& cell : row.cells) {
        columns_.push_back(ColumnOf(Of(cell)));
        has_units |= columns_.back() == Column::kUnits || columns_.back() == Column::kLead;
      }
      has_units &= columns_.size() >= 2 && row.cells.size() > 1 && !IsKeyRow(row);
    }
    if (!has_units || rows.size() <= header) {
      ReadKeyRows(rows);
      ReadIndicators(rows);
      return;
    }
    NameTaskColumn();
    if (!HasColumn(Column::kTask)) {
      findings_->Doubt("tables.no-task-column", text_.Origin(rows[0].begin, rows[0].end),
                       Trim(text_.view(rows[0].begin, rows[0].end)),
                       "a table with units, but without a column that names tasks; not read");
      ReadIndicators(rows);
      return;
    }
    tables_.spans.push_back(table_begin_);
    tables_.spans.push_back(table_end_);
    above_.assign(columns_.size(), Cell{});
    group_ = 0;
    for (size_t r = header; r < rows.size(); ++r) ReadRow(Cells(rows[r]));
  }

  bool HasColumn(Column column) const {
    return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
  }

  // Without a column headed "task", the first that holds its details names the tasks.
  void NameTaskColumn() {
    if (HasColumn(Column::kTask)) {
      bool seen = false;
      for (Column& column : columns_) {
        if (column != Column::kTask) continue;
        if (seen) column = Column::kDetail;
        seen = true;
      }
      return;
    }
    const auto detail = std::find(columns_.begin(), columns_.end(), Column::kDetail);
    if (detail != columns_.end() && !HasColumn(Column::kIndicator)) *detail = Column::kTask;
  }

  void ReadRow(const Row& row) {
    if (row.cells.size() == 1 || FilledCells(row) == 1) {  // a heading inside the table
      for (const Cell& cell : row.cells) {
        if (cell.end > cell.begin) group_ = Group(cell);
      }
      return;
    }
    RowTask task{.group = group_, .label = LabelOf(row)};
    bool units_merged = true;
    for (size_t c = 0; c < columns_.size() && c < row.cells.size(); ++c) {
      if (IsUnits(columns_[c])) units_merged &= row.cells[c].end == row.cells[c].begin;
    }
    for (size_t c = 0; c < columns_.size() && c < row.cells.size(); ++c) {
      Cell cell = row.cells[c];
      if (IsUnits(columns_[c])) {
        if (cell.end > cell.begin) {
          above_[c] = cell;
        } else if (units_merged) {
          cell = above_[c];
        } else {
          above_[c] = cell;
        }
      }
      Take(columns_[c], cell, &task);
    }
    if (task.title.empty() && task.body.empty()) return;
    if (task.title.empty()) TakeTaskAbove(&task);
    if (units_merged && !task.label.units.empty()) {
      findings_->Doubt("tables.merged-units", text_.Origin(row.begin, row.end), task.title,
                       "the cell of units is empty; those of the row above were taken");
    }
    if (!task.label.units.empty()) task.label.units[0].first = true;
    tables_.tasks.push_back(std::move(task));
  }

  // An empty cell below a task is a cell that spans both rows.
  void TakeTaskAbove(RowTask* task) {
    if (tables_.tasks.empty() || tables_.tasks.back().label.begin < table_begin_) return;
    const RowTask& above = tables_.tasks.back();
    task->title = above.title;
    if (task->number.empty()) task->number = above.number;
    findings_->Repair("tables.merged-task", text_.Origin(task->label.begin, task->label.end), u"", task->title,
                      80, "the cell of the task is empty; that of the row above was taken");
  }

  static size_t FilledCells(const Row& row) {
    return std::count_if(row.cells.begin(), row.cells.end(),
                         [](const Cell& cell) { return cell.end > cell.begin; });
  }

  void Take(Column column, const Cell& cell, RowTask* task) {
    switch (column) {
      case Column::kNumber:
        task->number = Squeeze(Of(cell));
        break;
      case Column::kTask:
        TakeTitle(cell, task);
        break;
      case Column::kDetail:
        task->body += Squeeze(Of(cell));
        break;
      case Column::kDeadline:
        task->deadline = Squeeze(Of(cell));
        break;
      case Column::kLead:
        task->label.says_lead = true;
        TakeUnits(cell, Role::kLead, &task->label);
        break;
      case Column::kUnits:
        TakeUnits(cell, Role::kResponsible, &task->label);
        break;
      case Column::kSupporting:
        TakeUnits(cell, Role::kSupporting, &task->label);
        break;
      default:
        break;
    }
  }

  // "**7.1** Make the tool available": a number may lead the title.
  void TakeTitle(const Cell& cell, RowTask* task) const {
    std::u16string title = Plain(cell);
    size_t digits = 0;
    while (digits < title.size() &&
           (IsDigit(title[digits]) || (title[digits] == u'.' && digits > 0)))
      ++digits;
    const bool is_number =
        digits > 0 && digits < title.size() && digits <= 8 &&
        (title[digits] == u' ' || title[digits] == u'、' || title[digits - 1] == u'.');
    if (task->number.empty() && is_number) {
      task->number = title.substr(0, digits);
      while (task->number.back() == u'.') task->number.pop_back();
      title.erase(0, digits);
      while (!title.empty() && (title[0] == u' ' || title[0] == u'、')) title.erase(0, 1);
    }
    const size_t stop = title.find(u'。');
    if (stop != std::u16string::npos && stop + 1 < title.size()) {
      task->body = title.substr(stop + 1);
      title.resize(stop);
    } else if (stop != std::u16string::npos) {
      title.resize(stop);
    }
    task->title = std::move(title);
  }

  void TakeUnits(const Cell& cell, Role role, Label* label) const {
    if (cell.end <= cell.begin || cell.end - cell.begin > kMaxLabelUnits) return;
    Stretch list = MakeStretch(text_, cell.begin, cell.end);
    std::vector<NamedUnit> units;
    if (CountHan(list.text) > 0) Tell(TakeNotes(text_, &list, label), findings_);
    if (HasRoleKey(list.text)) {
      ReadKeyed(text_, list, label);
    } else if (CountHan(list.text) > 0) {
      NameList names = ReadNames(text_, list, role);
      label->says_lead |= names.says_lead;
      if (label->deadline.empty()) label->deadline = names.deadline;
      units = std::move(names.units);
    } else {
      units = ReadEnglishNames(text_, list, role);
      label->says_lead |= std::any_of(units.begin(), units.end(), [](const NamedUnit& unit) {
        return unit.role == Role::kLead;
      });
    }
    label->units.insert(label->units.end(), std::make_move_iterator(units.begin()),
                        std::make_move_iterator(units.end()));
  }

  bool IsKeyRow(const Row& row) const {
    return row.cells.size() == 2 && IsUnits(ColumnOf(Of(row.cells[0]))) &&
           !IsUnits(ColumnOf(Of(row.cells[1]))) &&
           ColumnOf(Of(row.cells[1])) != Column::kDeadline &&
           ColumnOf(Of(row.cells[1])) != Column::kTask;
  }

  // The first column headed 指标 names them, those behind it hold their values.
  void ReadIndicators(const std::vector<Line>& rows) {
    const Row header = Cells(rows[0]);
    if (rows.size() < 2 || header.cells.size() < 2) return;
    columns_.clear();
    for (const Cell& cell : header.cells) columns_.push_back(ColumnOf(Of(cell)));
    const auto named = std::find_if(header.cells.begin(), header.cells.end(), [&](const Cell& c) {
      return Contains(Of(c), u"指标") || Contains(Of(c), u"ndicator");
    });
    if (named == header.cells.end()) return;
    const auto name = static_cast<size_t>(named - header.cells.begin());
    uint32_t group = 0;
    for (size_t r = 1; r < rows.size(); ++r) {
      const Row cut = Cells(rows[r]);
      const std::vector<Cell>& cells = cut.cells;
      if (FilledCells(cut) == 1) {
        for (const Cell& cell : cells) {
          if (cell.end > cell.begin) group = Group(cell);
        }
        continue;
      }
      if (cells.size() <= name) continue;
      if (tables_.indicators.size() >= kMaxIndicators) {
        findings_->Doubt("tables.too-many-figures", text_.Origin(rows[r].begin, rows[r].end),
                         Trim(text_.view(rows[r].begin, rows[r].end)),
                         "more rows of figures than a plan can have; this one and all below are "
                         "left out");
        return;
      }
      RowIndicator row{.begin = rows[r].begin, .end = rows[r].end, .group = group};
      row.name = Plain(cells[name]);
      for (size_t c = name + 1; c < columns_.size() && c < cells.size(); ++c) {
        if (cells[c].end == cells[c].begin) continue;
        if (columns_[c] == Column::kMeasure) {
          row.measure = Plain(cells[c]);
        } else {
          row.values.emplace_back(Plain(header.cells[c]), Plain(cells[c]));
        }
      }
      if (!row.name.empty() && !row.values.empty()) tables_.indicators.push_back(std::move(row));
    }
  }

  // The words of a cell without Markdown's emphasis.
  std::u16string Plain(const Cell& cell) const {
    std::u16string words;
    for (const char16_t c : Squeeze(Of(cell))) {
      if (c != u'*') words.push_back(c);
    }
    return words;
  }

  // "| Lead government actors | X |"
  void ReadKeyRows(const std::vector<Line>& rows) {
    for (const Line& line : rows) {
      const Row row = Cells(line);
      if (!IsKeyRow(row)) continue;
      Label label = LabelOf(row);
      RowTask task;
      Take(ColumnOf(Of(row.cells[0])), row.cells[1], &task);
      label.units = std::move(task.label.units);
      label.says_lead = task.label.says_lead;
      if (label.units.empty()) continue;
      label.units[0].first = true;
      tables_.labels.push_back(std::move(label));
    }
  }

  const Text& text_;
  Findings* findings_;
  Tables tables_;
  size_t table_begin_ = 0;
  size_t table_end_ = 0;
  std::vector<Column> columns_;
  std::vector<Cell> above_;
  uint32_t group_ = 0;
};

}  // namespace

Tables ReadTables(const Text& text, Findings* findings) {
  return TableReader(text, findings).Run();
}

}  // namespace duban::plantext
