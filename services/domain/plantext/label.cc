#include "services/domain/plantext/label.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <string_view>
#include <utility>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/clipped_words.h"
#include "services/domain/plantext/english.h"
#include "services/domain/plantext/label_note.h"
#include "services/domain/plantext/limits.h"
#include "services/domain/plantext/name_list.h"
#include "services/domain/plantext/role_word.h"
#include "services/domain/plantext/table.h"
#include "services/domain/plantext/unit_shape.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

constexpr size_t kLongestUnit = 40;
constexpr size_t kLongestBareList = 200;
constexpr size_t kShown = 20;       // units of the text behind a keyword that a finding shows
constexpr size_t kKeyWithin = 150;  // units of a bracket in which its first keyword must stand

Role RoleOf(RoleWord word) {
  if (word == RoleWord::kLead) return Role::kLead;
  return word == RoleWord::kSupporting ? Role::kSupporting : Role::kResponsible;
}

void AddUnits(NameList names, Label* label) {
  label->units.insert(label->units.end(), std::make_move_iterator(names.units.begin()),
                      std::make_move_iterator(names.units.end()));
  label->says_lead |= names.says_lead;
  if (label->deadline.empty()) label->deadline = names.deadline;
}

}  // namespace

void ReadKeyed(const Text& text, const Stretch& inside, Label* label) {
  const View all = inside.text;
  RoleKey key = RoleKeyAt(all, 0, true);
  size_t begin = 0;
  size_t from = key.length;
  const auto finish = [&](size_t end) {
    if (key.role == RoleWord::kDeadline) {
      std::u16string_view value = Trim(all.substr(from, end - from));
      while (!value.empty() && (IsSentenceEnd(value.back()) || value.back() == u'，'))
        value.remove_suffix(1);
      label->deadline = value;
    } else if (key.role != RoleWord::kPerson) {
      const NameList names =
          ReadNames(text, inside.Sub(from, end),
                    key.role == RoleWord::kNone ? Role::kResponsible : RoleOf(key.role));
      label->says_lead |= key.role == RoleWord::kLead;
      AddUnits(names, label);
    }
  };
  for (size_t i = std::max<size_t>(from, 1); i < all.size(); ++i) {
    const RoleKey next = RoleKeyAt(all, i, false);
    if (next.role == RoleWord::kNone) continue;
    if (i > begin && (from > 0 || i > 6)) finish(i);  // a few characters before: 市级责任单位
    key = next;
    begin = i;
    from = i + next.length;
    i = from - 1;
  }
  finish(all.size());
}

bool HasRoleKey(View list) {
  for (size_t i = 0; i < list.size(); ++i) {
    const RoleWord role = RoleKeyAt(list, i, false).role;
    if (role != RoleWord::kNone && role != RoleWord::kPerson) return true;
  }
  return false;
}

namespace {

void MarkFirst(Label* label) {
  if (!label->units.empty()) label->units[0].first = true;
}

struct Content {
  Stretch inside;
  bool keyed = false;  // begins with 责任单位： or has such a word in it
  bool clipped = false;
};

// A clipped keyword is written out again, so that the grammar needs to know one form only.
Stretch WithWholeKeyword(Stretch inside, View raw) {
  const RoleKey key = RoleKeyAt(raw, 0, true);
  if (!key.clipped) return inside;
  const size_t colon = inside.text.find_first_of(u"：:");
  if (colon == View::npos || colon == 0) return inside;
  const View word = key.role == RoleWord::kLead         ? View(u"牵头单位")
                    : key.role == RoleWord::kSupporting ? View(u"配合单位")
                                                        : View(u"责任单位");
  const size_t first = inside.at[0];
  inside.text.replace(0, colon, word);
  inside.at.erase(inside.at.begin(), inside.at.begin() + static_cast<ptrdiff_t>(colon));
  inside.at.insert(inside.at.begin(), word.size(), first);
  std::vector<size_t> breaks;
  for (const size_t i : inside.breaks) {
    if (i > colon) breaks.push_back(i + word.size() - colon);
  }
  inside.breaks = std::move(breaks);
  return inside;
}

size_t UnitLikeCount(const std::vector<NamedUnit>& units) {
  return std::count_if(units.begin(), units.end(), [](const NamedUnit& unit) {
    return unit.name.size() <= kLongestUnit && (IsUnitLike(unit.name) || IsCollective(unit.name));
  });
}

bool IsPlausible(const std::vector<NamedUnit>& units) {
  if (units.empty()) return false;
  if (std::any_of(units.begin(), units.end(),
                  [](const NamedUnit& unit) { return unit.name.size() > kLongestUnit; })) {
    return false;
  }
  return UnitLikeCount(units) * 2 > units.size();
}

// Nothing but names: every one must look like an office.
bool IsBareList(const NameList& names) {
  if (names.units.empty() || names.says_duty) return false;
  return std::all_of(names.units.begin(), names.units.end(), [](const NamedUnit& unit) {
    return unit.name.size() >= 3 && unit.name.size() <= kLongestUnit &&
           (IsStronglyUnitLike(unit.name) || IsCollective(unit.name)) &&
           std::all_of(unit.name.begin(), unit.name.end(), [](char16_t c) {
             return IsHan(c) || IsOpening(c) || IsClosing(c) || c == u'、' || IsLatin(c);
           });
  });
}

// Finds the partner of every opening bracket within its item and kMaxLabelUnits, looking no
// further ahead than that: a text may be nothing but brackets.
class Brackets {
 public:
  Brackets(View text, const std::vector<Item>& items) : text_(text), items_(items) {}

  // Where the bracket at `open` closes; 0: nowhere. Ask in ascending order.
  size_t CloseOf(size_t open) {
    const size_t ahead = std::min(text_.size(), open + kMaxLabelUnits + 1);
    for (; next_ < ahead; ++next_) Take(next_);
    return closes_[open % kRing];
  }

 private:
  static constexpr size_t kRing = 4096;
  static_assert(kRing > kMaxLabelUnits + 1);

  void Take(size_t i) {
    while (item_ < items_.size() && items_[item_].begin <= i) {
      open_.clear();
      ++item_;
    }
    if (IsOpening(text_[i])) {
      if (!open_.empty() && i - open_.front() > kMaxLabelUnits) open_.pop_front();
      open_.push_back(i);
      closes_[i % kRing] = 0;
    }
    if (!IsClosing(text_[i]) || open_.empty()) return;
    if (i - open_.back() <= kMaxLabelUnits) closes_[open_.back() % kRing] = i;
    open_.pop_back();
  }

  View text_;
  const std::vector<Item>& items_;
  size_t item_ = 0;
  size_t next_ = 0;
  std::deque<size_t> open_;
  std::vector<size_t> closes_ = std::vector<size_t>(kRing);
};

class Finder {
 public:
  Finder(const Text& text, const Outline& outline, const Tables& tables, Findings* findings)
      : text_(text), all_(text.view()), outline_(outline), tables_(tables), findings_(findings), brackets_(all_, outline.items) {}

  std::deque<Label> Run() {
    FindKeys();
    size_t item = 0;
    size_t span = 0;
    size_t row = 0;
    for (size_t i = 0; i < all_.size(); ++i) {
      if (span < tables_.spans.size() && i >= tables_.spans[span]) {
        i = std::max(i, tables_.spans[span + 1]);
        span += 2;
        continue;
      }
      if (row < tables_.labels.size() && i >= tables_.labels[row].begin) {
        labels_.push_back(tables_.labels[row]);
        i = tables_.labels[row++].end;
        continue;
      }
      for (; item < outline_.items.size() && outline_.items[item].begin <= i; ++item) units_ = 0;
      const size_t limit = item < outline_.items.size() ? outline_.items[item].begin : all_.size();
      if (units_ > kMaxUnitsPerTask) {
        findings_->Doubt("units.too-many", text_.Origin(i, limit),
                         all_.substr(i, std::min(limit - i, kShown)),
                         "more units than a task can have; the labels from here on are left out");
        keys_.erase(std::lower_bound(keys_.begin(), keys_.end(), i),
                    std::lower_bound(keys_.begin(), keys_.end(), limit));
        units_ = 0;
        i = limit - 1;
        continue;
      }
      size_t end = 0;
      if (IsOpening(all_[i])) {
        end = Bracket(i, limit);
      } else if (CanBeginLine(i)) {
        end = Line(i, limit);
        if (end == 0 && BeginsSentence(i)) end = DutySentence(i, limit);
        if (end == 0) end = Unopened(i, limit);
      } else if (IsHan(all_[i]) && BeginsSentence(i)) {
        const size_t prefix = PrefixOfKey(i);
        end = prefix > 0 ? Line(i + prefix, limit) : DutySentence(i, limit);
        if (end == 0) end = Unopened(i, limit);
      } else if (IsLatin(all_[i]) && BeginsLine(i)) {
        end = EnglishLine(i, limit);
        if (end == 0) end = EnglishSentence(i, limit);
      } else if (IsLatin(all_[i]) && BeginsWesternSentence(i)) {
        end = EnglishSentence(i, limit);
      }
      if (end > i) i = end - 1;
    }
    DropUnsure();
    SettleUnusual();
    DoubtUnreadKeys();
    return std::move(labels_);
  }

 private:
  // A bracket with nothing but names right behind the text is a label where the document has others
  // of its kind.
  void DropUnsure() {
    const auto bare = std::count_if(labels_.begin(), labels_.end(),
                                    [](const Label& label) { return label.bare; });
    if (bare >= 2) return;
    labels_.erase(std::remove_if(labels_.begin(), labels_.end(),
                                 [](const Label& label) { return label.unsure; }),
                  labels_.end());
  }

  // Units inside or behind sentences are labels where the document is written so; a single one may
  // be told in passing.
  void SettleUnusual() {
    constexpr ptrdiff_t kHabit = 3;
    const auto habit = [this](bool Label::* kind) {
      return std::count_if(labels_.begin(), labels_.end(),
                           [kind](const Label& label) { return label.*kind; }) >= kHabit;
    };
    const bool inside = habit(&Label::inside);
    const bool sentence = habit(&Label::sentence);
    const auto told = [&](const Label& label) {
      if (label.inside && !inside) {
        findings_->Doubt("units.inside-sentence", text_.Origin(label.begin, label.end),
                         all_.substr(label.begin, label.end - label.begin),
                         "units named in the middle of a sentence; read as a label");
      }
      if (!label.sentence || sentence) return false;
      DoubtUnread(label.begin, label.end);
      return true;
    };
    labels_.erase(std::remove_if(labels_.begin(), labels_.end(), told), labels_.end());
  }

  // Keywords with a colon that no label or table took.
  void DoubtUnreadKeys() const {
    constexpr View kMention = u"各有关相向由其将按与和及个该";
    size_t label = 0;
    size_t span = 0;
    for (const size_t key : keys_) {
      while (label < labels_.size() && labels_[label].end <= key) ++label;
      if (label < labels_.size() && labels_[label].begin <= key) continue;
      while (span < tables_.spans.size() && tables_.spans[span + 1] <= key) span += 2;
      if (span < tables_.spans.size() && tables_.spans[span] <= key) continue;
      const RoleKey word = RoleKeyAt(all_, key, false);
      const size_t end = key + word.length;
      if (word.role == RoleWord::kDeadline || all_[end - 1] == u'为') continue;
      if (key > 0 && kMention.find(all_[key - 1]) != View::npos) continue;
      DoubtUnread(key, std::min(all_.size(), end + kShown));
    }
  }

  // Where a word such as 责任单位： stands.
  void FindKeys() {
    for (size_t i = 0; i < all_.size(); ++i) {
      const RoleKey key = RoleKeyAt(all_, i, false);
      if (key.role == RoleWord::kNone || key.role == RoleWord::kPerson) continue;
      keys_.push_back(static_cast<uint32_t>(i));
      if (key.clipped) clipped_keys_.push_back(static_cast<uint32_t>(i));
      i += key.length - 1;
    }
  }

  bool HasKey(size_t begin, size_t end, bool* clipped) const {
    const RoleKey head = RoleKeyAt(all_.substr(begin, end - begin), 0, true);
    if (head.role != RoleWord::kNone && head.role != RoleWord::kPerson) {
      *clipped = head.clipped;
      return true;
    }
    const auto key = std::lower_bound(keys_.begin(), keys_.end(), begin);
    if (key == keys_.end() || *key >= end) return false;
    *clipped = std::binary_search(clipped_keys_.begin(), clipped_keys_.end(), *key);
    return true;
  }

  // Returns where the label ends, or 0. `limit`: where the next item begins.
  size_t Bracket(size_t open, size_t limit) {
    const size_t partner = brackets_.CloseOf(open);
    const bool closed = partner > 0;
    size_t close = closed ? partner : std::min(limit, open + kMaxLabelUnits);
    bool clipped = false;
    const View raw = all_.substr(open + 1, close - open - 1);
    const bool keyed = HasKey(open + 1, std::min(close, open + 1 + kKeyWithin), &clipped);
    if (!closed) {
      close = EndOfUnclosed(open, close);
      const bool key = keyed && RoleKeyAt(raw, 0, false).role != RoleWord::kNone;
      // "（X、Y负责 ⏎": the bracket was the last character of a clipped line.
      const bool duty = outline_.clipped_page && !keyed && close - open <= kLongestBareList * 2 &&
                        DutyVerbAtEnd(all_.substr(open + 1, close - open - 1)).length > 0;
      if (!key && !duty) return 0;
    }
    const bool at_end = !closed || StandsAtEnd(close + 1);
    const bool apart = at_end || StandsAfterSentence(open);
    if (!keyed && !apart && !MayBeDuty(raw)) return 0;
    Label label = LabelAt(open, close + (closed ? 1 : 0));
    label.inside = !keyed && !apart;
    label.clipped = clipped || !closed;
    Stretch inside = MakeStretch(text_, open + 1, close);
    label.clipped |= MendClippedWords(text_, &inside, findings_) > 0;
    const std::vector<Note> notes = TakeNotes(text_, &inside, &label);
    if (keyed) {
      ReadKeyed(text_, WithWholeKeyword(std::move(inside), raw), &label);
    } else if (!ReadUnkeyed(inside, at_end, &label)) {
      return 0;
    }
    Tell(notes, findings_);
    if (!closed) {
      findings_->Doubt(
          "units.unclosed-label", text_.Origin(open, close), all_.substr(open, close - open),
          "the bracket of this label is not closed; it is read to the end of the item");
      if (!label.units.empty()) {
        NamedUnit& last = label.units.back();
        last.breaks.Add(last.name.size());
      }
    }
    Keep(std::move(label));
    return close + (closed ? 1 : 0);
  }

  // An unclosed label ends with its sentence or paragraph.
  size_t EndOfUnclosed(size_t open, size_t limit) const {
    const size_t stop = all_.substr(open, limit - open).find(u'。');
    size_t end = stop == View::npos ? limit : open + stop;
    while (end > open && IsSpace(all_[end - 1])) --end;
    return end;
  }

  // "加快建设（X牵头），完善制度（Y负责）": short, and ends with what X does.
  static bool MayBeDuty(View raw) {
    return raw.size() <= kLongestBareList && DutyVerbAtEnd(Trim(raw)).role != RoleWord::kNone;
  }

  void DoubtUnread(size_t begin, size_t end) const {
    findings_->Doubt("units.unread-label", text_.Origin(begin, end),
                     all_.substr(begin, end - begin),
                     "speaks of who is responsible; not read as a label");
  }

  // "X负责" or nothing but a list; both only where a sentence or an item ends.
  bool ReadUnkeyed(const Stretch& inside, bool at_end, Label* label) const {
    NameList names = ReadNames(text_, inside, Role::kResponsible);
    if (names.says_duty) {
      const bool all = UnitLikeCount(names.units) == names.units.size();
      if (!IsPlausible(names.units) || (!at_end && !all)) {
        if (!label->inside) DoubtUnread(label->begin, label->end);
        return false;
      }
    } else {
      if (!at_end || inside.text.size() > kLongestBareList || !IsBareList(names)) return false;
      label->bare = true;
      label->unsure = !StandsAfterSentence(label->begin);
      // "算力中心（通算中心、智算中心）。" explains a word; a label ends its paragraph.
      if (label->unsure && !EndsParagraph(label->end)) return false;
    }
    AddUnits(std::move(names), label);
    return true;
  }

  bool StandsAtEnd(size_t i) const {
    while (i < all_.size() && IsBlank(all_[i])) ++i;
    if (i >= all_.size() || all_[i] == u'\n' || IsSentenceEnd(all_[i]) || IsOpening(all_[i]) ||
        all_[i] == u'|' || IntroducesMeasures(all_, i)) {
      return true;
    }
    return StandsAtItem(i);
  }

  bool StandsAtItem(size_t i) const {
    const auto item = std::lower_bound(outline_.items.begin(), outline_.items.end(), i,
                                       [](const Item& a, size_t at) { return a.begin < at; });
    return item != outline_.items.end() && item->begin == i;
  }

  bool EndsParagraph(size_t i) const {
    while (i < all_.size() && IsBlank(all_[i])) ++i;
    return i >= all_.size() || all_[i] == u'\n' || StandsAtItem(i);
  }

  bool StandsAfterSentence(size_t open) const {
    size_t i = open;
    while (i > 0 && IsSpace(all_[i - 1])) --i;
    return i > 0 && (IsSentenceEnd(all_[i - 1]) || IsClosing(all_[i - 1]) || all_[i - 1] == u'”');
  }

  bool CanBeginLine(size_t i) const {
    if (!CanBeginKey(all_[i])) return false;
    size_t before = i;
    constexpr View kLead = u"*—-–•·";
    while (before > 0 &&
           (IsBlank(all_[before - 1]) || kLead.find(all_[before - 1]) != View::npos)) {
      --before;
    }
    // A blank parts a label from the words before it, too, in a page that was a table.
    return before < i || BeginsSentence(i) || IsClosing(all_[before - 1]);
  }

  // 市级责任单位：, 主要牵头单位： The length of what stands before the keyword; 0: none does.
  size_t PrefixOfKey(size_t i) const {
    for (const View prefix :
         {u"省级", u"市级", u"区级", u"县级", u"主要", u"具体", u"共同", u"总"}) {
      if (StartsWith(all_.substr(i, 2), prefix) &&
          RoleKeyAt(all_, i + prefix.size(), false).role != RoleWord::kNone) {
        return prefix.size();
      }
    }
    return 0;
  }

  bool BeginsSentence(size_t i) const {
    while (i > 0 && IsBlank(all_[i - 1])) --i;
    return i == 0 || all_[i - 1] == u'\n' || IsSentenceEnd(all_[i - 1]);
  }

  // "X牵头，Y配合。" as the last sentence of a paragraph.
  size_t DutySentence(size_t begin, size_t limit) {
    const size_t most = std::min(limit, begin + kLongestBareList);
    size_t end = begin;
    while (end < most && all_[end] != u'。' && all_[end] != u'\n') ++end;
    if (end == most && end < limit) return 0;
    const View raw = all_.substr(begin, end - begin);
    if (DutyVerbAtEnd(Trim(raw)).role == RoleWord::kNone || raw.size() < 5) return 0;
    const size_t after = end < limit && all_[end] == u'。' ? end + 1 : end;
    if (!StandsAtParagraphEnd(after, limit)) return 0;
    NameList names = ReadNames(text_, MakeStretch(text_, begin, end), Role::kResponsible);
    const bool units =
        std::all_of(names.units.begin(), names.units.end(), [](const NamedUnit& unit) {
          return unit.name.size() >= 3 && unit.name.size() <= kLongestUnit &&
                 (IsStronglyUnitLike(unit.name) || IsCollective(unit.name)) &&
                 !IsSentence(unit.name);
        });
    if (!names.says_duty || names.units.empty() || !units) return 0;
    Label label = LabelAt(begin, end);
    label.sentence = true;
    AddUnits(std::move(names), &label);
    Keep(std::move(label));
    return end;
  }

  // A label whose opening bracket was the last character of a clipped line.
  size_t Unopened(size_t begin, size_t limit) {
    if (!outline_.clipped_page || begin == 0 || all_[begin - 1] != u'\n') return 0;
    size_t close = begin;
    size_t depth = 0;
    for (const size_t most = std::min(limit, begin + kMaxLabelUnits); close < most; ++close) {
      if (all_[close] == u'。') return 0;
      if (IsOpening(all_[close])) ++depth;
      if (IsClosing(all_[close]) && depth-- == 0) break;
    }
    if (close >= limit || !IsClosing(all_[close])) return 0;
    Label label = LabelAt(begin, close + 1);
    label.clipped = true;
    Stretch inside = MakeStretch(text_, begin, close);
    MendClippedWords(text_, &inside, findings_);
    const std::vector<Note> notes = TakeNotes(text_, &inside, &label);
    if (RoleKeyAt(inside.text, 0, true).role != RoleWord::kNone) {
      ReadKeyed(text_, inside, &label);
    } else {
      NameList names = ReadNames(text_, inside, Role::kResponsible);
      if (!names.says_duty) return 0;
      AddUnits(std::move(names), &label);
    }
    if (!IsPlausible(label.units)) return 0;
    Tell(notes, findings_);
    findings_->Doubt("units.unopened-label", text_.Origin(label.begin, label.end),
                     all_.substr(begin, close + 1 - begin),
                     "a label without its opening bracket, behind the end of a clipped line");
    Keep(std::move(label));
    return close + 1;
  }

  bool StandsAtParagraphEnd(size_t i, size_t limit) const {
    while (i < limit && IsBlank(all_[i])) ++i;
    return i >= limit || all_[i] == u'\n';
  }

  // 责任单位：… without a bracket, to the end of its sentence or line.
  size_t Line(size_t begin, size_t limit) {
    const RoleKey key = RoleKeyAt(all_, begin, false);
    if (key.role == RoleWord::kNone || key.role == RoleWord::kPerson) return 0;
    const size_t from = begin + key.length;
    size_t end = from;
    for (; end < limit && end - from < kMaxLabelUnits; ++end) {
      if (all_[end] == u'。') break;
      if (all_[end] == u'\n' && end > from && !GoesOn(from, end, limit)) break;
    }
    Label label = LabelAt(begin, end);
    Stretch inside = MakeStretch(text_, begin, end);
    const std::vector<Note> notes = TakeNotes(text_, &inside, &label);
    ReadKeyed(text_, inside, &label);
    const bool plausible = IsPlausible(label.units);
    if (key.role == RoleWord::kResponsible && !plausible) return 0;
    if (!plausible && begin > 0 && IsBlank(all_[begin - 1])) return 0;
    if (label.units.empty() && label.deadline.empty()) return 0;
    Tell(notes, findings_);
    Keep(std::move(label));
    return end;
  }

  bool BeginsLine(size_t i) const {
    constexpr View kBullets = u"*-•_";
    while (i > 0 && (IsBlank(all_[i - 1]) || kBullets.find(all_[i - 1]) != View::npos)) --i;
    return i == 0 || all_[i - 1] == u'\n';
  }

  // "Lead agency: X, Y" to the end of its paragraph.
  size_t EnglishLine(size_t begin, size_t limit) {
    const RoleKey key = EnglishRoleKeyAt(all_, begin);
    if (key.role == RoleWord::kNone) return 0;
    const size_t from = begin + key.length;
    size_t end = from;
    while (end < limit && end - from < kMaxLabelUnits && all_[end] != u'\n') ++end;
    Label label = LabelAt(begin, end);
    if (key.role == RoleWord::kDeadline) {
      label.deadline = Squeeze(all_.substr(from, end - from));
    } else {
      end = EnglishList(from, end, limit, RoleOf(key.role), &label.units);
      label.end = static_cast<uint32_t>(end);
      label.says_lead = std::any_of(label.units.begin(), label.units.end(),
                                    [](const NamedUnit& u) { return u.role == Role::kLead; });
    }
    if (label.units.empty() && label.deadline.empty()) return 0;
    Keep(std::move(label));
    return end;
  }

  bool BeginsWesternSentence(size_t i) const {
    if (i == 0 || all_[i - 1] != u' ') return false;
    while (i > 0 && IsBlank(all_[i - 1])) --i;
    return i > 0 && (all_[i - 1] == u'.' || all_[i - 1] == u';');
  }

  // "Led by the Ministry of X, with support from Y." as a sentence of its own.
  size_t EnglishSentence(size_t begin, size_t limit) {
    const RoleKey duty = EnglishDutyAt(all_, begin);
    if (duty.role == RoleWord::kNone) return 0;
    const size_t from = begin + duty.length;
    size_t end = from;
    for (; end < limit && end - from < kMaxLabelUnits && all_[end] != u'\n'; ++end) {
      const bool stop = all_[end] == u'.' || all_[end] == u';';
      if (stop && (end + 1 >= limit || IsSpace(all_[end + 1]))) break;
    }
    Label label = LabelAt(begin, end);
    label.units = ReadEnglishNames(text_, MakeStretch(text_, from, end), RoleOf(duty.role));
    const bool units =
        !label.units.empty() &&
        std::all_of(label.units.begin(), label.units.end(),
                    [](const NamedUnit& unit) { return IsEnglishUnit(unit.name); });
    if (!units) {
      DoubtUnread(begin, std::min(end, begin + 2 * kShown));
      return 0;
    }
    label.says_lead = std::any_of(label.units.begin(), label.units.end(),
                                  [](const NamedUnit& unit) { return unit.role == Role::kLead; });
    Keep(std::move(label));
    return end;
  }

  // The names on the line, or the points below it where it holds none. Returns where they end.
  size_t EnglishList(size_t from, size_t end, size_t limit, Role role,
                     std::vector<NamedUnit>* units) const {
    *units = ReadEnglishNames(text_, MakeStretch(text_, from, end), role);
    if (!Trim(Plain(from, end)).empty()) return end;
    for (size_t line = end; line < limit && units->size() < kMaxUnitsPerLabel;) {
      size_t begin = line;
      while (begin < limit && IsSpace(all_[begin])) ++begin;
      constexpr View kBullets = u"-*•";
      if (begin >= limit || kBullets.find(all_[begin]) == View::npos || all_[begin + 1] != u' ')
        break;
      ++begin;
      while (begin < limit && IsBlank(all_[begin])) ++begin;
      if (EnglishRoleKeyAt(all_, begin).role != RoleWord::kNone) break;
      line = std::min(all_.find(u'\n', begin), limit);
      for (NamedUnit& unit : ReadEnglishNames(text_, MakeStretch(text_, begin, line), role)) {
        units->push_back(std::move(unit));
      }
      end = line;
    }
    return end;
  }

  // Without the marks of Markdown's emphasis.
  std::u16string Plain(size_t begin, size_t end) const {
    std::u16string words(all_.substr(begin, end - begin));
    words.erase(std::remove(words.begin(), words.end(), u'*'), words.end());
    return words;
  }

  // A wrapped list: the line ends with a separator or inside a name.
  bool GoesOn(size_t from, size_t line_end, size_t limit) const {
    View line = Trim(all_.substr(from, line_end - from));
    if (line.empty() || line.back() == u'、' || line.back() == u'，') return true;
    if (IsOneName(line.substr(line.rfind(u'\n') + 1)) && IsOneName(NextLine(line_end, limit))) {
      return true;  // a list with a name on each line
    }
    const size_t mark = line.find_last_of(u"、，；：");
    const View last = mark == View::npos ? line : line.substr(mark + 1);
    if (IsUnitLike(last) || IsCollective(last) || line.back() == u'；') return false;
    const View next = NextLine(line_end, limit);
    const size_t next_mark = next.find_first_of(u"、，；。");
    const View head = next.substr(0, next_mark);
    return !head.empty() && head.size() <= 12 && IsUnitLike(head);
  }

  View NextLine(size_t line_end, size_t limit) const {
    const View next = all_.substr(line_end + 1, limit - std::min(limit, line_end + 1));
    return Trim(next.substr(0, next.find(u'\n')));
  }

  static bool IsOneName(View line) {
    line = Trim(line);
    return line.size() >= 3 && line.size() <= 20 &&
           (IsStronglyUnitLike(line) || IsCollective(line)) &&
           line.find_first_of(u"、，。；：") == View::npos;
  }

  static Label LabelAt(size_t begin, size_t end) {
    return {.begin = static_cast<uint32_t>(begin), .end = static_cast<uint32_t>(end)};
  }

  void Keep(Label label) {
    MarkFirst(&label);
    units_ += 1 + label.units.size();
    labels_.push_back(std::move(label));
  }

  const Text& text_;
  View all_;
  const Outline& outline_;
  const Tables& tables_;
  Findings* findings_;
  Brackets brackets_;
  std::vector<uint32_t> keys_, clipped_keys_;
  std::deque<Label> labels_;
  size_t units_ = 0;  // in the labels of the item so far, labels counted
};

}  // namespace

std::deque<Label> FindLabels(const Text& text, const Outline& outline, const Tables& tables,
                              Findings* findings) {
  return Finder(text, outline, tables, findings).Run();
}

}  // namespace duban::plantext
