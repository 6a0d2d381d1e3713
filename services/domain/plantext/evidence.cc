#include "services/domain/plantext/evidence.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "duban_plantext_data.h"
#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/gbk.h"
#include "services/domain/plantext/limits.h"
#include "services/domain/plantext/pinyin.h"
#include "services/domain/plantext/script.h"

namespace duban::plantext {
namespace {

constexpr size_t kShortestName = 3;
constexpr size_t kLongestName = 30;
constexpr size_t kMostNames = 5'000;

std::u16string_view NameOf(std::u16string_view item) {
  for (const std::u16string_view tail : {u"负责", u"負責", u"牵头", u"牽頭"}) {
    if (EndsWith(item, tail)) item.remove_suffix(tail.size());
  }
  return item;
}

bool LooksUndamaged(std::u16string_view name) {
  return name.size() >= kShortestName && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(), IsHan);
}

bool IsLabel(std::u16string_view inside) {
  for (const std::u16string_view word :
       {u"单位", u"單位", u"部门：", u"部門：", u"负责", u"負責", u"牵头", u"牽頭"}) {
    if (Contains(inside, word)) return true;
  }
  return false;
}

// The names in one bracket, pinyin notes left out.
void NamesIn(std::u16string_view inside, std::vector<std::u16string>* names) {
  std::u16string item;
  const auto flush = [&] {
    const std::u16string_view name = NameOf(item);
    if (LooksUndamaged(name) && names->size() < kMostNames) names->emplace_back(name);
    item.clear();
  };
  bool toned = false;
  for (size_t i = 0; i < inside.size(); ++i) {
    const size_t note = PinyinNoteAt(inside, i, &toned);
    if (note > 0) {
      i += note - 1;
    } else if (IsHan(inside[i]) || inside[i] == u'?') {
      item.push_back(inside[i]);
    } else if (!IsSpace(inside[i])) {
      flush();
    }
  }
  flush();
}

std::vector<std::u16string> LabelNames(const Text& text) {
  std::vector<std::u16string> names;
  const std::u16string_view all = text.view();
  bool toned = false;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] != u'(' && all[i] != u'（') continue;
    if (PinyinNoteAt(all, i, &toned) > 0) continue;
    size_t end = i + 1;
    for (; end < all.size() && end - i < kMaxLabelUnits; ++end) {
      const size_t note = PinyinNoteAt(all, end, &toned);
      if (note > 0) end += note;
      if (end >= all.size() || IsClosing(all[end]) || IsOpening(all[end])) break;
    }
    const std::u16string_view inside = text.view(i + 1, std::min(end, all.size()));
    if (IsLabel(inside)) NamesIn(inside, &names);
    i = end - (end < all.size() && IsOpening(all[end]) ? 1 : 0);
  }
  return names;
}

}  // namespace

Evidence::Evidence(const Text& text, absl::Span<const RegisterName> names) {
  for (std::u16string& name : LabelNames(text)) Add(std::move(name), Source::kText);
  for (const RegisterName& name : names) AddBothScripts(name.name, Source::kRegister);
  for (const absl::string_view line : absl::StrSplit(data::kWordsTxt, '\n')) {
    if (line.empty() || line[0] == '#') continue;
    AddBothScripts(std::string(line), Source::kGeneral);
  }
}

void Evidence::AddBothScripts(const std::string& utf8, Source source) {
  const std::string traditional = ToTraditional(utf8);
  for (const std::string& script : {utf8, traditional}) {
    for (const absl::string_view word : absl::StrSplit(script, ' ', absl::SkipEmpty())) {
      Add(ToUtf16(word), source);
    }
  }
}

void Evidence::Add(std::u16string text, Source source) {
  if (text.size() < 2 || text.size() > kLongestName) return;
  const auto [at, added] = index_.emplace(text, static_cast<uint32_t>(words_.size()));
  if (!added) return;
  const uint32_t word = at->second;
  const uint16_t code = Gbk::Get().Encode(text[0]);
  if (code != 0) by_lead_[code >> 8].push_back(word);
  for (uint32_t i = 0; i + 1 < text.size(); ++i) holding_[text[i]].push_back({word, i});
  words_.push_back({std::move(text), source});
}

const std::vector<Evidence::Inside>& Evidence::Holding(char16_t c) const {
  static const std::vector<Inside> kNone;
  const auto found = holding_.find(c);
  return found == holding_.end() ? kNone : found->second;
}

}  // namespace duban::plantext
