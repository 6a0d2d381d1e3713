#include "services/domain/plantext/english.h"

#include <algorithm>
#include <utility>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/limits.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

std::u16string Lower(View text) {
  std::u16string out(text);
  for (char16_t& c : out) {
    if (c >= u'A' && c <= u'Z') c += u'a' - u'A';
  }
  return out;
}

// Nouns that name an office; the plural is formed with s or ies.
constexpr View kHeads[] = {
    u"department",   u"ministry",     u"office",       u"agency",      u"council",
    u"commission",   u"committee",    u"bureau",       u"service",     u"authority",
    u"board",        u"institute",    u"institution",  u"group",       u"administration",
    u"center",       u"centre",       u"university",   u"secretariat", u"directorate",
    u"court",        u"treasury",     u"association",  u"federation",  u"forum",
    u"network",      u"foundation",   u"team",         u"government",  u"union",
    u"organisation", u"organization", u"inspectorate", u"registry",    u"archives",
    u"library",      u"police",       u"fund",         u"society",     u"division",
    u"unit",         u"house",        u"parliament",   u"assembly",    u"senate",
    u"bank",         u"company",      u"corporation",  u"partnership", u"coalition",
    u"alliance",     u"trust",        u"regulator",    u"ombudsman",   u"commissioner",
    u"minister",     u"secretary",    u"taskforce",    u"bodies",      u"body",
    u"college",      u"academy",      u"laboratory",   u"task force",  u"city",
    u"county"};

constexpr size_t kLongestEnglishUnit = 100;

bool IsAccented(char16_t c) { return (c >= 0xC0 && c < 0x2000) || c >= 0x2C00; }

std::vector<View> Words(View text) {
  std::vector<View> words;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && (IsLatin(text[i]) || text[i] == u'\'' || text[i] == u'’' ||
                            text[i] == u'-' || IsDigit(text[i]) || IsAccented(text[i]))) {
      continue;
    }
    if (i > begin) words.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return words;
}

bool IsHead(View word) {
  std::u16string lower = Lower(word);
  const auto is = [](View w) {
    return std::find(std::begin(kHeads), std::end(kHeads), w) != std::end(kHeads);
  };
  if (is(lower)) return true;
  if (EndsWith(lower, u"ies") && is(lower.substr(0, lower.size() - 3) + u"y")) return true;
  return EndsWith(lower, u"s") && is(lower.substr(0, lower.size() - 1));
}

bool IsAcronym(View word) {
  size_t capitals = 0;
  for (const char16_t c : word) {
    if (c >= u'A' && c <= u'Z') {
      ++capitals;
    } else if (!IsDigit(c) && c != u'&' && c != u'-' && !(c == u's' && capitals >= 2)) {
      return false;
    }
  }
  return capitals >= 2 && word.size() <= 10;
}

bool HasHead(View name) {
  const std::vector<View> words = Words(name);
  return std::any_of(words.begin(), words.end(), IsHead);
}

// Names an office of its own: has a head noun, or is an acronym, or is told as others are.
bool StandsAlone(View name) {
  const std::vector<View> words = Words(name);
  if (words.empty()) return false;
  if (HasHead(name)) return true;
  if (words.size() <= 2 && IsAcronym(words[0])) return true;
  return StartsWith(Lower(name), u"other ") || StartsWith(Lower(name), u"civil society");
}

bool IsScope(View list) {
  const std::u16string lower = Lower(Trim(list));
  if (StartsWith(lower, u"required ") || StartsWith(lower, u"applies to") || lower == u"agencies" ||
      lower == u"n/a" || lower == u"tbd" || lower == u"none") {
    return true;
  }
  const bool general =
      StartsWith(lower, u"all ") || StartsWith(lower, u"each ") || StartsWith(lower, u"every ");
  return general && lower.find_first_of(u",;") == std::u16string::npos &&
         lower.find(u" and ") == std::u16string::npos;
}

struct Part {
  size_t begin;
  size_t end;
  bool after_and;
  bool supports = false;  // "…, in coordination with X"
  bool joined = false;    // of pieces that "and" parted
};

// Part names, and make what follows support what stands before.
constexpr View kConnectors[] = {
    u", in coordination with ", u" in coordination with ",   u", in consultation with ",
    u" in consultation with ",  u", in collaboration with ", u" in collaboration with ",
    u", in partnership with ",  u" in partnership with ",    u", with support from ",
    u" with support from ",     u", supported by ",          u" supported by ",
    u", working with ",         u" working with ",           u", together with ",
    u" together with "};

// The bracket "(lead)" at the end of a name. Returns its length; 0 when there is none.
size_t RoleBracket(View name, Role* role) {
  if (name.empty() || !IsClosing(name.back())) return 0;
  const size_t open = name.find_last_of(u"（(");
  if (open == View::npos) return 0;
  const std::u16string word = Lower(name.substr(open + 1, name.size() - open - 2));
  if (word == u"lead" || word == u"lead agency" || word == u"co-lead" || word == u"leads") {
    *role = Role::kLead;
  } else if (word == u"support" || word == u"supporting" || word == u"partner") {
    *role = Role::kSupporting;
  } else {
    return 0;
  }
  return name.size() - open;
}

class Reader {
 public:
  Reader(const Text& text, const Stretch& list, Role role)
      : text_(text), list_(list), all_(list.text), role_(role) {}

  std::vector<NamedUnit> Run() {
    if (IsScope(all_)) return {};
    const bool semicolons = all_.find(u';') != View::npos || all_.find(u'；') != View::npos;
    Cut(semicolons);
    for (const Part& part : std::exchange(parts_, {})) {
      if (semicolons || parts_.empty() || Starts(part)) {
        parts_.push_back(part);
      } else {
        parts_.back().end = part.end;  // english.continues
        parts_.back().joined |= part.after_and;
      }
    }
    JoinForward();
    for (size_t i = 0; i < parts_.size(); ++i) Emit(i);
    return std::move(units_);
  }

 private:
  View Of(const Part& part) const { return all_.substr(part.begin, part.end - part.begin); }

  // "Foreign, Commonwealth and Development Office": one word that names no office before a name
  // whose words "and" joins.
  void JoinForward() {
    for (size_t i = parts_.size(); i-- > 1;) {
      Part& before = parts_[i - 1];
      if (!parts_[i].joined || parts_[i].after_and || StandsAlone(Of(before))) continue;
      if (Words(Of(before)).size() != 1 || all_[before.end] != u',') continue;
      before.end = parts_[i].end;
      before.joined = true;
      parts_.erase(parts_.begin() + static_cast<ptrdiff_t>(i));
    }
  }

  // The length of a separator at `i`; 0 when there is none.
  size_t Separator(size_t i, bool semicolons, bool* is_and, bool* supports) const {
    *is_and = false;
    *supports = false;
    for (const View word : kConnectors) {
      if (!StartsWith(all_.substr(i, 32), word)) continue;
      *supports = true;
      return word.size();
    }
    if (list_.in_cell && std::binary_search(list_.breaks.begin(), list_.breaks.end(), i)) return 1;
    if (all_[i] == u';' || all_[i] == u'；') return 1;
    if (semicolons) return 0;
    for (const View word : {u", as well as ", u" as well as ", u", and ", u" and ", u" & "}) {
      if (!StartsWith(all_.substr(i, 16), word)) continue;
      *is_and = true;
      return word.size();
    }
    return all_[i] == u',' || all_[i] == u'，' || all_[i] == u'、' ? 1 : 0;
  }

  void Cut(bool semicolons) {
    size_t depth = 0;
    size_t begin = 0;
    bool after_and = false;
    bool after_connector = false;
    for (size_t i = 0; i <= all_.size();) {
      bool is_and = false;
      bool supports = false;
      size_t length = 1;
      if (i < all_.size()) {
        if (IsOpening(all_[i])) ++depth;
        if (IsClosing(all_[i]) && depth > 0) --depth;
        length = depth > 0 ? 0 : Separator(i, semicolons, &is_and, &supports);
      }
      if (length == 0) {
        ++i;
        continue;
      }
      Push({begin, std::min(i, all_.size()), after_and, after_connector});
      i += length;
      begin = i;
      after_and = is_and;
      after_connector |= supports;
    }
  }

  void Push(Part part) {
    constexpr View kEdges = u" .,;:*";
    while (part.begin < part.end && kEdges.find(all_[part.begin]) != View::npos) ++part.begin;
    while (part.end > part.begin && kEdges.find(all_[part.end - 1]) != View::npos) --part.end;
    if (part.begin < part.end && parts_.size() < kMaxUnitsPerLabel) parts_.push_back(part);
  }

  // Only a name such as "Department for X" or "Ministry of X" goes on behind a comma.
  bool Starts(const Part& part) const {
    if (part.supports != parts_.back().supports) return true;
    const View before = Of(parts_.back());
    const bool subject =
        Contains(before, u" for ") || Contains(before, u" of ") || Contains(before, u" on ");
    if (StandsAlone(Of(part)) && StandsAlone(before)) return true;
    // The head may come with the last of a row: "CIO and Chief Data Officer Councils".
    if (part.after_and) return StandsAlone(before) ? !subject : SharesHead(part);
    return !subject || StandsAlone(Of(part));
  }

  bool SharesHead(const Part& part) const {
    const std::vector<View> words = Words(Of(part));
    return !words.empty() && IsHead(words.back()) && words.back().back() == u's';
  }

  void Emit(size_t i) {
    Part part = parts_[i];
    std::u16string name(Of(part));
    if (Words(name).empty()) return;  // "/" and "—" fill an empty cell
    for (const View article : {u"the ", u"The "}) {
      if (StartsWith(name, article)) name.erase(0, article.size());
    }
    if (i + 1 < parts_.size() && parts_[i + 1].after_and && !HasHead(name) &&
        SharesHead(parts_[i + 1])) {
      const std::vector<View> words = Words(Of(parts_[i + 1]));
      if (!IsAcronym(words[0]) || words.size() > 1) {
        name += u" " + Singular(words.back());
        singular_next_ = true;
      }
    } else if (singular_next_) {
      const View last = Words(name).back();
      name.replace(name.size() - last.size(), last.size(), Singular(last));
      singular_next_ = false;
    }
    NamedUnit unit;
    unit.role = part.supports ? Role::kSupporting : role_;
    if (const size_t bracket = RoleBracket(name, &unit.role); bracket > 0) {
      name.resize(name.size() - bracket);
      name = std::u16string(Trim(name));
    }
    for (std::u16string& whole : Distributed(name)) {
      NamedUnit same = unit;
      same.name = std::move(whole);
      Add(std::move(same), part);
    }
  }

  // "Departments of Energy, Commerce, and Labor": three departments.
  static std::vector<std::u16string> Distributed(const std::u16string& name) {
    const std::vector<View> words = Words(name);
    if (words.size() < 3 || words[0].back() != u's' || !IsHead(words[0]) ||
        (words[1] != u"of" && words[1] != u"for")) {
      return {name};
    }
    std::vector<std::u16string> whole;
    const auto from = static_cast<size_t>(words[2].data() - name.data());
    size_t begin = from;
    for (size_t i = from; i <= name.size(); ++i) {
      size_t mark = i < name.size() && name[i] == u',' ? 1 : 0;
      if (StartsWith(View(name).substr(i, 6), u", and ")) mark = 6;
      if (StartsWith(View(name).substr(i, 5), u" and ")) mark = 5;
      if (i < name.size() && mark == 0) continue;
      const View subject = Trim(View(name).substr(begin, i - begin));
      if (!subject.empty()) {
        whole.push_back(Singular(words[0]) + u" " + std::u16string(words[1]) + u" " +
                        std::u16string(subject));
      }
      begin = i + std::max<size_t>(mark, 1);
      i = begin - 1;
    }
    return whole.size() > 1 ? whole : std::vector<std::u16string>{name};
  }

  void Add(NamedUnit unit, const Part& part) {
    unit.lead_explicit = unit.role == Role::kLead;
    unit.range = text_.Origin(list_.at[part.begin], list_.at[part.end - 1] + 1);
    units_.push_back(std::move(unit));
  }

  static std::u16string Singular(View word) {
    if (EndsWith(word, u"ies")) return std::u16string(word.substr(0, word.size() - 3)) + u"y";
    return std::u16string(EndsWith(word, u"s") ? word.substr(0, word.size() - 1) : word);
  }

  const Text& text_;
  const Stretch& list_;
  View all_;
  Role role_;
  std::vector<Part> parts_;
  std::vector<NamedUnit> units_;
  bool singular_next_ = false;
};

struct Key {
  View word;
  RoleWord role;
};
constexpr Key kKeys[] = {{u"lead", RoleWord::kLead},
                         {u"responsible", RoleWord::kResponsible},
                         {u"implementing", RoleWord::kResponsible},
                         {u"accountable", RoleWord::kResponsible},
                         {u"owner", RoleWord::kResponsible},
                         {u"other", RoleWord::kSupporting},
                         {u"supporting", RoleWord::kSupporting},
                         {u"support", RoleWord::kSupporting},
                         {u"partner", RoleWord::kSupporting},
                         {u"collaborating", RoleWord::kSupporting},
                         {u"target date", RoleWord::kDeadline},
                         {u"deadline", RoleWord::kDeadline},
                         {u"due date", RoleWord::kDeadline},
                         {u"due", RoleWord::kDeadline},
                         {u"timeline", RoleWord::kDeadline},
                         {u"timeframe", RoleWord::kDeadline},
                         {u"completion date", RoleWord::kDeadline}};
// May follow the word of a key; anything else makes it a sentence: "Lead by example:".
constexpr View kKeyNouns[] = {u"actor",
                              u"actors",
                              u"agency",
                              u"agencies",
                              u"authority",
                              u"bodies",
                              u"body",
                              u"department",
                              u"departments",
                              u"entities",
                              u"entity",
                              u"government",
                              u"institution",
                              u"institutions",
                              u"ministries",
                              u"ministry",
                              u"office",
                              u"offices",
                              u"official",
                              u"organisation",
                              u"organisations",
                              u"organization",
                              u"organizations",
                              u"parties",
                              u"party",
                              u"partner",
                              u"partners",
                              u"stakeholders",
                              u"unit",
                              u"units",
                              u"implementing",
                              u"supporting",
                              u"responsible",
                              u"involved",
                              u"owner",
                              u"owners",
                              u"implementation",
                              u"delivery",
                              u"lead",
                              u"leads",
                              u"for",
                              u"and",
                              u"or",
                              u"by",
                              u"date",
                              u"s",
                              u"ies",
                              u"role",
                              u"community",
                              u"civil",
                              u"society",
                              u"other",
                              u"policy"};

}  // namespace

RoleKey EnglishRoleKeyAt(View text, size_t at) {
  constexpr size_t kLongest = 60;
  const std::u16string lower = Lower(text.substr(at, kLongest));
  const size_t colon = lower.find_first_of(u":：\n");
  if (colon == View::npos || lower[colon] == u'\n') return {};
  for (const Key& key : kKeys) {
    if (!StartsWith(lower, key.word)) continue;
    std::vector<View> words = Words(View(lower).substr(0, colon));
    const size_t own = Words(key.word).size();
    // "leads:", "partners:" are the words themselves.
    if (words[own - 1] != Words(key.word).back() &&
        words[own - 1].size() > Words(key.word).back().size() + 1) {
      return {};
    }
    words.erase(words.begin(), words.begin() + static_cast<ptrdiff_t>(own));
    const bool role = std::all_of(words.begin(), words.end(), [](View word) {
      return std::find(std::begin(kKeyNouns), std::end(kKeyNouns), word) != std::end(kKeyNouns);
    });
    if (!role || (key.word == u"other" && words.empty())) return {};
    return {key.role, colon + 1};
  }
  return {};
}

RoleKey EnglishDutyAt(View text, size_t at) {
  struct Duty {
    View words;
    RoleWord role;
  };
  constexpr Duty kDuties[] = {{u"Led by", RoleWord::kLead},
                              {u"Lead by", RoleWord::kLead},
                              {u"Implemented by", RoleWord::kResponsible},
                              {u"Delivered by", RoleWord::kResponsible},
                              {u"Supported by", RoleWord::kSupporting},
                              {u"With support from", RoleWord::kSupporting}};
  for (const Duty& duty : kDuties) {
    if (!StartsWith(text.substr(at, 20), duty.words)) continue;
    size_t i = at + duty.words.size();
    if (i < text.size() && (text[i] == u':' || text[i] == u'：')) ++i;
    if (i < text.size() && IsSpace(text[i])) return {duty.role, i - at};
  }
  return {};
}

bool IsEnglishUnit(View name) {
  return name.size() <= kLongestEnglishUnit && !name.empty() && name[0] >= u'A' &&
         name[0] <= u'Z' && StandsAlone(name);
}

std::vector<NamedUnit> ReadEnglishNames(const Text& text, const Stretch& list, Role role) {
  // english.keys: "Lead: X; Support: Y".
  std::vector<NamedUnit> units;
  size_t begin = 0;
  bool starts = true;
  const auto finish = [&](size_t end) {
    if (end <= begin) return;
    const Stretch part = list.Sub(begin, end);
    for (NamedUnit& unit : Reader(text, part, role).Run()) units.push_back(std::move(unit));
  };
  for (size_t i = 0; i < list.text.size(); ++i) {
    const char16_t c = list.text[i];
    if (c == u' ') continue;
    if (starts || std::binary_search(list.breaks.begin(), list.breaks.end(), i)) {
      const RoleKey key = EnglishRoleKeyAt(list.text, i);
      if (key.role != RoleWord::kNone && key.role != RoleWord::kDeadline) {
        finish(i);
        begin = i + key.length;
        role = key.role == RoleWord::kLead         ? Role::kLead
               : key.role == RoleWord::kSupporting ? Role::kSupporting
                                                   : Role::kResponsible;
      }
    }
    starts = c == u';' || c == u'；' || c == u'.';
  }
  finish(list.text.size());
  return units;
}

}  // namespace duban::plantext
