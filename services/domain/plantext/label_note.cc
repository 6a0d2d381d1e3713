#include "services/domain/plantext/label_note.h"

#include <algorithm>
#include <string>
#include <vector>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/name_list.h"
#include "services/domain/plantext/role_word.h"
#include "services/domain/plantext/unit_shape.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

// Only sentences speak so; no name of a unit does.
constexpr View kStandingWords[] = {u"下同",     u"不再",     u"均需",     u"均须",     u"均由",
                                   u"均应",     u"均涉及",   u"均为",     u"各项任务", u"所有任务",
                                   u"每项任务", u"上述任务", u"其余任务", u"其他任务"};

// 以下任务, 以下均需, 以下同; not 500万元以下.
bool SaysBelow(View clause) {
  constexpr View kAfter = u"任各均工同措不内事由都所凡条";
  for (size_t at = clause.find(u"以下"); at != View::npos; at = clause.find(u"以下", at + 2)) {
    if (at + 2 < clause.size() && kAfter.find(clause[at + 2]) != View::npos) return true;
  }
  return false;
}

bool SaysStanding(View clause) {
  return SaysBelow(clause) || std::any_of(std::begin(kStandingWords), std::end(kStandingWords),
                                          [&](View word) { return Contains(clause, word); });
}

bool EndsSentence(char16_t c) { return c == u'。' || c == u'；'; }

struct Piece {
  size_t begin = 0;
  size_t end = 0;
  char16_t before = 0;  // the mark that parts it from the piece before it
};

// The pieces between the marks that `parts` accepts, outside of brackets.
template <typename Parts>
std::vector<Piece> Split(View text, size_t begin, size_t end, Parts parts) {
  std::vector<Piece> pieces;
  size_t depth = 0;
  char16_t before = 0;
  for (size_t i = begin; i <= end; ++i) {
    if (i < end) {
      if (IsOpening(text[i])) ++depth;
      if (IsClosing(text[i]) && depth > 0) --depth;
      if (depth > 0 || !parts(text[i])) continue;
    }
    if (i > begin) pieces.push_back({begin, i, before});
    begin = i + 1;
    before = i < end ? text[i] : u'\0';
  }
  return pieces;
}

// The outermost brackets.
std::vector<Piece> Brackets(View text) {
  std::vector<Piece> brackets;
  size_t depth = 0;
  size_t open = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsOpening(text[i]) && depth++ == 0) open = i;
    if (IsClosing(text[i]) && depth > 0 && --depth == 0) brackets.push_back({open, i + 1});
  }
  return brackets;
}

class Taker {
 public:
  Taker(const Text& text, Stretch* inside, Label* label)
      : text_(text), inside_(inside), label_(label) {}

  std::vector<Note> Run() {
    TakeFirstLeads();
    TakeStandingBrackets();
    TakeStandingClauses();
    TakeTail();
    return std::move(notes_);
  }

 private:
  View All() const { return inside_->text; }

  void Doubt(const char* rule, const Piece& piece, const char* message) {
    notes_.push_back({rule, text_.Origin(inside_->at[piece.begin], inside_->at[piece.end - 1] + 1),
                      std::u16string(All().substr(piece.begin, piece.end - piece.begin)), message});
  }

  void TakeOff(const Piece& piece) { *inside_ = inside_->Without(piece.begin, piece.end); }

  void TakeFirstLeads() {
    size_t note = FirstLeadsNote(All());
    if (note == View::npos && !inside_->breaks.empty()) {
      note = ClippedFirstLeadsNote(All());
      if (note == View::npos) return;
      Doubt("units.clipped-note", {note, All().size()},
            "read as saying that the first listed leads; it lost a character at the end of a line");
    }
    if (note == View::npos) return;
    Piece piece{note, All().size()};
    for (const Piece& bracket : Brackets(All())) {
      if (bracket.begin < note && note < bracket.end) piece = bracket;
    }
    if (piece.begin == note) {
      while (piece.end > note + 1 && EndsSentence(All()[piece.end - 1])) --piece.end;
      const size_t stop = All().substr(note, piece.end - note).find(u'。');
      if (stop != View::npos) piece.end = note + stop;
    }
    const View said = All().substr(note);
    label_->first_leads = true;
    label_->first_leads_after = Contains(said, u"下同") || Contains(said, u"，下");
    if (!label_->first_leads_after && !inside_->breaks.empty() && Contains(said, u"，同")) {
      label_->first_leads_after = true;
      Doubt("units.clipped-note", {note, All().size()},
            "read as holding for what follows; it lost a character at the end of a line");
    }
    TakeOff(piece);
  }

  void DoubtStanding(const Piece& piece) {
    Doubt("units.standing", piece, "said for all that follows; not added to the later tasks");
    TakeOff(piece);
  }

  void TakeStandingBrackets() {
    std::vector<Piece> brackets = Brackets(All());
    for (auto bracket = brackets.rbegin(); bracket != brackets.rend(); ++bracket) {
      if (SaysStanding(All().substr(bracket->begin, bracket->end - bracket->begin))) {
        DoubtStanding(*bracket);
      }
    }
  }

  // A whole sentence; of the first one only from the clause that says it.
  void TakeStandingClauses() {
    const std::vector<Piece> sentences = Split(All(), 0, All().size(), EndsSentence);
    for (size_t s = sentences.size(); s-- > 0;) {
      const Piece& sentence = sentences[s];
      if (!SaysStanding(All().substr(sentence.begin, sentence.end - sentence.begin))) continue;
      if (sentence.before == 0) {
        DoubtStanding({FirstStandingClause(sentence), sentence.end});
      } else {
        DoubtStanding(sentence);
      }
    }
  }

  size_t FirstStandingClause(const Piece& sentence) const {
    const auto clauses = Split(All(), sentence.begin, sentence.end,
                               [](char16_t c) { return c == u'，' || c == u','; });
    for (const Piece& clause : clauses) {
      const View own = All().substr(clause.begin, clause.end - clause.begin);
      if (!SaysStanding(own)) continue;
      if (clause.begin > sentence.begin) return clause.begin;
      const auto names = Split(All(), clause.begin, clause.end,
                               [](char16_t c) { return c == u'、' || c == u'：'; });
      for (const Piece& name : names) {
        if (SaysStanding(All().substr(name.begin, name.end - name.begin))) return name.begin;
      }
    }
    return sentence.begin;
  }

  void TakeTail() {
    const std::vector<Piece> sentences = Split(All(), 0, All().size(), EndsSentence);
    for (size_t s = sentences.size(); s-- > 0;) {
      const Piece& sentence = sentences[s];
      if (sentence.before == 0 || MayStay(sentence)) continue;
      Doubt("units.label-tail", sentence, "neither a keyword nor units; not read as names");
      TakeOff(sentence);
    }
  }

  bool MayStay(const Piece& sentence) const {
    if (RoleKeyAt(All().substr(0, sentence.end), sentence.begin, false).role != RoleWord::kNone) {
      return true;
    }
    const NameList names =
        ReadNames(text_, inside_->Sub(sentence.begin, sentence.end), Role::kResponsible);
    if (names.units.empty()) return true;
    const auto like_units =
        std::count_if(names.units.begin(), names.units.end(), [](const NamedUnit& unit) {
          return (IsUnitLike(unit.name) || IsCollective(unit.name)) && !IsSentence(unit.name);
        });
    const auto all = static_cast<ptrdiff_t>(names.units.size());
    return sentence.before == u'。' ? like_units == all : like_units * 2 > all;
  }

  const Text& text_;
  Stretch* inside_;
  Label* label_;
  std::vector<Note> notes_;
};

}  // namespace

std::vector<Note> TakeNotes(const Text& text, Stretch* inside, Label* label) {
  return Taker(text, inside, label).Run();
}

void Tell(const std::vector<Note>& notes, Findings* findings) {
  for (const Note& note : notes) findings->Doubt(note.rule, note.range, note.words, note.message);
}

size_t ClippedFirstLeadsNote(View text) {
  constexpr size_t kBefore = 10;
  constexpr View kPlace = u"列排在居第一首位个";
  for (size_t at = text.find(u"牵头"); at != View::npos; at = text.find(u"牵头", at + 1)) {
    const size_t from = at > kBefore ? at - kBefore : 0;
    const View before = text.substr(from, at - from);
    const size_t place = std::max(before.rfind(u'位') + 1, before.rfind(u"第一") + 1);
    if (place == 0 || !Contains(before.substr(place - 1), u"为")) continue;
    size_t begin = from + place - 1;
    while (begin > 0 && at - begin < kBefore && kPlace.find(text[begin - 1]) != View::npos) --begin;
    const View said = text.substr(begin, at - begin);
    if (Contains(said, u"第") || Contains(said, u"一") || Contains(said, u"首")) return begin;
  }
  return View::npos;
}

size_t ResponsibleLeadNote(View text) {
  constexpr size_t kWithin = 12;
  for (const View nobody : {u"无牵头", u"未明确牵头", u"没有牵头", u"未列牵头", u"未注明牵头",
                            u"未标明牵头", u"未指定牵头", u"未确定牵头"}) {
    for (size_t at = text.find(nobody); at != View::npos; at = text.find(nobody, at + 1)) {
      const View after = text.substr(at + nobody.size(), 2 * kWithin);
      const size_t who = std::min(after.find(u"责任单位"), after.find(u"责任部门"));
      if (who == View::npos || who > kWithin) continue;
      // Not 第一责任单位, which is the first listed alone.
      const View before = after.substr(0, who);
      if (Contains(before, u"第一") || Contains(before, u"排") || Contains(before, u"首")) continue;
      const View says = after.substr(who + 4, kWithin);
      if (Contains(says.substr(0, 4), u"为") && Contains(says, u"牵头")) return at;
    }
  }
  return View::npos;
}

size_t FirstLeadsNote(View text) {
  for (size_t at = text.find(u"第一"); at != View::npos; at = text.find(u"第一", at + 2)) {
    const View before = text.substr(at > 12 ? at - 12 : 0, std::min<size_t>(at, 12));
    const View after = text.substr(at, 24);
    // 牵头 itself may have lost a character at the end of a line.
    if (!Contains(after, u"牵头") && !Contains(after, u"为牵单") && !Contains(after, u"为头单") &&
        !Contains(after, u"为牵部") && !Contains(after, u"为头部")) {
      continue;
    }
    const size_t verb = std::max(before.rfind(u'列') + 1, before.rfind(u'排') + 1);
    if (verb > 0) return at - before.size() + verb - 1;
    // 第一个单位为牵头单位
    for (const View word : {u"第一个", u"第一单位", u"第一部门", u"第一责任单位", u"第一家"}) {
      if (StartsWith(after, word) && Contains(after.substr(0, 14), u"为牵头")) return at;
    }
  }
  const size_t head = text.find(u"首位");
  if (head != View::npos && Contains(text.substr(head, 24), u"牵头")) {
    size_t begin = head;
    while (begin > 0 && !IsSentenceEnd(text[begin - 1]) && text[begin - 1] != u'，' &&
           !IsOpening(text[begin - 1])) {
      --begin;
    }
    return begin;
  }
  return View::npos;
}

}  // namespace duban::plantext
