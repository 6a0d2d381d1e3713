#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "absl/strings/string_view.h"

namespace duban::plantext {

// Keeps the words of a plan as UTF-8, one after another: a plan of many short tasks would hold
// more in strings of their own than it says.
class Strings {
 public:
  Strings();
  // Valid as long as what Take gives.
  absl::string_view Keep(std::u16string_view words);
  // The same for words that are likely to come again: they are kept once.
  absl::string_view KeepOnce(std::u16string_view words);
  std::shared_ptr<const void> Take();

 private:
  struct Hash {
    size_t operator()(absl::string_view words) const {
      return std::hash<std::string_view>()(std::string_view(words.data(), words.size()));
    }
  };
  std::shared_ptr<std::vector<std::unique_ptr<char[]>>> blocks_;
  char* next_ = nullptr;
  size_t left_ = 0;
  std::unordered_set<absl::string_view, Hash> once_;
};

}  // namespace duban::plantext
