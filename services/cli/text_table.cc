#include "services/cli/text_table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/cli/plan_parse/display_width.h"
#include "unicode/uchar.h"
#include "unicode/utf8.h"

namespace duban::cli {
namespace {

constexpr int kLeastWidth = 80;
constexpr int kLeastFlexible = 12;
constexpr char kGap[] = "  ";
constexpr int kNoteIndent = 4;

const char* Code(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kDim:
      return "\x1b[2m";
    case Colour::kBold:
      return "\x1b[1m";
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kAmber:
      return "\x1b[33m";
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kBlue:
      return "\x1b[34m";
  }
  return "";
}

bool Unprintable(UChar32 c) {
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:  // direction overrides among them
    case U_SURROGATE:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
      return true;
    default:
      return false;
  }
}

}  // namespace

Style Style::OfStdout() {
  Style style;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  style.colour = terminal && (no_colour == nullptr || *no_colour == '\0') &&
                 (term == nullptr || absl::string_view(term) != "dumb");
  winsize size = {};
  int columns = 0;
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    columns = size.ws_col;
  } else if (const char* env = std::getenv("COLUMNS"); env != nullptr) {
    if (!absl::SimpleAtoi(env, &columns)) columns = 0;
  }
  if (columns > 0) style.width = std::max(columns, kLeastWidth);
  return style;
}

std::string Paint(absl::string_view text, Colour colour, const Style& style) {
  if (!style.colour || colour == Colour::kNone || text.empty()) return std::string(text);
  return absl::StrCat(Code(colour), text, "\x1b[0m");
}

std::string Printable(absl::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  const char* text = utf8.data();
  const int32_t size = static_cast<int32_t>(utf8.size());
  for (int32_t i = 0; i < size;) {
    const int32_t begin = i;
    UChar32 c;
    U8_NEXT(text, i, size, c);
    if (c == '\n' || c == '\r' || c == '\t') {
      out += ' ';
    } else if (c < 0 || Unprintable(c)) {
      out += '?';
    } else {
      out.append(text + begin, i - begin);
    }
  }
  return out;
}

std::string Bar(int basis_points, int columns) {
  int full = basis_points * columns / 10'000;
  if (basis_points > 0) full = std::max(full, 1);
  full = std::clamp(full, 0, columns);
  std::string bar;
  for (int i = 0; i < columns; ++i) bar += i < full ? "█" : "░";
  return bar;
}

std::vector<int> Table::Widths(const Style& style) const {
  std::vector<int> widths;
  for (const Column& column : columns_) widths.push_back(DisplayWidth(column.title));
  for (const Row& row : rows_) {
    if (row.kind != Kind::kCells) continue;
    for (size_t i = 0; i < row.cells.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row.cells[i].text));
    }
  }
  int total = static_cast<int>(sizeof(kGap) - 1) * static_cast<int>(columns_.size() - 1);
  for (int width : widths) total += width;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].flexible || total <= style.width) continue;
    const int reduced = std::max(kLeastFlexible, widths[i] - (total - style.width));
    widths[i] = std::min(widths[i], reduced);
  }
  return widths;
}

int Table::ItemWidth() const {
  int width = 0;
  for (const Row& row : rows_) {
    if (row.kind != Kind::kItems) continue;
    for (const Cell& item : row.cells) width = std::max(width, DisplayWidth(item.text));
  }
  return width;
}

std::string Table::Render(const Style& style) const {
  const std::vector<int> widths = Widths(style);
  std::string out;
  const auto line = [&](const std::vector<Cell>& cells) {
    std::string text;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Cell cell = i < cells.size() ? cells[i] : Cell();
      const std::string shown = Clip(cell.text, widths[i]);
      const std::string blanks(std::max(0, widths[i] - DisplayWidth(shown)), ' ');
      const std::string painted = Paint(shown, cell.colour, style);
      if (i > 0) text += kGap;
      text += columns_[i].right ? blanks + painted : painted + blanks;
    }
    absl::StripTrailingAsciiWhitespace(&text);
    absl::StrAppend(&out, text, "\n");
  };
  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.push_back({column.title, Colour::kBold});
  line(titles);
  const int gap = static_cast<int>(sizeof(kGap) - 1);
  const int room = style.width - kNoteIndent;
  const int item_width = std::min(ItemWidth(), room);
  const size_t items_a_line = std::max(1, (room + gap) / (item_width + gap));
  const auto items = [&](const std::vector<Cell>& cells) {
    for (size_t begin = 0; begin < cells.size(); begin += items_a_line) {
      const size_t end = std::min(begin + items_a_line, cells.size());
      absl::StrAppend(&out, std::string(kNoteIndent, ' '));
      for (size_t i = begin; i < end; ++i) {
        const std::string shown = Clip(cells[i].text, item_width);
        absl::StrAppend(&out, Paint(shown, cells[i].colour, style));
        if (i + 1 < end) {
          absl::StrAppend(&out, std::string(item_width - DisplayWidth(shown), ' '), kGap);
        }
      }
      absl::StrAppend(&out, "\n");
    }
  };
  for (const Row& row : rows_) {
    if (row.kind == Kind::kCells) {
      line(row.cells);
      continue;
    }
    if (row.kind == Kind::kItems) {
      items(row.cells);
      continue;
    }
    absl::StrAppend(
        &out, std::string(kNoteIndent, ' '),
        Paint(Clip(row.cells[0].text, style.width - kNoteIndent), row.cells[0].colour, style),
        "\n");
  }
  return out;
}

}  // namespace duban::cli
