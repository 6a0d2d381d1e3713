#include "services/domain/plantext/slip_search.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "services/domain/plantext/chars.h"

namespace duban::plantext {
namespace {

constexpr int kMaxWords = 4;
constexpr int kMaxStepsOfSpot = 12'000;
constexpr int64_t kMaxSteps = 20'000'000;
constexpr int kVanishedCost = 3;  // a character that left no trace proves nothing
constexpr int kClearLead = 2;     // by how much the best explanation must win

int Weight(Source source) { return source == Source::kGeneral ? 2 : 3; }

size_t CommonPrefix(std::u16string_view a, std::u16string_view b) {
  return std::mismatch(a.begin(), a.begin() + std::min(a.size(), b.size()), b.begin()).first -
         a.begin();
}

size_t CommonSuffix(std::u16string_view a, std::u16string_view b) {
  size_t n = 0;
  while (n < a.size() && n < b.size() && a[a.size() - 1 - n] == b[b.size() - 1 - n]) ++n;
  return n;
}

// At least one damaged character must be more than a lost byte, else anything would fit.
bool ProvesSomething(std::u16string_view explained) {
  return std::any_of(explained.begin(), explained.end(), [](char16_t c) { return c != u'?'; });
}

}  // namespace

// Reads one more original character out of step; false when the damaged text says otherwise.
bool SlipSearch::Feed(char16_t c, State* state) const {
  const std::u16string& damaged = window_->damaged;
  const uint16_t code = gbk_.Encode(c);
  if (code == 0 || state->in_step || state->read >= damaged.size()) return false;
  if (state->span.empty()) {
    state->read = 1;  // the lost first byte
  } else {
    const char16_t shown = gbk_.Decode(state->pending, static_cast<uint8_t>(code >> 8));
    const bool vanished = shown >= 0xE000 && shown <= 0xF8FF;
    if (vanished) {
      state->score -= kVanishedCost;
      ++state->vanished;
    } else {
      const char16_t want = shown == 0 || shown == u'？' ? u'?' : shown;
      if (damaged[state->read] != want) return false;
      state->proof += want == u'?' ? 1 : 2;
      ++state->read;
    }
  }
  state->span.push_back(c);
  state->pending = static_cast<uint8_t>(code & 0xFF);
  if (state->pending < 0x80) {
    if (state->read >= damaged.size() || damaged[state->read] != state->pending) return false;
    ++state->read;
    ++state->proof;
    state->in_step = true;
  }
  return true;
}

void SlipSearch::Offer(Candidate candidate) {
  for (Candidate& other : candidates_) {
    if (other.repair.span == candidate.repair.span &&
        other.repair.damaged_units == candidate.repair.damaged_units) {
      if (candidate.score > other.score) other = std::move(candidate);
      return;
    }
  }
  candidates_.push_back(std::move(candidate));
}

// The reader is in step after `damaged_units`; the rest of the word must stand there as it is.
void SlipSearch::Accept(const State& state, const Word& word, size_t next, size_t damaged_units) {
  const std::u16string_view rest = std::u16string_view(word.text).substr(next);
  const std::u16string_view after = std::u16string_view(window_->damaged)
                                        .substr(std::min(damaged_units, window_->damaged.size()));
  if (!StartsWith(after, rest)) return;
  // Where every character is lost, the rest of the word around them must prove it.
  const bool proved =
      ProvesSomething(std::u16string_view(window_->damaged).substr(0, damaged_units));
  const size_t around = word.text.size() - std::min(word.text.size(), state.span.size());
  if (!proved && (around < 2 || state.words > 1)) return;
  // Frequent words fit by chance: each needs three bytes that show it, and none may have vanished.
  const int proof = state.proof + 2 * static_cast<int>(rest.size());
  if (!state.only_names && (state.vanished > 0 || proof < 2 * state.words)) return;
  const bool weak = state.guessed_mark || !proved || (!state.only_names && proof < 3 * state.words);
  Candidate candidate;
  candidate.repair.span = state.span;
  candidate.repair.damaged_units = damaged_units;
  candidate.repair.ground = state.only_names ? SlipRepair::kNames : SlipRepair::kWords;
  candidate.repair.confidence = weak ? 60 : state.only_names ? 93 : 85;
  candidate.score = state.score;
  Offer(std::move(candidate));
}

// Feeds word[from..]; wherever the reader can be in step again, that is an explanation.
void SlipSearch::FeedWord(const Word& word, size_t from, State state) {
  state.score += Weight(word.source) * static_cast<int>(word.text.size()) - 1;
  state.only_names &= word.source != Source::kGeneral;
  ++state.words;
  for (size_t i = from; i < word.text.size(); ++i) {
    if (++steps_ > kMaxStepsOfSpot || !Feed(word.text[i], &state)) return;
    if (state.in_step) {
      Accept(state, word, i + 1, state.read);
      return;
    }
    if (state.read < window_->damaged.size() && window_->damaged[state.read] == u'?') {
      Accept(state, word, i + 1, state.read + 1);
    }
  }
  NextWord(state);
}

// Another word follows, with or without a mark between.
void SlipSearch::NextWord(const State& state) {
  if (state.words >= kMaxWords) return;
  const auto words_from = [this](const State& now) {
    for (int lead = 0x81; lead <= 0xFE; ++lead) {
      const std::vector<uint32_t>& words = evidence_.StartingWith(static_cast<uint8_t>(lead));
      if (words.empty() || ++steps_ > kMaxStepsOfSpot) continue;
      State probe = now;
      if (!now.span.empty()) {
        // All words of this lead byte show the same next character.
        if (!Feed(evidence_.word(words[0]).text[0], &probe) && !probe.in_step &&
            probe.span.size() == now.span.size()) {
          continue;
        }
      }
      for (const uint32_t word : words) FeedWord(evidence_.word(word), 0, now);
    }
  };
  words_from(state);
  for (const char16_t mark : {u'、', u'，', u'。', u'；'}) {
    State marked = state;
    if (!Feed(mark, &marked) || marked.in_step) continue;
    marked.guessed_mark |= state.span.empty();
    marked.score += 1;
    words_from(marked);
  }
}

// The words after another place with the same left context may be the words that stood here.
void SlipSearch::FromElsewhere(const SlipWindow& place, bool same_context) {
  const size_t left = CommonSuffix(window_->left, place.left);
  if (same_context && left < 2) return;
  State state;
  for (size_t i = 0; i < place.damaged.size(); ++i) {
    if (!Feed(place.damaged[i], &state) || (!same_context && state.vanished > 0)) return;
    for (const bool lone_byte : {false, true}) {
      if (!lone_byte && !state.in_step) continue;
      if (lone_byte && (state.in_step || state.read >= window_->damaged.size() ||
                        window_->damaged[state.read] != u'?')) {
        continue;
      }
      const size_t read = state.read + (lone_byte ? 1 : 0);
      const size_t right = CommonPrefix(std::u16string_view(place.damaged).substr(i + 1),
                                        std::u16string_view(window_->damaged).substr(read));
      if ((same_context && right == 0) ||
          !ProvesSomething(std::u16string_view(window_->damaged).substr(0, read))) {
        continue;
      }
      Candidate candidate;
      candidate.repair.span = state.span;
      candidate.repair.damaged_units = read;
      candidate.repair.ground = SlipRepair::kElsewhere;
      candidate.repair.confidence = same_context ? 97 : 88;
      candidate.score = (same_context ? 4 : 2) *
                        static_cast<int>(left + state.span.size() + std::min<size_t>(right, 8));
      Offer(std::move(candidate));
    }
    if (state.in_step) return;
  }
}

SlipRepair SlipSearch::Best() {
  std::stable_sort(candidates_.begin(), candidates_.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  if (candidates_.empty()) return {};
  if (candidates_.size() > 1 && candidates_[1].score > candidates_[0].score - kClearLead) {
    SlipRepair none;
    none.ambiguous = true;
    return none;
  }
  return candidates_[0].repair;
}

SlipRepair SlipSearch::Find(const SlipWindow& window, const std::vector<SlipWindow>& elsewhere,
                            const std::vector<SlipWindow>& alike) {
  window_ = &window;
  candidates_.clear();
  steps_ = 0;
  if (total_steps_ > kMaxSteps || window.damaged.empty()) return {};
  for (const SlipWindow& place : elsewhere) FromElsewhere(place, true);
  for (const SlipWindow& place : alike) FromElsewhere(place, false);
  if (!window.left.empty()) {
    for (const Evidence::Inside& inside : evidence_.Holding(window.left.back())) {
      const Word& word = evidence_.word(inside.word);
      const std::u16string_view head = std::u16string_view(word.text).substr(0, inside.offset + 1);
      State state;
      state.proof = 2 * static_cast<int>(head.size());
      if (EndsWith(window.left, head)) FeedWord(word, inside.offset + 1, state);
    }
  }
  NextWord(State{});
  total_steps_ += steps_;
  return Best();
}

}  // namespace duban::plantext
