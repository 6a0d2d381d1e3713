#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

// Damages a clean text as official texts are damaged on their way, so that the reader can be tested
// on texts that carry no one's wording but ours. Deterministic: the same seed, text and options
// give the same bytes.
namespace duban::plantext::testing {

struct DamageOptions {
  uint64_t seed = 1;
  bool traditional = false;        // simplified → traditional
  int pinyin_percent = 0;          // of Chinese characters that get a note such as 匯(huì)
  bool ascii_punctuation = false;  // ，：（）？ → , : ( ) ?
  // Words whose GBK bytes are read one byte out of step from the given character on, once for each
  // entry, at an occurrence the seed chooses; written as in the clean text: {"上海总部", 1, 3}.
  struct Slip {
    std::string word;
    int first = 0;   // character of the word that loses its first byte
    int length = 1;  // characters until the reader is in step again
  };
  std::vector<Slip> slips;
};

std::string Damage(absl::string_view clean, const DamageOptions& options);

// The damage of deploy/plan/xuhui-damaged.txt.
DamageOptions XuhuiDamage();

}  // namespace duban::plantext::testing
