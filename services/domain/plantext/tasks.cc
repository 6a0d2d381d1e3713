#include "services/domain/plantext/tasks.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "services/common/base/status.h"
#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/layout.h"
#include "services/domain/plantext/limits.h"
#include "services/domain/plantext/strings.h"
#include "services/domain/plantext/unit_shape.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

constexpr size_t kShortTitle = 42;     // a first sentence longer than this is no title by itself
constexpr size_t kShortSentence = 30;  // a sentence that may be a title where it is all there is
constexpr size_t kShortToLong = 3;     // short sentences for a long one in a list of titles
constexpr size_t kLongestTitle = 70;   // of a document whose tasks have titles
constexpr size_t kShortWestern = 50;   // a Western line that a new sentence may follow
constexpr size_t kLongestSection = 60;
constexpr size_t kLongestLine = 200;   // of a wrapped page
constexpr size_t kSentenceScan = 600;  // units in which a first sentence must end

// The stretch of 2025年6月底前 that ends before `end`; empty: none does.
View DateBefore(View text, size_t end) {
  size_t begin = end;
  if (begin > 0 &&
      (text[begin - 1] == u'底' || text[begin - 1] == u'末' || text[begin - 1] == u'初')) {
    --begin;
  }
  bool unit = false;
  bool year = false;
  while (begin > 0) {
    const char16_t c = text[begin - 1];
    const bool is_unit = c == u'年' || c == u'月' || c == u'日';
    if (!is_unit && !(IsDigit(c) && unit)) break;
    year |= c == u'年';
    unit = true;
    --begin;
  }
  if (unit && year && text[begin] == u'年' && begin > 0 &&
      (text[begin - 1] == u'今' || text[begin - 1] == u'本')) {
    --begin;
  }
  const View date = text.substr(begin, end - begin);
  return unit && (IsDigit(date[0]) || date[0] == u'今' || date[0] == u'本') ? date : View();
}

// 2025年底前, 6月30日前, each once.
std::vector<absl::string_view> DatesIn(View text, Strings* strings) {
  std::vector<absl::string_view> dates;
  for (size_t i = text.find(u'前'); i != View::npos; i = text.find(u'前', i + 1)) {
    const View date = DateBefore(text, i);
    if (date.empty() || dates.size() >= kMaxDatesPerTask) continue;
    const absl::string_view printed = strings->KeepOnce(std::u16string(date) + u"前");
    if (std::find(dates.begin(), dates.end(), printed) == dates.end()) dates.push_back(printed);
  }
  return dates;
}

class TaskReader {
 public:
  TaskReader(const Text& text, const Outline& outline, std::deque<Label> labels, Tables tables,
             Findings* findings)
      : text_(text),
        items_(outline.items),
        labels_(std::move(labels)),
        tables_(std::move(tables)),
        findings_(findings),
        page_width_(PageWidth(text)) {}

  absl::Status Run(size_t* first_task, ParsedPlan* plan) {
    FindChildren();
    AssignLabels();
    LiftLabelsOfLists();
    AddUnlabelledSiblings();
    MeasureTitles();
    *first_task = text_.size();
    std::deque<RowTask>& rows = tables_.tasks;
    const size_t count =
        static_cast<size_t>(std::count(is_task_.begin(), is_task_.end(), true)) + rows.size();
    if (count > kMaxTasks) {
      return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_TASKS",
                       absl::StrCat(count, " tasks; the limit is ", kMaxTasks),
                       {{"tasks", absl::StrCat(count)}, {"limit", absl::StrCat(kMaxTasks)}});
    }
    for (size_t i = 0; i <= items_.size(); ++i) {
      const size_t next = i < items_.size() ? items_[i].begin : text_.size();
      for (; !rows.empty() && rows.front().label.begin < next; rows.pop_front()) {
        if (tasks_.empty()) *first_task = rows.front().label.begin;
        EmitRow(rows.front(), static_cast<int>(i) - 1);
      }
      if (i == items_.size() || !is_task_[i]) continue;
      if (tasks_.empty()) *first_task = items_[i].begin;
      Emit(i);
    }
    plan->tasks = std::move(tasks_);
    plan->indicators = Indicators();
    plan->words = strings_.Take();
    return absl::OkStatus();
  }

  std::vector<Indicator> Indicators() const {
    std::vector<Indicator> indicators;
    size_t item = 0;
    for (const RowIndicator& row : tables_.indicators) {
      while (item < items_.size() && items_[item].begin <= row.begin) ++item;
      Indicator indicator{.name = ToUtf8(row.name), .measure = ToUtf8(row.measure)};
      indicator.section = ToUtf8(Section(static_cast<int>(item) - 1, tables_.groups[row.group]));
      indicator.range = text_.Origin(row.begin, row.end);
      for (const auto& [column, value] : row.values)
        indicator.values.push_back({ToUtf8(column), ToUtf8(value)});
      indicators.push_back(std::move(indicator));
    }
    return indicators;
  }

 private:
  // The children of all items one after another, in order; those of no item at the end.
  void FindChildren() {
    first_child_.assign(items_.size() + 2, 0);
    for (const Item& item : items_) ++first_child_[Row(item.parent) + 1];
    std::partial_sum(first_child_.begin(), first_child_.end(), first_child_.begin());
    children_.resize(items_.size());
    std::vector<uint32_t> next(first_child_.begin(), first_child_.end() - 1);
    for (size_t i = 0; i < items_.size(); ++i)
      children_[next[Row(items_[i].parent)]++] = static_cast<uint32_t>(i);
  }

  size_t Row(int parent) const {
    return parent >= 0 ? static_cast<size_t>(parent) : items_.size();
  }
  // Of items_.size(): those without a parent.
  absl::Span<const uint32_t> ChildrenOf(size_t item) const {
    return absl::MakeSpan(children_).subspan(first_child_[item],
                                             first_child_[item + 1] - first_child_[item]);
  }

  void AssignLabels() {
    of_item_.resize(items_.size());
    index_.assign(items_.size(), -1);
    is_task_.assign(items_.size(), false);
    size_t item = 0;
    spans_.reserve(labels_.size());
    for (size_t l = 0; l < labels_.size(); ++l) {
      spans_.push_back(
          {static_cast<uint32_t>(labels_[l].begin), static_cast<uint32_t>(labels_[l].end)});
      while (item + 1 < items_.size() && items_[item + 1].begin <= labels_[l].begin) ++item;
      if (items_.empty() || labels_[l].begin < items_[item].begin) {
        findings_->Doubt("tasks.label-outside", text_.Origin(labels_[l].begin, labels_[l].end),
                         text_.view(labels_[l].begin, labels_[l].end),
                         "units are named here, but no numbered item stands above");
        continue;
      }
      if (of_item_[item].count++ == 0) of_item_[item].first = static_cast<uint32_t>(l);
      if (!labels_[l].units.empty()) is_task_[item] = true;
    }
  }

  bool HasLabelBelow(size_t item) const {
    const absl::Span<const uint32_t> children = ChildrenOf(item);
    return std::any_of(children.begin(), children.end(),
                       [this](size_t child) { return is_task_[child] || HasLabelBelow(child); });
  }

  // "（1）…；（2）…。（责任单位：X）": X is named for the whole list, hence for what stands above
  // it.
  void LiftLabelsOfLists() {
    ends_list_.resize(items_.size());
    for (size_t parent = 0; parent < items_.size(); ++parent)
      ends_list_[parent] = OnlyLastBears(parent);
    for (size_t parent = items_.size(); parent-- > 0;) {
      const absl::Span<const uint32_t> list = ChildrenOf(parent);
      if (!ends_list_[parent] || !OnlyLastBears(parent) || !IsSubList(parent, list)) continue;
      const size_t last = list.back();
      of_item_[parent] = std::exchange(of_item_[last], {});
      is_task_[last] = false;
      is_task_[parent] = true;
      body_end_[parent] = items_[last].end;
    }
  }

  // Of the list below an item, the last point alone bears a label.
  bool OnlyLastBears(size_t parent) const {
    const absl::Span<const uint32_t> list = ChildrenOf(parent);
    if (list.empty() || of_item_[parent].count > 0) return false;
    const size_t last = list.back();
    if (list.size() == 1 && !(items_[last].level >= Level::kFourth && LabelHasALine(last)))
      return false;
    if (!is_task_[last] || !ChildrenOf(last).empty()) return false;
    return std::none_of(list.begin(), list.end() - 1,
                        [this](size_t child) { return is_task_[child] || HasLabelBelow(child); });
  }

  // Its label stands on a line of its own.
  bool LabelHasALine(size_t item) const {
    if (of_item_[item].count == 0) return false;
    size_t i = spans_[of_item_[item].first].begin;
    while (i > 0 && IsBlank(text_[i - 1])) --i;
    return i > 0 && text_[i - 1] == u'\n';
  }

  // Points of one task rather than tasks of one section.
  bool IsSubList(size_t parent, absl::Span<const uint32_t> list) const {
    if (items_[list[0]].level >= Level::kFourth) return true;
    if (items_[parent].level >= Level::kSecond && items_[parent].level != Level::kMeasure) {
      // Its siblings bear labels themselves.
      const int above = items_[parent].parent;
      if (above < 0) return false;
      const absl::Span<const uint32_t> siblings = ChildrenOf(static_cast<size_t>(above));
      if (std::any_of(siblings.begin(), siblings.end(),
                      [this](size_t s) { return of_item_[s].count > 0; })) {
        return true;
      }
      // Or every list of theirs ends with one.
      const auto lists = std::count_if(siblings.begin(), siblings.end(),
                                       [this](size_t s) { return ChildrenOf(s).size() >= 2; });
      return lists >= 2 && lists == std::count_if(siblings.begin(), siblings.end(),
                                                  [this](size_t s) { return ends_list_[s]; });
    }
    return false;
  }

  // An item without label among labelled siblings is a task whose units are missing; where most
  // have none, it is doubted.
  void AddUnlabelledSiblings() {
    std::vector<size_t> added;
    for (size_t parent = 0; parent <= items_.size(); ++parent) {
      const absl::Span<const uint32_t> siblings = ChildrenOf(parent);
      size_t labelled = 0;
      for (const size_t s : siblings) labelled += is_task_[s];
      if (labelled == 0 || labelled == siblings.size()) continue;
      const bool most = siblings.size() >= 3 && labelled * 3 >= siblings.size() * 2;
      for (const size_t s : siblings) {
        if (is_task_[s] || HasLabelBelow(s) || items_[s].level == Level::kInline) continue;
        // The label of the last one of a text may have been cut off with its end.
        const bool cut = s + 1 == items_.size() && labelled * 2 >= siblings.size();
        if (most || cut) {
          added.push_back(s);
        } else {
          findings_->Doubt("tasks.unlabelled", text_.Origin(items_[s].begin, items_[s].text),
                           text_.view(items_[s].begin, items_[s].text),
                           "some of its neighbours name responsible units; not read as a task");
        }
      }
    }
    for (const size_t s : added) {
      is_task_[s] = true;
      findings_->Doubt("tasks.no-units", text_.Origin(items_[s].begin, items_[s].text),
                       text_.view(items_[s].begin, items_[s].text),
                       "its neighbours name responsible units; this one names none");
    }
  }

  size_t OwnEnd(size_t item) const {
    const auto lifted = body_end_.find(item);
    if (lifted != body_end_.end()) return lifted->second;
    return items_[item].end;
  }

  size_t FirstLabel(size_t item) const {
    return of_item_[item].count == 0 ? OwnEnd(item) : spans_[of_item_[item].first].begin;
  }

  // Where a label stands.
  struct Span {
    uint32_t begin;
    uint32_t end;
  };
  // The labels of an item: they follow one another.
  struct Own {
    uint32_t first = 0;
    uint32_t count = 0;
  };

  struct Lead {
    size_t end = 0;    // of the first sentence or heading line, its mark not included
    size_t after = 0;  // where the body begins
    bool has_body = false;
    bool is_line = false;  // a heading line of its own
  };

  // The first sentence of an item, or its first line where that is a heading.
  Lead FirstSentence(size_t item) const {
    const size_t begin = items_[item].text;
    const size_t limit = FirstLabel(item);
    Lead lead{.end = limit, .after = limit};
    for (size_t i = begin; i < std::min(limit, begin + kSentenceScan); ++i) {
      const char16_t c = text_[i];
      if (c == u'。' || c == u'！' || c == u'？') {
        lead = {.end = i, .after = i + 1};
        break;
      }
      if ((c == u'：' || c == u':') && Trim(text_.view(begin, i)).size() > 3 &&
          i - begin <= kShortTitle && i + 1 < limit && text_[i + 1] == u'\n') {
        lead = {.end = i, .after = i + 1, .is_line = true};
        break;
      }
      if (c == u'\n' && IsHeadingLine(begin, i, limit)) {
        lead = {.end = i, .after = i + 1, .is_line = true};
        break;
      }
    }
    lead.has_body = !Trim(text_.view(lead.after, std::max(lead.after, limit))).empty() ||
                    HasBodyAfterLabel(item);
    return lead;
  }

  // "1.推进甲事（责任单位：X）" on a line and its text below.
  bool HasBodyAfterLabel(size_t item) const {
    if (of_item_[item].count != 1 || !ChildrenOf(item).empty()) return false;
    const size_t begin = spans_[of_item_[item].first].end;
    return Trim(text_.view(begin, std::max(begin, std::min(OwnEnd(item), begin + kSentenceScan))))
               .size() > 1;
  }

  std::u16string Sentence(size_t item, const Lead& lead) const {
    const size_t begin = items_[item].text;
    return Squeeze(text_.view(begin, std::min(lead.end, begin + kSentenceScan)));
  }

  // A line without a full stop that ends before the page does.
  bool IsHeadingLine(size_t begin, size_t end, size_t limit) const {
    const View line = Trim(text_.view(begin, end));
    if (line.empty() || line.size() > kLongestTitle) return false;
    size_t next_end = end + 1;
    while (next_end < limit && text_[next_end] != u'\n') ++next_end;
    const size_t next = Trim(text_.view(end + 1, next_end)).size();
    const Item& item = items_[ItemOfText(begin)];
    if (item.level <= Level::kHeading6 || text_[item.begin] == u'#') return true;
    // Nothing that stops well before the page does, or that a list or label follows, goes on.
    const View below = Trim(text_.view(end + 1, std::min(limit, end + 8)));
    constexpr View kBullets = u"-•*|—";
    if (!below.empty() && kBullets.find(below.front()) != View::npos) return true;
    if ((line.size() + (begin - LineStart(begin))) * 5 < page_width_ * 3) return true;
    const bool western = CountHan(line) == 0 && line.size() <= kShortWestern && line.back() != u',';
    if (western && !below.empty() && below.front() >= u'A' && below.front() <= u'Z') return true;
    // In a wrapped text a line that goes on is nearly as long as the next one.
    const size_t full = line.size() + (begin - LineStart(begin));
    return next == 0 ? true : full + 4 < std::min<size_t>(next, 200) || next > 60 + full;
  }

  size_t ItemOfText(size_t begin) const {
    const auto item = std::upper_bound(items_.begin(), items_.end(), begin,
                                       [](size_t at, const Item& i) { return at < i.text; });
    return item == items_.begin() ? 0 : item - items_.begin() - 1;
  }

  size_t LineStart(size_t at) const {
    size_t i = at;
    while (i > 0 && text_[i - 1] != u'\n' && at - i < kLongestLine) --i;
    return i;
  }

  // Whether tasks of a level have titles: most of their first sentences are short and lead a body.
  void MeasureTitles() {
    struct Count {
      size_t titled = 0;
      size_t untitled = 0;
      size_t alone = 0;  // short sentences that are all there is: body or title
    };
    std::map<Level, Count> counts;
    for (size_t i = 0; i < items_.size(); ++i) {
      if (!is_task_[i]) continue;
      const Lead lead = FirstSentence(i);
      const size_t length = Sentence(i, lead).size();
      Count& count = counts[items_[i].level];
      if (length > kShortTitle) {
        ++count.untitled;
      } else if (length > 0 && (lead.has_body || lead.is_line)) {
        ++count.titled;
      } else if (length > 0 && length <= kShortSentence && items_[i].level != Level::kInline &&
                 items_[i].level != Level::kMeasure) {
        ++count.alone;
      }
    }
    for (const auto& [level, count] : counts) {
      // Where most tasks are one short sentence, the few long ones are longer titles.
      titled_[level] = count.titled > count.untitled ||
                       count.titled + count.alone > kShortToLong * count.untitled;
    }
  }

  std::u16string Heading(size_t item) const {
    const Lead lead = FirstSentence(item);
    const size_t end = ChildrenOf(item).empty() ? lead.end : std::min<size_t>(lead.end, items_[item].end);
    std::u16string heading = Sentence(item, {.end = end});
    for (size_t i = 0; i < heading.size(); ++i) {
      if (IntroducesMeasures(heading, i)) heading.resize(i);
    }
    if (heading.size() > kLongestSection) heading.clear();
    while (!heading.empty() && (heading.back() == u'*' || heading.back() == u'：'))
      heading.pop_back();
    return heading;
  }

  std::u16string SectionOf(size_t item) const { return PathTo(items_[item].parent); }

  // The headings from the outermost down to `item`; the title of the document is none.
  std::u16string PathTo(int item) const {
    std::u16string path;
    for (int up = item; up >= 0; up = items_[up].parent) {
      const Item& above = items_[up];
      if (above.level == Level::kHeading1) continue;
      std::u16string name = above.level <= Level::kHeading6 ? u"" : NumberOf(text_, above);
      const std::u16string heading = is_task_[up] ? TitleOf(up) : Heading(up);
      if (above.level == Level::kFirst && !heading.empty()) name += u'、';
      if (above.level == Level::kArticle && !heading.empty()) name += u' ';
      if (above.level == Level::kThird && !heading.empty()) name += u'.';
      name += heading;
      path = path.empty() ? name : name + u" > " + path;
    }
    return path;
  }

  std::u16string TitleOf(size_t item) const {
    const auto titled = titled_.find(items_[item].level);
    const Lead lead = FirstSentence(item);
    if (!lead.is_line && (titled == titled_.end() || !titled->second)) return {};
    std::u16string title = Sentence(item, lead);
    while (!title.empty() && (title.back() == u'*' || title.back() == u'.')) title.pop_back();
    while (!title.empty() && title.front() == u'*') title.erase(0, 1);
    if (title.size() > kLongestTitle) title.clear();
    return title;
  }

  std::u16string BodyOf(size_t item, bool titled) const {
    size_t begin = titled ? FirstSentence(item).after : items_[item].text;
    std::u16string body;
    const Own own = of_item_[item];
    for (size_t l = own.first; l < own.first + own.count; ++l) {
      if (spans_[l].begin > begin) body += Squeeze(text_.view(begin, spans_[l].begin));
      begin = std::max<size_t>(begin, spans_[l].end);
    }
    if (own.count == 0 || body.empty())
      body = Squeeze(text_.view(begin, std::max(begin, OwnEnd(item))));
    return body;
  }

  void AddUnits(const Label& label, int segment, ParsedTask* task) {
    task->units.reserve(task->units.size() + label.units.size());
    for (const NamedUnit& unit : label.units) {
      task->units.push_back(
          {.name = strings_.KeepOnce(unit.name),
           .range = unit.range,
           .segment = segment,
           .role = unit.role,
           .kind = IsCollective(unit.name) ? UnitKind::kCollective : UnitKind::kUnit,
           .lead_explicit = unit.lead_explicit,
           .lead_hint = unit.first && !label.says_lead && !label.first_leads &&
                        unit.role == Role::kResponsible});
    }
  }

  int TaskAbove(int item) const {
    while (item >= 0 && index_[static_cast<size_t>(item)] < 0) item = items_[item].parent;
    return item < 0 ? -1 : index_[static_cast<size_t>(item)];
  }

  // Of a row in a table below `item`; -1: below none.
  std::u16string Section(int item, const std::u16string& group) const {
    std::u16string section = item < 0 ? u"" : PathTo(item);
    if (!group.empty()) section += (section.empty() ? u"" : u" > ") + group;
    return section;
  }

  // `item`: the item in which the table stands; -1 when there is none.
  void EmitRow(const RowTask& row, int item) {
    ParsedTask task;
    task.number = strings_.Keep(row.number);
    task.title = strings_.Keep(row.title);
    task.body = strings_.Keep(row.body);
    task.deadline = strings_.KeepOnce(row.deadline);
    task.section = strings_.KeepOnce(Section(item, tables_.groups[row.group]));
    task.dates = DatesIn(row.title + u"。" + row.body, &strings_);
    task.range = text_.Origin(row.label.begin, row.label.end);
    AddUnits(row.label, 0, &task);
    task.parent = TaskAbove(item);
    tasks_.push_back(std::move(task));
  }

  // "Commitment 3: Open contracting" → 3 and "Open contracting".
  static void SplitWordNumber(std::u16string* number, std::u16string* title) {
    const size_t blank = title->find(u' ');
    if (blank == std::u16string::npos || blank == 0 || !IsLatin((*title)[0])) return;
    size_t i = blank + 1;
    while (i < title->size() && (IsDigit((*title)[i]) || ((*title)[i] == u'.' && i > blank + 1)))
      ++i;
    if (i == blank + 1 || i >= title->size()) return;
    std::u16string digits = title->substr(blank + 1, i - blank - 1);
    if (digits.back() != u'.' && (*title)[i] != u':' && (*title)[i] != u'：' && (*title)[i] != u' ')
      return;
    while (i < title->size() &&
           (IsSpace((*title)[i]) ||
            std::u16string_view(u":：-–—").find((*title)[i]) != std::u16string_view::npos))
      ++i;
    if (i >= title->size()) return;
    while (!digits.empty() && digits.back() == u'.') digits.pop_back();
    *number = std::move(digits);
    title->erase(0, i);
  }

  // Items, hence their labels, are asked for in order; those before go.
  Label TakeLabel(size_t l) {
    for (; taken_ < l; ++taken_) labels_.pop_front();
    ++taken_;
    Label label = std::move(labels_.front());
    labels_.pop_front();
    return label;
  }

  void Emit(size_t item) {
    ParsedTask task;
    std::u16string number = NumberOf(text_, items_[item]);
    std::u16string title = TitleOf(item);
    if (items_[item].level <= Level::kHeading6) {
      number.clear();
      SplitWordNumber(&number, &title);
    }
    task.number = strings_.Keep(number);
    task.title = strings_.Keep(title);
    task.section = strings_.KeepOnce(SectionOf(item));
    const std::u16string body = BodyOf(item, !title.empty());
    task.body = strings_.Keep(body);
    task.dates = DatesIn(title + u"。" + body, &strings_);
    const Own own = of_item_[item];
    size_t end = OwnEnd(item);
    if (own.count > 0) end = spans_[own.first + own.count - 1].end;
    while (end > items_[item].begin && IsSpace(text_[end - 1])) --end;
    task.range = text_.Origin(items_[item].begin, end);
    for (size_t segment = 0; segment < own.count; ++segment) {
      const Label label = TakeLabel(own.first + segment);
      if (!label.deadline.empty()) task.deadline = strings_.KeepOnce(label.deadline);
      AddUnits(label, static_cast<int>(segment), &task);
    }
    task.parent = TaskAbove(items_[item].parent);
    index_[item] = static_cast<int>(tasks_.size());
    tasks_.push_back(std::move(task));
  }

  const Text& text_;
  const std::vector<Item>& items_;
  std::deque<Label> labels_;  // from the one after the last that was taken on
  size_t taken_ = 0;
  std::vector<Span> spans_;  // of all labels
  Tables tables_;            // its tasks go as they are taken
  Findings* findings_;
  size_t page_width_;
  std::vector<uint32_t> children_, first_child_;
  std::vector<Own> of_item_;
  std::vector<bool> is_task_;
  std::vector<bool> ends_list_;        // whether only the last of its children bears a label
  std::map<size_t, size_t> body_end_;  // of items that took over the label of their list
  std::map<Level, bool> titled_;
  std::vector<int> index_;  // task of each item; -1: it is none
  std::deque<ParsedTask> tasks_;
  Strings strings_;
};

}  // namespace

absl::Status ReadTasks(const Text& text, const Outline& outline, std::deque<Label> labels,
                       Tables tables, Findings* findings, size_t* first_task, ParsedPlan* plan) {
  return TaskReader(text, outline, std::move(labels), std::move(tables), findings)
      .Run(first_task, plan);
}

}  // namespace duban::plantext
