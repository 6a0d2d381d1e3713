#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// The kinds of numbering official texts use, outermost first.
enum class Level : uint8_t {
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

// A numbered piece of the text. Its own text ends where the next item begins. Small: a text may
// have a million.
struct Item {
  uint32_t begin = 0;  // of the number
  uint32_t text = 0;   // after the number
  uint32_t end = 0;    // where the next item begins
  int32_t parent = -1;
  int32_t ordinal = 0;
  Level level = Level::kFirst;
  bool clipped = false;       // its number lost a character
  uint8_t number_at = 0;      // from `begin`
  uint8_t number_length = 0;  // without trailing dot or mark
};

// The number of an item, as printed; what it lost is added.
std::u16string NumberOf(const Text& text, const Item& item);

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
