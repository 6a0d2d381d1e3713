// Tables for terminals and pipes: columns aligned by what a terminal shows, colours only where they
// are seen.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace duban::cli {

enum class Colour { kNone, kDim, kBold, kGreen, kAmber, kRed, kBlue };

// How to print.
struct Style {
  bool colour = false;
  int width = 100;  // columns; at least 80

  // Of standard output: colour on a terminal unless NO_COLOR is set or TERM is "dumb"; its width,
  // or that of COLUMNS.
  static Style OfStdout();
};

// `text` in a colour, or as it is.
std::string Paint(absl::string_view text, Colour colour, const Style& style);

// Without control characters, which could steer the terminal, and without direction overrides: each
// becomes "?"; line breaks and tabs become blanks.
std::string Printable(absl::string_view utf8);

// "█████░░░░░" for 5,000 of `columns` 10: full only at 10,000, empty only at 0.
std::string Bar(int basis_points, int columns);

struct Cell {
  std::string text;
  Colour colour = Colour::kNone;
};

struct Column {
  std::string title;
  bool right = false;     // numbers
  bool flexible = false;  // is cut where the line is too long; one at most
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell per column; missing ones are empty.
  void Add(std::vector<Cell> row) { rows_.push_back({std::move(row), Kind::kCells}); }

  // A line of its own below the last row, indented.
  void AddNote(std::string text) {
    rows_.push_back({{{std::move(text), Colour::kDim}}, Kind::kNote});
  }

  // Items below the last row, indented, as many to a line as fit; all items of the table are
  // equally wide, so that they stand below each other.
  void AddItems(std::vector<Cell> items) { rows_.push_back({std::move(items), Kind::kItems}); }

  bool empty() const { return rows_.empty(); }
  std::string Render(const Style& style) const;

 private:
  enum class Kind { kCells, kNote, kItems };
  struct Row {
    std::vector<Cell> cells;
    Kind kind = Kind::kCells;
  };
  std::vector<int> Widths(const Style& style) const;
  int ItemWidth() const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace duban::cli
