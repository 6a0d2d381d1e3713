#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/domain/plantext/plantext.h"

namespace duban::plantext {

// A text of UTF-16 units of which every unit knows where it stood in the decoded original.
//
// The map is kept as runs: where the text is unchanged, one run serves millions of units.
class Text {
 public:
  size_t size() const { return units_.size(); }
  bool empty() const { return units_.empty(); }
  char16_t operator[](size_t i) const { return units_[i]; }
  std::u16string_view view() const { return units_; }
  std::u16string_view view(size_t begin, size_t end) const {
    return std::u16string_view(units_).substr(begin, end - begin);
  }

  // `origin` is a code point of the original. Both halves of a surrogate pair get the same one.
  void Append(char16_t unit, int64_t origin);
  void Append(const Text& from, size_t begin, size_t end);
  void Reserve(size_t units) { units_.reserve(units); }
  // Gives back what was reserved in vain.
  void Shrink();

  int64_t OriginAt(size_t i) const;  // i < size()
  Range Origin(size_t begin, size_t end) const;

 private:
  // Units from `at` on stand at origin, origin + 1 and so on; a low surrogate starts a new run.
  struct Run {
    uint32_t at;
    uint32_t origin;
  };
  std::u16string units_;
  std::vector<Run> runs_;
};

// Line numbers of the original, from 1: a bit for every code point, set where a line ends.
class Lines {
 public:
  explicit Lines(const Text& original);
  int At(int64_t code_point) const;

 private:
  std::vector<uint64_t> ends_;
  std::vector<uint32_t> before_;  // line ends before every kBlock-th word of ends_
};

// Invalid parts become U+FFFD.
std::u16string ToUtf16(absl::string_view utf8);
std::string ToUtf8(std::u16string_view utf16);

}  // namespace duban::plantext
