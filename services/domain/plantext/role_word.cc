#include "services/domain/plantext/role_word.h"

#include <string>

#include "services/domain/plantext/chars.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

struct Stem {
  View word;
  RoleWord role;
};

// Longest first where one begins another.
constexpr Stem kStems[] = {{u"牵头", RoleWord::kLead},
                           {u"责任", RoleWord::kResponsible},
                           {u"主要责任", RoleWord::kResponsible},
                           {u"负责", RoleWord::kResponsible},
                           {u"主责", RoleWord::kResponsible},
                           {u"主办", RoleWord::kResponsible},
                           {u"承办", RoleWord::kResponsible},
                           {u"实施", RoleWord::kResponsible},
                           {u"落实", RoleWord::kResponsible},
                           {u"完成", RoleWord::kResponsible},
                           {u"配合", RoleWord::kSupporting},
                           {u"协办", RoleWord::kSupporting},
                           {u"协同", RoleWord::kSupporting},
                           {u"协助", RoleWord::kSupporting},
                           {u"协作", RoleWord::kSupporting},
                           {u"参与", RoleWord::kSupporting},
                           {u"参加", RoleWord::kSupporting},
                           {u"支持", RoleWord::kSupporting}};
constexpr View kNouns[] = {u"单位", u"部门", u"主体", u"机构", u"处室", u"科室", u"地区", u"司局"};
// Need no noun where a colon follows at once: 牵头：
constexpr Stem kBareStems[] = {{u"牵头", RoleWord::kLead},
                               {u"主办", RoleWord::kResponsible},
                               {u"承办", RoleWord::kResponsible},
                               {u"配合", RoleWord::kSupporting},
                               {u"协办", RoleWord::kSupporting}};
constexpr View kPersons[] = {u"责任领导", u"牵头领导", u"责任人",   u"负责人",
                             u"联系人",   u"分管领导", u"包抓领导", u"挂钩领导"};
constexpr View kDeadlines[] = {u"完成时限", u"完成时间", u"完成期限", u"完成日期", u"计划完成时间",
                               u"时限要求", u"办结时限", u"办理时限", u"整改时限", u"工作时限",
                               u"推进时限", u"时间节点", u"时间要求", u"时间安排", u"时间进度",
                               u"进度安排", u"进度要求", u"工作进度", u"起止时间", u"实施时间",
                               u"实施期限", u"时限"};

bool IsColon(char16_t c) { return c == u'：' || c == u':'; }

// The length of `word` at `at`, line breaks and blanks inside passed over; where a line break
// stands inside, up to two of its characters may be missing there. 0: not there.
size_t MatchBroken(View text, size_t at, View word, bool* clipped) {
  size_t i = at;
  size_t w = 0;
  while (w < word.size()) {
    if (i < text.size() && text[i] == word[w]) {
      ++i;
      ++w;
      continue;
    }
    if (w == 0 || i >= text.size() || !IsSpace(text[i])) return 0;
    bool line_break = false;
    while (i < text.size() && IsSpace(text[i])) line_break |= text[i++] == u'\n';
    if (i >= text.size() || text[i] == word[w]) continue;
    if (!line_break) return 0;
    // The rest of the word may be what was lost: 责任单 ⏎ ：
    if (IsColon(text[i]) && word.size() - w <= 2) {
      *clipped = true;
      return i - at;
    }
    size_t skip = 1;
    while (skip <= 2 && w + skip < word.size() && text[i] != word[w + skip]) ++skip;
    if (skip > 2 || w + skip >= word.size()) return 0;
    *clipped = true;
    w += skip;
  }
  return i - at;
}

RoleKey WithColon(View text, size_t at, size_t length, RoleWord role, bool clipped, bool loose) {
  size_t i = at + length;
  if (i < text.size() && IsOpening(text[i])) {  // 责任单位（排第一位的为牵头单位）：
    const size_t close = text.substr(i, 40).find_first_of(u"）)");
    if (close != View::npos && i + close + 1 < text.size() && IsColon(text[i + close + 1])) {
      return {role, i + close + 2 - at, clipped};
    }
  }
  while (i < text.size() && IsSpace(text[i])) ++i;
  if (i < text.size() && (IsColon(text[i]) || text[i] == u'为')) return {role, i + 1 - at, clipped};
  if (loose && i > at + length) return {role, i - at, clipped};
  return {};
}

// 责任位：at the head of a bracket, the line break gone with the character.
RoleKey ClippedAtHead(View text, size_t at) {
  const View head = text.substr(at, 4);
  if (head.size() < 4 || !IsColon(head[3])) return {};
  for (const Stem& word :
       {Stem{u"责任单位", RoleWord::kResponsible}, Stem{u"牵头单位", RoleWord::kLead},
        Stem{u"配合单位", RoleWord::kSupporting}}) {
    for (size_t lost = 0; lost < 4; ++lost) {
      if (head.substr(0, lost) == word.word.substr(0, lost) &&
          head.substr(lost, 3 - lost) == word.word.substr(lost + 1)) {
        return {word.role, 4, true};
      }
    }
  }
  return {};
}

struct Verb {
  View word;
  RoleWord role;
};
constexpr Verb kVerbs[] = {{u"为牵头单位", RoleWord::kLead},
                           {u"为牵头部门", RoleWord::kLead},
                           {u"为责任单位", RoleWord::kResponsible},
                           {u"为责任部门", RoleWord::kResponsible},
                           {u"为配合单位", RoleWord::kSupporting},
                           {u"为配合部门", RoleWord::kSupporting},
                           {u"牵头", RoleWord::kLead},
                           {u"主办", RoleWord::kResponsible},
                           {u"各负其责", RoleWord::kResponsible},
                           {u"负责", RoleWord::kResponsible},
                           {u"组织实施", RoleWord::kResponsible},
                           {u"落实", RoleWord::kResponsible},
                           {u"实施", RoleWord::kResponsible},
                           {u"推进", RoleWord::kResponsible},
                           {u"承担", RoleWord::kResponsible},
                           {u"配合", RoleWord::kSupporting},
                           {u"参与", RoleWord::kSupporting},
                           {u"参加", RoleWord::kSupporting},
                           {u"协同", RoleWord::kSupporting},
                           {u"协助", RoleWord::kSupporting},
                           {u"协办", RoleWord::kSupporting},
                           {u"支持", RoleWord::kSupporting}};
// Stand before a verb and say how: 按职责分工负责.
constexpr View kHow[] = {u"在各自职责范围内",
                         u"在职责范围内",
                         u"按各自职责范围",
                         u"按职责范围",
                         u"依法依职责",
                         u"根据各自职责",
                         u"按照各自职责",
                         u"按照职责分工",
                         u"按照职能分工",
                         u"按各自职责",
                         u"按职责分工",
                         u"按职能分工",
                         u"根据职责分工",
                         u"依职责分工",
                         u"依据职责",
                         u"按照职责",
                         u"按照分工",
                         u"根据职责",
                         u"依职责",
                         u"按职责",
                         u"按职能",
                         u"按分工",
                         u"职责分工",
                         u"分工",
                         u"分别",
                         u"双",
                         u"共同",
                         u"联合",
                         u"具体",
                         u"统筹",
                         u"协调",
                         u"各自",
                         u"组织",
                         u"指导",
                         u"抓好",
                         u"予以",
                         u"做好",
                         u"密切",
                         u"积极",
                         u"会同",
                         u"主要"};

bool TakeSuffix(View* text, View suffix) {
  if (!EndsWith(*text, suffix)) return false;
  text->remove_suffix(suffix.size());
  return true;
}

}  // namespace

bool CanBeginKey(char16_t c) {
  constexpr View kFirst = u"牵责主负承实落完配协参支联分包挂办时计整工推进起";
  return kFirst.find(c) != View::npos;
}

RoleKey RoleKeyAt(View text, size_t at, bool loose) {
  bool clipped = false;
  if (loose) {
    const RoleKey key = ClippedAtHead(text, at);
    if (key.role != RoleWord::kNone) return key;
  }
  if (at >= text.size() || !CanBeginKey(text[at])) return {};
  for (const View word : kPersons) {
    const size_t length = MatchBroken(text, at, word, &clipped);
    if (length > 0) return WithColon(text, at, length, RoleWord::kPerson, false, false);
    clipped = false;
  }
  for (const View word : kDeadlines) {
    const size_t length = MatchBroken(text, at, word, &clipped);
    if (length > 0) return WithColon(text, at, length, RoleWord::kDeadline, false, false);
    clipped = false;
  }
  for (const Stem& stem : kStems) {
    if (at >= text.size() || text[at] != stem.word[0]) continue;
    for (const View noun : kNouns) {
      for (const View middle : {u"", u"责任", u"及责任", u"和责任"}) {
        std::u16string word(stem.word);
        word.append(middle).append(noun);
        clipped = false;
        const size_t length = MatchBroken(text, at, word, &clipped);
        if (length == 0) continue;
        const RoleKey key = WithColon(text, at, length, stem.role, clipped, loose);
        if (key.role != RoleWord::kNone) return key;
      }
    }
  }
  for (const Stem& stem : kBareStems) {
    const size_t end = at + stem.word.size();
    if (end < text.size() && IsColon(text[end]) && StartsWith(text.substr(at, 2), stem.word)) {
      return {stem.role, stem.word.size() + 1, false};
    }
  }
  return {};
}

DutyVerb DutyVerbAtEnd(View element) {
  View rest = element;
  DutyVerb found;
  // 负责 that lost a character at the end of a line.
  if (element.size() > 3 &&
      (element.back() == u'负' || (element.back() == u'责' && !EndsWith(element, u"负责")))) {
    rest.remove_suffix(1);
    found.role = RoleWord::kResponsible;
  }
  for (bool more = true; more;) {
    more = false;
    for (const Verb& verb : kVerbs) {
      if (!TakeSuffix(&rest, verb.word)) continue;
      // 牵头 decides wherever it stands; otherwise the verb nearest to the name does, unless it
      // only says how: 负责配合, 协同推进.
      const bool only_how =
          found.role != RoleWord::kNone &&
          (verb.word == u"负责" || (verb.word == u"协同" && found.role == RoleWord::kResponsible));
      if (found.role != RoleWord::kLead && !only_how) found.role = verb.role;
      more = true;
      break;
    }
    if (more || found.role == RoleWord::kNone) continue;
    for (const View how : kHow) {
      if (!TakeSuffix(&rest, how)) continue;
      more = true;
      break;
    }
  }
  found.length = element.size() - rest.size();
  return found;
}

}  // namespace duban::plantext
