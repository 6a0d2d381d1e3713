#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "services/domain/plantext/evidence.h"
#include "services/domain/plantext/gbk.h"

namespace duban::plantext {

// A damaged spot and what stands around it, pinyin notes and line breaks left out.
struct SlipWindow {
  std::u16string left;     // before the spot
  std::u16string damaged;  // from the lost byte on, which is '?'
  std::vector<size_t> at;  // where each unit of `damaged` stands in the text
};

struct SlipRepair {
  enum Ground { kElsewhere, kNames, kWords };
  std::u16string span;       // what stood there; empty: not repaired
  size_t damaged_units = 0;  // how much of the window it replaces
  int confidence = 0;
  Ground ground = kWords;
  bool ambiguous = false;  // two explanations are as good
};

// Looks for the words that, read one byte out of step, give exactly the damaged characters.
class SlipSearch {
 public:
  explicit SlipSearch(const Evidence& evidence) : evidence_(evidence), gbk_(Gbk::Get()) {}

  // `elsewhere`: places of the text with the same two characters before them; `alike`: places whose
  // characters have the bytes that the damage shows.
  SlipRepair Find(const SlipWindow& window, const std::vector<SlipWindow>& elsewhere,
                  const std::vector<SlipWindow>& alike);

 private:
  // How far the out-of-step reader has come.
  struct State {
    size_t read = 0;      // units of `damaged` explained
    uint8_t pending = 0;  // second byte of the last character
    bool in_step = false;
    std::u16string span;
    int score = 0;
    int words = 0;
    int vanished = 0;  // characters that left no trace
    int proof = 0;     // bytes that the damage or the text around shows as they are in the words
    bool only_names = true;
    bool guessed_mark = false;  // begins with a punctuation mark that nothing proves
  };
  struct Candidate {
    SlipRepair repair;
    int score = 0;
  };

  bool Feed(char16_t c, State* state) const;
  void FeedWord(const Word& word, size_t from, State state);
  void NextWord(const State& state);
  void Accept(const State& state, const Word& word, size_t next, size_t damaged_units);
  void Offer(Candidate candidate);
  void FromElsewhere(const SlipWindow& place, bool same_context);
  SlipRepair Best();

  const Evidence& evidence_;
  const Gbk& gbk_;
  const SlipWindow* window_ = nullptr;
  std::vector<Candidate> candidates_;
  int steps_ = 0;
  int64_t total_steps_ = 0;
};

}  // namespace duban::plantext
