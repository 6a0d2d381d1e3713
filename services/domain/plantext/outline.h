#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// The kinds of numbering official texts use, outermost first.
enum class Level {
  kHeading1,  // # to ###### of Markdown and HTML headings
  kHeading2,
  kHeading3,
  kHeading4,
  kHeading5,
  kHeading6,
  kPart,       // 第一章, 第一部分
  kFirst,      // 一、
  kArticle,    // 第一条, 任务一：
  kSecond,     // （一）
  kMeasure,    // 具体措施： without a number after it
  kParagraph,  // a paragraph without a number that names units of its own
  kThird,      // 1. 1、 7.1
  kFourth,     // （1） 1）
  kCircled,    // ①
  kInline,     // 一是
};

// A numbered piece of the text. Its own text ends where the next item begins.
struct Item {
  Level level = Level::kFirst;
  int ordinal = 0;
  std::u16string number;  // as printed, without trailing dot or mark
  size_t begin = 0;       // of the number
  size_t text = 0;        // after the number
  size_t end = 0;         // where the next item begins
  int parent = -1;
  bool at_line_start = false;
};

struct Outline {
  std::vector<Item> items;
  size_t preamble_end = 0;    // where the first item begins
  bool clipped_page = false;  // lines lost their last characters
};

// Step 4. Finds the numbered items: at line starts, and inside lines where the numbering goes on.
Outline Segment(const Text& text, Findings* findings);

// Whether 具体措施： or the like stands at `at`, numbers after it or not.
bool IntroducesMeasures(std::u16string_view text, size_t at);

}  // namespace duban::plantext
