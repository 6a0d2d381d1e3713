#include "services/domain/plantext/testing/render.h"

#include <random>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/gbk.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext::testing {
namespace {

std::vector<std::u16string> Wrapped(absl::string_view text, size_t columns) {
  std::vector<std::u16string> lines;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    std::u16string rest = ToUtf16(line);
    while (rest.size() > columns) {
      lines.push_back(rest.substr(0, columns));
      rest.erase(0, columns);
    }
    lines.push_back(rest);
  }
  return lines;
}

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"“", "&ldquo;"}, {"”", "&rdquo;"}});
}

std::string HtmlRow(absl::string_view line) {
  std::string row = "<tr>";
  line = absl::StripSuffix(absl::StripPrefix(absl::StripAsciiWhitespace(line), "|"), "|");
  for (const absl::string_view cell : absl::StrSplit(line, '|')) {
    absl::StrAppend(&row, "<td>",
                    absl::StrReplaceAll(Escaped(absl::StripAsciiWhitespace(cell)), {{"**", ""}}),
                    "</td>");
  }
  return row + "</tr>\n";
}

}  // namespace

std::string AsOneLine(absl::string_view text) {
  std::string out;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&out, absl::StripAsciiWhitespace(line));
  }
  return out;
}

std::string AsHtml(absl::string_view text) {
  std::string out = "<html><head><style>p{margin:0}</style></head><body>\n";
  bool in_table = false;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const bool row = absl::StartsWith(line, "|");
    if (row != in_table) out += row ? "<table>\n" : "</table>\n";
    in_table = row;
    if (row) {
      if (!absl::StrContains(line, "---")) out += HtmlRow(line);
      continue;
    }
    size_t marks = 0;
    while (marks < line.size() && line[marks] == '#') ++marks;
    const std::string tag = marks > 0 && marks <= 6 ? absl::StrCat("h", marks) : "p";
    absl::StrAppend(&out, "<", tag, " class=\"x\">", Escaped(line.substr(marks)), "</", tag, ">\n");
  }
  return out + "</body></html>\n";
}

std::string AsPages(absl::string_view text, int columns, int lines_a_page) {
  std::string out;
  int lines = 0;
  int page = 0;
  for (const std::u16string& line : Wrapped(text, static_cast<size_t>(columns))) {
    absl::StrAppend(&out, ToUtf8(line), "\n");
    if (lines_a_page > 0 && ++lines % lines_a_page == 0)
      absl::StrAppend(&out, "— ", ++page, " —\n\n");
  }
  return out;
}

std::string AsClippedPage(absl::string_view text, int columns) {
  std::string out;
  for (std::u16string& line : Wrapped(text, static_cast<size_t>(columns))) {
    if (line.size() == static_cast<size_t>(columns)) line.pop_back();
    absl::StrAppend(&out, ToUtf8(line), "\n");
  }
  return out;
}

std::string WithSlips(absl::string_view text, int spots, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::u16string units = ToUtf16(text);
  for (int tries = 0; spots > 0 && tries < 10'000; ++tries) {
    const size_t length = 2 + random() % 3;
    if (units.size() < length + 2) break;
    const size_t at = 1 + random() % (units.size() - length - 1);
    const std::u16string_view span = std::u16string_view(units).substr(at, length);
    if (CountHan(span) < length || !IsHan(units[at - 1])) continue;
    const std::u16string slipped = Gbk::Get().Slip(span);
    if (slipped.empty()) continue;
    units.replace(at, length, slipped);
    --spots;
  }
  return ToUtf8(units);
}

}  // namespace duban::plantext::testing
