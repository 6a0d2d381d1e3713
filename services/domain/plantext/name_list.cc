#include "services/domain/plantext/name_list.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/limits.h"
#include "services/domain/plantext/role_word.h"
#include "services/domain/plantext/unit_shape.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

// One element of the list while the rules work on it: a part of the stretch, plus a suffix that it
// shares.
struct Element {
  size_t begin = 0;
  size_t end = 0;
  std::u16string shared_suffix;
  RoleWord closes = RoleWord::kNone;  // the verb after it
  RoleWord own = RoleWord::kNone;     // its own, of （牵头） behind it
};

class Reader {
 public:
  Reader(const Text& text, const Stretch& list, Role role)
      : text_(text), list_(list), role_(role) {}

  NameList Run() {
    Separate();
    SeparateAtGaps();
    for (const Element& piece : std::exchange(elements_, {})) SplitSlash(piece);
    for (const Element& piece : std::exchange(elements_, {})) SplitInnerLead(piece);
    for (const Element& piece : std::exchange(elements_, {})) TakeVerb(piece);
    for (const Element& piece : std::exchange(elements_, {})) SplitEtc(piece);
    for (const Element& piece : std::exchange(elements_, {})) SplitConjunction(piece);
    JoinCollectives();
    ShareSuffix();
    Emit();
    return std::move(result_);
  }

 private:
  View Of(const Element& e) const { return View(list_.text).substr(e.begin, e.end - e.begin); }

  void Push(Element e) {
    constexpr View kEdges = u" \u3000。，、；：,;:.·“”\"";
    while (e.begin < e.end && kEdges.find(list_.text[e.begin]) != View::npos) ++e.begin;
    while (e.end > e.begin && kEdges.find(list_.text[e.end - 1]) != View::npos) --e.end;
    if (elements_.size() >= 4 * kMaxUnitsPerLabel) return;
    if (e.begin < e.end || e.closes != RoleWord::kNone) elements_.push_back(std::move(e));
  }

  // list.separators
  void Separate() {
    size_t depth = 0;
    size_t begin = 0;
    for (size_t i = 0; i <= list_.text.size(); ++i) {
      const char16_t c = i < list_.text.size() ? list_.text[i] : u'、';
      if (IsOpening(c)) ++depth;
      if (IsClosing(c) && depth > 0) --depth;
      const bool mark =
          c == u'、' || c == u'，' || c == u'；' || c == u'。' || c == u';' || c == u',';
      if (i < list_.text.size() && (!mark || depth > 0)) continue;
      Push({.begin = begin, .end = i});
      begin = i + 1;
    }
  }

  // list.gaps
  void SeparateAtGaps() {
    if (elements_.size() != 1 || list_.gaps.empty()) return;
    std::vector<size_t> blanks;  // those that no line break made
    std::set_difference(list_.gaps.begin(), list_.gaps.end(), list_.breaks.begin(),
                        list_.breaks.end(), std::back_inserter(blanks));
    // One line break may just as well be a name that goes on.
    const bool wraps = list_.gaps.size() == 1 && !list_.breaks.empty() && !list_.in_cell;
    if (wraps || !SeparateAt(list_.gaps)) SeparateAt(blanks);
  }

  // Where each piece looks like a unit.
  bool SeparateAt(const std::vector<size_t>& gaps) {
    if (gaps.empty()) return false;
    const Element whole = elements_[0];
    std::vector<Element> pieces;
    size_t begin = whole.begin;
    for (size_t i = 0; i <= gaps.size(); ++i) {
      const size_t end = i < gaps.size() ? gaps[i] : whole.end;
      if (end <= begin || end > whole.end) continue;
      const View piece = View(list_.text).substr(begin, end - begin);
      const size_t verb = DutyVerbAtEnd(piece).length;
      const View name = piece.substr(0, piece.size() - verb);
      if (name.size() < 3 || !(IsUnitLike(name) || IsCollective(name))) return false;
      pieces.push_back({.begin = begin, .end = end});
      begin = end;
    }
    elements_ = std::move(pieces);
    return true;
  }

  // list.slash: X/Y, X·Y.
  void SplitSlash(Element e) {
    constexpr View kMarks = u"/·|";
    for (size_t i = e.begin + 2; i + 2 < e.end; ++i) {
      if (kMarks.find(list_.text[i]) == View::npos) continue;
      const View left = View(list_.text).substr(e.begin, i - e.begin);
      const View right = View(list_.text).substr(i + 1, e.end - i - 1);
      if (!IsUnitLike(left) || !IsUnitLike(right.substr(0, right.find_first_of(kMarks)))) continue;
      Push({.begin = e.begin, .end = i});
      e.begin = i + 1;
    }
    Push(std::move(e));
  }

  // list.inner-lead: X牵头会同Y, X牵头Y配合, X负责Y配合.
  void SplitInnerLead(Element e) {
    for (const View word : {u"牵头会同", u"牵头组织", u"牵头", u"负责"}) {
      const size_t at = Of(e).find(word);
      if (at == View::npos || at == 0) continue;
      const size_t after = e.begin + at + word.size();
      const View rest = View(list_.text).substr(after, e.end - after);
      // What follows must be a list again, not the rest of the verb.
      if (rest.empty() || DutyVerbAtEnd(rest).length == rest.size()) continue;
      if (StartsWith(rest, u"单位") || StartsWith(rest, u"部门")) continue;  // X为牵头单位
      if (!IsUnitLike(rest) && DutyVerbAtEnd(rest).length == 0) continue;
      const bool lead = StartsWith(word, u"牵头");
      Push({.begin = e.begin,
            .end = e.begin + at,
            .closes = lead ? RoleWord::kLead : RoleWord::kResponsible});
      e.begin = after;
      break;
    }
    Push(std::move(e));
  }

  // list.deadline: 2025年底前, 长期坚持 among the names.
  static bool IsDeadline(View name) {
    if (StartsWith(name, u"完成时") || StartsWith(name, u"时限") || StartsWith(name, u"长期") ||
        StartsWith(name, u"持续") || EndsWith(name, u"底前") || EndsWith(name, u"前完成")) {
      return true;
    }
    size_t digits = 0;
    while (digits < name.size() && IsDigit(name[digits])) ++digits;
    return digits >= 1 && digits <= 4 && digits < name.size() &&
           (name[digits] == u'年' || name[digits] == u'月');
  }

  // list.bracket-role: X（牵头）, X（配合单位）. The length of the bracket; 0 when there is none.
  static size_t RoleBracket(View name, RoleWord* role) {
    if (name.empty() || !IsClosing(name.back())) return 0;
    const size_t open = name.find_last_of(u"（(〔[");
    if (open == View::npos || open == 0) return 0;
    View word = name.substr(open + 1, name.size() - open - 2);
    for (const View noun : {u"单位", u"部门", u"责任单位"}) {
      if (word.size() > noun.size() && EndsWith(word, noun)) word.remove_suffix(noun.size());
    }
    if (word == u"牵头" || word == u"总牵头" || word == u"牵头责任") {
      *role = RoleWord::kLead;
    } else if (word == u"配合" || word == u"协办" || word == u"参与" || word == u"协助") {
      *role = RoleWord::kSupporting;
    } else if (DutyVerbAtEnd(std::u16string(word) + u"负责").length != word.size() + 2) {
      return 0;  // more than （按职责分工）
    }
    return name.size() - open;
  }

  // list.duty-verb
  void TakeVerb(Element e) {
    if (IsDeadline(Of(e))) {
      result_.deadline = Of(e);
      return;
    }
    if (const size_t bracket = RoleBracket(Of(e), &e.own); bracket > 0) {
      e.end -= bracket;
      result_.says_lead |= e.own == RoleWord::kLead;
      Push(std::move(e));
      return;
    }
    for (const View word : {u"并由", u"并会同", u"由", u"会同", u"以及", u"联合"}) {
      if (StartsWith(Of(e), word) && Of(e).size() > word.size() + 1) {
        e.begin += word.size();
        break;
      }
    }
    const DutyVerb verb = DutyVerbAtEnd(Of(e));
    if (verb.role != RoleWord::kNone) {
      e.end -= verb.length;
      e.closes = verb.role;
      result_.says_duty = true;
    }
    Push(std::move(e));
  }

  static bool EtcAt(View name, size_t at) {
    if (name[at] != u'等' || at < 2) return false;
    constexpr View kBefore = u"高初中平均同何优上下特一二三四";
    if (kBefore.find(name[at - 1]) != View::npos) return false;
    const View rest = name.substr(at + 1);
    if (rest.empty() || IsCollective(rest) || IsDigit(rest[0])) return true;
    for (const View word : {u"部门", u"单位", u"国务院", u"地方", u"省", u"市", u"区", u"县",
                            u"中央", u"其他", u"几", u"多", u"十", u"机构", u"企业", u"地"}) {
      if (StartsWith(rest, word)) return true;
    }
    return false;
  }

  // "10个部门", "部门": a count or a kind, nobody's name.
  static bool IsBareKind(View rest) {
    while (!rest.empty() && (IsDigit(rest[0]) || ChineseNumber(rest.substr(0, 1)) > 0 ||
                             rest[0] == u'个' || rest[0] == u'家' || rest[0] == u'多')) {
      rest.remove_prefix(1);
    }
    return rest == u"部门" || rest == u"单位" || rest == u"部门和单位" || rest == u"机构";
  }

  // list.etc
  void SplitEtc(Element e) {
    const View name = Of(e);
    for (size_t i = 2; i < name.size(); ++i) {
      if (!EtcAt(name, i)) continue;
      const View rest = name.substr(i + 1);
      const RoleWord closes = e.closes;
      const bool more = !rest.empty() && !IsBareKind(rest);
      Push({.begin = e.begin, .end = e.begin + i, .closes = more ? RoleWord::kNone : closes});
      if (more) SplitEtc({.begin = e.begin + i + 1, .end = e.end, .closes = closes});
      return;
    }
    Push(std::move(e));
  }

  static bool CanStandAlone(View name) {
    return name.size() >= 2 &&
           (IsCollective(name) || (IsStronglyUnitLike(name) && name.size() >= 3));
  }

  // list.conjunction
  void SplitConjunction(Element e) {
    const View name = Of(e);
    size_t depth = 0;
    for (size_t i = 2; i + 2 < name.size() + 1; ++i) {
      if (IsOpening(name[i])) ++depth;
      if (IsClosing(name[i]) && depth > 0) --depth;
      if (depth > 0) continue;
      size_t length = 0;
      for (const View word : {u"会同", u"以及", u"联合", u"和", u"及", u"与"}) {
        if (length == 0 && StartsWith(name.substr(i), word)) length = word.size();
      }
      if (length == 0 || i + length >= name.size()) continue;
      const View left = name.substr(0, i);
      const View right = name.substr(i + length);
      const bool together = length == 2 && name[i] == u'会';  // 委会同: not 委员会|同
      if (!(CanStandAlone(left) && (CanStandAlone(right) || (together && IsUnitLike(right)))) &&
          !(CanStandAlone(left) && IsUnitLike(right) && IsCollective(right))) {
        continue;
      }
      Push({.begin = e.begin, .end = e.begin + i});
      e.begin += i + length;
      SplitConjunction(std::move(e));
      return;
    }
    Push(std::move(e));
  }

  // 各有关区 → 区.
  static View KindAfterEach(View name) {
    name.remove_prefix(1);
    if (StartsWith(name, u"有关") || StartsWith(name, u"相关")) name.remove_prefix(2);
    return name;
  }

  // list.collective: 各市、县（市、区）政府.
  void JoinCollectives() {
    std::vector<Element> joined;
    for (Element& e : elements_) {
      bool ends = false;
      if (!joined.empty() && joined.back().closes == RoleWord::kNone && Of(e).size() > 0 &&
          StartsWith(Of(joined.back()), u"各") &&
          IsKindOfPlace(KindAfterEach(Of(joined.back())), &ends) && !ends &&
          IsKindOfPlace(Of(e), &ends)) {
        joined.back().end = e.end;
        joined.back().closes = e.closes;
        continue;
      }
      // 各区委、区政府; 各级党委、政府.
      if (!joined.empty() && joined.back().closes == RoleWord::kNone &&
          StartsWith(Of(joined.back()), u"各") && EndsWith(Of(joined.back()), u"委") &&
          EndsWith(Of(e), u"政府") &&
          (Of(e) == u"政府" || Of(e) == u"人民政府" || IsKindOfPlace(Of(e), &ends))) {
        joined.back().end = e.end;
        joined.back().closes = e.closes;
        continue;
      }
      joined.push_back(std::move(e));
    }
    elements_ = std::move(joined);
  }

  // list.shared-suffix: 甲市、乙市人民政府; 甲、乙市人民政府.
  void ShareSuffix() {
    for (size_t i = elements_.size(); i-- > 1;) {
      const View name = Of(elements_[i]);
      std::u16string suffix = elements_[i].shared_suffix;
      if (suffix.empty()) {
        for (const View office : {u"人民政府", u"政府", u"管委会"}) {
          if (EndsWith(name, office) && IsPlace(name.substr(0, name.size() - office.size()))) {
            suffix = office;
            bare_place_ = EndsWith(name.substr(0, name.size() - office.size()), u"市");
            break;
          }
        }
      }
      Element& before = elements_[i - 1];
      if (suffix.empty() || before.closes != RoleWord::kNone) continue;
      if (StartsWith(suffix, u"市")) suffix.erase(0, 1);
      const View place = Of(before);
      // A district has a government; only a zone has a committee.
      if (suffix == u"管委会" && !IsZone(place)) continue;
      if (IsPlace(place)) {
        before.shared_suffix = suffix;
      } else if (bare_place_ && place.size() >= 2 && place.size() <= 4 &&
                 CountHan(place) == place.size() && !IsStronglyUnitLike(place) &&
                 !IsCollective(place)) {
        before.shared_suffix = u"市" + suffix;
      }
    }
  }

  static Role ToRole(RoleWord word, Role otherwise) {
    switch (word) {
      case RoleWord::kLead:
        return Role::kLead;
      case RoleWord::kSupporting:
        return Role::kSupporting;
      case RoleWord::kResponsible:
        return otherwise == Role::kLead ? Role::kLead : Role::kResponsible;
      default:
        return otherwise;
    }
  }

  // "/", "—" and 无 fill an empty cell.
  static bool NamesSomething(View name) {
    return name != u"无" && std::any_of(name.begin(), name.end(), [](char16_t c) {
             return IsHan(c) || IsLatin(c) || IsDigit(c) || c == u'?' || c == 0xFFFD || c > 0x3400;
           });
  }

  // A blank stands between what are two units by their shape.
  static bool HoldsTwo(const Stretch& name) {
    return std::any_of(name.gaps.begin(), name.gaps.end(), [&](size_t at) {
      const View left = View(name.text).substr(0, at);
      const View right = View(name.text).substr(at);
      return left.size() >= 3 && right.size() >= 3 && IsStronglyUnitLike(left) &&
             IsStronglyUnitLike(right);
    });
  }

  void Emit() {
    size_t group = 0;  // first unit since the last verb
    for (const Element& e : elements_) {
      if (e.end > e.begin && NamesSomething(Of(e)) && result_.units.size() < kMaxUnitsPerLabel) {
        const Stretch part = list_.Sub(e.begin, e.end);
        NamedUnit unit;
        unit.name = part.text + e.shared_suffix;
        unit.role = role_;
        for (const size_t at : part.breaks) unit.breaks.Add(at);
        unit.shared = static_cast<uint8_t>(e.shared_suffix.size());
        unit.maybe_two = HoldsTwo(part);
        unit.range = text_.Origin(part.at.front(), part.at.back() + 1);
        if (e.own != RoleWord::kNone) own_.emplace_back(result_.units.size(), ToRole(e.own, role_));
        result_.units.push_back(std::move(unit));
      }
      if (e.closes == RoleWord::kNone) continue;
      for (size_t i = group; i < result_.units.size(); ++i) {
        result_.units[i].role = ToRole(e.closes, role_);
      }
      group = result_.units.size();
      result_.says_lead |= e.closes == RoleWord::kLead;
      result_.says_duty = true;
    }
    for (const auto& [unit, role] : own_) result_.units[unit].role = role;
    for (NamedUnit& unit : result_.units) unit.lead_explicit = unit.role == Role::kLead;
  }

  const Text& text_;
  const Stretch& list_;
  Role role_;
  std::vector<Element> elements_;
  std::vector<std::pair<size_t, Role>> own_;  // roles that brackets give
  bool bare_place_ = false;  // the list ends with X市政府, so that its places may lack 市
  NameList result_;
};

}  // namespace

NameList ReadNames(const Text& text, const Stretch& list, Role role) {
  return Reader(text, list, role).Run();
}

}  // namespace duban::plantext
