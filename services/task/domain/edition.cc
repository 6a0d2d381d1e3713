#include "services/task/domain/edition.h"

#include <algorithm>
#include <bitset>
#include <cstdlib>
#include <functional>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "services/domain/plantext/plantext.h"

namespace duban::task {
namespace {

constexpr size_t kComparedBytes = 900;  // of a folded text: 300 Chinese characters
constexpr size_t kKeyBytes = 60;        // of a title in a key: 20 Chinese characters
constexpr int kAlike = 500;             // thousandths
constexpr int kSamePlace = 150;         // what the same headings and number add

// Which pairs of neighbouring characters a text has, hashed: small, as every task is held against
// every other.
struct Pairs {
  std::bitset<2048> bits;
  size_t count = 0;
};

uint32_t Hash(absl::string_view bytes) {  // FNV-1a
  uint32_t hash = 2166136261;
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619;
  return hash;
}

// Of the lines of a text, each for itself.
Pairs PairsOf(absl::string_view text) {
  Pairs pairs;
  size_t before = 0, at = 0;
  text = text.substr(0, kComparedBytes);
  while (at < text.size()) {
    size_t next = at + 1;
    while (next < text.size() && (text[next] & 0xC0) == 0x80) ++next;
    const uint32_t hash = Hash(text.substr(before, next - before));
    const bool within = at > 0 && text[at] != '\n' && text[before] != '\n';
    if (within) pairs.bits.set((hash ^ hash >> 15) % pairs.bits.size());
    before = at;
    at = next;
  }
  pairs.count = pairs.bits.count();
  return pairs;
}

// The text of a task in the writing in which texts are compared.
struct Folded {
  std::string place;  // headings and the task above
  std::string number, title, body;

  std::string text() const { return absl::StrCat(title, "\n", body); }
  bool empty() const { return title.empty() && body.empty(); }
};

std::vector<Folded> Fold(absl::Span<const TaskText> texts) {
  std::vector<Folded> all;
  for (const TaskText& text : texts) {
    Folded folded{.place = plantext::FoldName(text.section),
                  .number = text.number,
                  .title = plantext::FoldName(text.title),
                  .body = plantext::FoldName(text.body)};
    if (text.parent >= 0) {
      const Folded& above = all[text.parent];
      absl::StrAppend(&folded.place, "\n", above.title.empty() ? above.number : above.title);
    }
    all.push_back(std::move(folded));
  }
  return all;
}

class Matcher {
 public:
  Matcher(absl::Span<const TaskText> before, absl::Span<const TaskText> now)
      : before_(Fold(before)),
        now_(Fold(now)),
        match_(now.size(), -1),
        taken_(before.size(), false) {}

  std::vector<int> Take(absl::Span<const TaskPair> pairs) {
    for (const TaskPair& pair : pairs) Pair(pair.before, pair.now);
    Equal([](const Folded& t) { return absl::StrCat(t.place, "\n", t.number, "\n", t.text()); });
    Equal([](const Folded& t) { return t.empty() ? "" : absl::StrCat(t.place, "\n", t.text()); });
    Equal([](const Folded& t) { return t.empty() ? "" : t.text(); });
    Equal([](const Folded& t) {
      return t.title.empty() ? "" : absl::StrCat(t.place, "\n", t.title);
    });
    Equal([](const Folded& t) { return t.title; }, /*once=*/true);
    Alike();
    return std::move(match_);
  }

 private:
  void Pair(int before, int now) {
    match_[now] = before;
    taken_[before] = true;
  }

  // Pairs what has the same key in the order of the text; with `once` only keys that both sides
  // have once. An empty key says nothing.
  void Equal(const std::function<std::string(const Folded&)>& key_of, bool once = false) {
    std::map<std::string, std::pair<std::vector<int>, std::vector<int>>> by_key;
    for (size_t i = 0; i < before_.size(); ++i) {
      if (!taken_[i]) by_key[key_of(before_[i])].first.push_back(static_cast<int>(i));
    }
    for (size_t i = 0; i < now_.size(); ++i) {
      if (match_[i] < 0) by_key[key_of(now_[i])].second.push_back(static_cast<int>(i));
    }
    for (const auto& [key, found] : by_key) {
      const auto& [before, now] = found;
      if (key.empty() || (once && (before.size() != 1 || now.size() != 1))) continue;
      for (size_t i = 0; i < std::min(before.size(), now.size()); ++i) Pair(before[i], now[i]);
    }
  }

  void Alike() {
    std::vector<Pairs> pairs(before_.size());
    for (size_t i = 0; i < before_.size(); ++i) {
      if (!taken_[i]) pairs[i] = PairsOf(before_[i].text());
    }
    std::vector<std::tuple<int, int, int, int>> found;  // -score, distance, before, now
    for (size_t n = 0; n < now_.size(); ++n) {
      if (match_[n] >= 0 || now_[n].empty()) continue;
      const Pairs own = PairsOf(now_[n].text());
      for (size_t b = 0; b < before_.size(); ++b) {
        if (taken_[b]) continue;
        const int score = Score(own, pairs[b], now_[n], before_[b]);
        const int distance = std::abs(static_cast<int>(n) - static_cast<int>(b));
        if (score >= kAlike) {
          found.emplace_back(-score, distance, static_cast<int>(b), static_cast<int>(n));
        }
      }
    }
    std::sort(found.begin(), found.end());
    for (const auto& [score, distance, before, now] : found) {
      if (!taken_[before] && match_[now] < 0) Pair(before, now);
    }
  }

  static int Score(const Pairs& a, const Pairs& b, const Folded& now, const Folded& before) {
    const size_t all = a.count + b.count;
    if (all == 0) return 0;
    const int score = static_cast<int>(2000 * (a.bits & b.bits).count() / all);
    const bool same = !now.number.empty() && now.number == before.number;
    return score + (same && now.place == before.place ? kSamePlace : 0);
  }

  const std::vector<Folded> before_, now_;
  std::vector<int> match_;
  std::vector<bool> taken_;
};

}  // namespace

std::vector<int> MatchTasks(absl::Span<const TaskText> before, absl::Span<const TaskText> now,
                            absl::Span<const TaskPair> pairs) {
  return Matcher(before, now).Take(pairs);
}

std::vector<std::string> TaskKeys(absl::Span<const TaskText> tasks) {
  std::map<std::string, int> seen;
  std::vector<std::string> keys;
  for (const Folded& task : Fold(tasks)) {
    const std::string& words = task.title.empty() ? task.body : task.title;
    size_t end = std::min(words.size(), kKeyBytes);
    while (end > 0 && end < words.size() && (words[end] & 0xC0) == 0x80) --end;
    std::string key =
        absl::StrCat("task|", plantext::FoldName(task.number).substr(0, kKeyBytes), "|",
                     words.substr(0, end), "|", absl::Hex(Hash(task.place + "\n" + task.text())));
    const int times = ++seen[key];
    if (times > 1) absl::StrAppend(&key, "|", times);
    keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<bool> OutOfOrder(absl::Span<const int> match) {
  // The longest run that rises; `ends[k]` is where the run of length k+1 with the least last
  // element ends.
  std::vector<int> ends, previous(match.size(), -1);
  for (size_t i = 0; i < match.size(); ++i) {
    if (match[i] < 0) continue;
    const auto at = std::lower_bound(ends.begin(), ends.end(), match[i],
                                     [&](int end, int value) { return match[end] < value; });
    if (at != ends.begin()) previous[i] = *(at - 1);
    if (at == ends.end()) {
      ends.push_back(static_cast<int>(i));
    } else {
      *at = static_cast<int>(i);
    }
  }
  std::vector<bool> out(match.size());
  for (size_t i = 0; i < match.size(); ++i) out[i] = match[i] >= 0;
  for (int i = ends.empty() ? -1 : ends.back(); i >= 0; i = previous[i]) out[i] = false;
  return out;
}

}  // namespace duban::task
