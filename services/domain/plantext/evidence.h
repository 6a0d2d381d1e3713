#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/types/span.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

// Where a word comes from says how much it proves.
enum class Source { kGeneral, kText, kRegister };

struct Word {
  std::u16string text;
  Source source = Source::kGeneral;
};

// The words that may explain a damaged spot: names that stand undamaged in labels of the text,
// names of the register, and the general word list, each in simplified and traditional characters.
class Evidence {
 public:
  Evidence(const Text& text, absl::Span<const RegisterName> names);

  struct Inside {
    uint32_t word;
    uint32_t offset;  // of the character inside the word
  };
  const Word& word(uint32_t i) const { return words_[i]; }
  // Words that hold the character anywhere but at their end.
  const std::vector<Inside>& Holding(char16_t c) const;
  // Words whose first character has this first GBK byte.
  const std::vector<uint32_t>& StartingWith(uint8_t lead) const { return by_lead_[lead]; }

 private:
  void Add(std::u16string text, Source source);
  void AddBothScripts(const std::string& utf8, Source source);
  std::vector<Word> words_;
  std::unordered_map<std::u16string, uint32_t> index_;
  std::unordered_map<char16_t, std::vector<Inside>> holding_;
  std::vector<uint32_t> by_lead_[256];
};

}  // namespace duban::plantext
