#include "services/domain/plantext/header.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "services/domain/plantext/chars.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

constexpr size_t kLongestTitle = 120;
constexpr size_t kLongestTitleLine = 70;
constexpr size_t kLongestHeader = 20'000;
constexpr size_t kSignatureTail = 600;
constexpr size_t kLongestArea = 60;

// What kinds of document plans are; a title ends with one.
constexpr View kGenres[] = {u"方案", u"计划",   u"规划",   u"措施",  u"意见", u"办法", u"要点",
                            u"分工", u"清单",   u"细则",   u"行动",  u"安排", u"决定", u"政策",
                            u"任务", u"通知",   u"纲要",   u"指引",  u"指南", u"规定", u"条例",
                            u"举措", u"责任书", u"分解", u"分解表", u"台账",  u"通告", u"公告", u"若干条",
                            u"目标", u"报告",   u"任务书", u"路线图"};

// Brackets at the end of a title say which years or that it is a draft.
View WithoutTail(View title) {
  while (!title.empty() && IsClosing(title.back())) {
    size_t i = title.size();
    while (i > 0 && !IsOpening(title[i - 1])) --i;
    if (i == 0) break;
    title = Trim(title.substr(0, i - 1));
  }
  return title;
}

bool EndsAsTitle(View line) {
  const View core = WithoutTail(line);
  if (std::any_of(std::begin(kGenres), std::end(kGenres),
                  [&](View genre) { return EndsWith(core, genre); })) {
    return true;
  }
  // "加快发展的若干措施（24条）", "二十条"
  return EndsWith(core, u"条") && core.size() > 6;
}

bool IsDateLine(View line) {
  const std::u16string squeezed = Squeeze(line);
  return squeezed.size() >= 7 && squeezed.size() <= 16 && IsDigit(squeezed[0]) &&
         Contains(squeezed, u"年") && Contains(squeezed, u"月");
}

struct HeaderLine {
  size_t begin = 0;
  size_t end = 0;
  std::u16string text;
};

bool IsField(View line) {
  const size_t colon = line.find_first_of(u"：:");
  return colon != View::npos && colon <= 8;
}

// "某市方案_某市政府网": a page's title names its site, too.
std::u16string WithoutSite(std::u16string title) {
  const size_t mark = title.find_first_of(u"_|");
  if (mark != View::npos && EndsAsTitle(View(title).substr(0, mark))) title.resize(mark);
  return title;
}

std::vector<HeaderLine> HeaderLines(const Text& text, size_t end) {
  std::vector<HeaderLine> lines;
  size_t begin = 0;
  for (size_t i = 0; i <= end; ++i) {
    if (i < end && text[i] != u'\n') continue;
    std::u16string line = Squeeze(text.view(begin, i));
    while (!line.empty() && (line[0] == u'#' || line[0] == u' ' || line[0] == u'*'))
      line.erase(0, 1);
    while (!line.empty() && line.back() == u'*') line.pop_back();
    lines.push_back({begin, i, WithoutSite(std::move(line))});
    begin = i + 1;
  }
  return lines;
}

bool CanBeTitlePart(View line) {
  if (line.size() < 4 || line.size() > kLongestTitleLine || CountHan(line) < 4) return false;
  if (Contains(line, u"。") || Contains(line, u"；") || line.back() == u'：' ||
      line.back() == u'，' || line.back() == u'、') {
    return false;
  }
  return !IsField(line) && !IsDateLine(line) && !IsOpening(line.front()) &&
         !Contains(line, u"号") && line.front() != u'|' && !StartsWith(line, u"附件");
}

// The last title before the tasks: a notice comes first, the plan that it issues after it. A line
// below sentences is the heading of a part, unless a signature or 附件 stands between.
std::u16string FindTitle(const std::vector<HeaderLine>& lines) {
  std::u16string title;
  bool below_sentences = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    const View line = lines[i].text;
    if (IsDateLine(line) || StartsWith(line, u"附件") || StartsWith(line, u"附：")) {
      below_sentences = false;
    } else if (!title.empty() && Contains(line, u"。")) {
      below_sentences = true;
    }
    if (!CanBeTitlePart(line) || !EndsAsTitle(line)) continue;
    if (below_sentences && title.find(line) == View::npos) continue;
    std::u16string whole(line);
    // The lines just above belong to it while they are the head of one that is cut.
    for (size_t above = i; above-- > 0 && i - above <= 3;) {
      const View part = lines[above].text;
      // A blank line between the two where the title above has both.
      if (part.empty() && above > 0 && !lines[above - 1].text.empty() &&
          title.find(lines[above - 1].text + whole) != View::npos) {
        continue;
      }
      const bool whole_already = StartsWith(whole, u"关于") || part.empty() || EndsAsTitle(part);
      if (!CanBeTitlePart(part) || (whole_already && !EndsWith(part, u"印发")) ||
          whole.size() + part.size() > kLongestTitle || Contains(part, u"文件")) {
        break;
      }
      whole.insert(0, part);
    }
    title = whole;
  }
  return title;
}

// The value of a field such as 标题： on its line or on the next filled one.
std::u16string Field(const std::vector<HeaderLine>& lines, std::initializer_list<View> names) {
  for (size_t i = 0; i < lines.size(); ++i) {
    std::u16string line;
    for (const char16_t c : lines[i].text) {
      if (!IsSpace(c)) line.push_back(c);
    }
    for (const View name : names) {
      if (!StartsWith(line, name) || line.size() <= name.size()) continue;
      if (line[name.size()] != u'：' && line[name.size()] != u':') continue;
      std::u16string value = line.substr(name.size() + 1);
      for (size_t next = i + 1; value.empty() && next < lines.size() && next < i + 4; ++next) {
        value = lines[next].text;
      }
      return IsField(value) ? std::u16string() : value;
    }
  }
  return {};
}

// 国发〔2019〕3号, blanks and kinds of brackets aside.
std::u16string DocumentNumber(View header) {
  const std::u16string text = Squeeze(header);
  for (size_t i = 1; i + 7 < text.size(); ++i) {
    if (!IsOpening(text[i]) || !IsHan(text[i - 1])) continue;
    size_t year = i + 1;
    while (year < text.size() && IsDigit(text[year])) ++year;
    if (year - i - 1 != 4 || !IsClosing(text[year])) continue;
    size_t end = year + 1;
    if (end < text.size() && text[end] == u'第') ++end;
    const size_t digits = end;
    while (end < text.size() && IsDigit(text[end])) ++end;
    size_t mark = end;
    while (mark < text.size() && text[mark] == u' ') ++mark;
    if (end == digits || mark >= text.size() || text[mark] != u'号') continue;
    size_t begin = i;
    while (begin > 0 && IsHan(text[begin - 1]) && i - begin < 12) --begin;
    // 《…》（某发〔2016〕76号）: of another document.
    if (begin > 1 && IsOpening(text[begin - 1]) && text[begin - 2] == u'》') continue;
    return text.substr(begin, i - begin) + u"〔" + text.substr(i + 1, 4) + u"〕" +
           text.substr(digits, end - digits) + u"号";
  }
  return {};
}

int Number(View text, size_t* i) {
  int value = 0;
  while (*i < text.size() && IsDigit(text[*i]) && value < 10000)
    value = value * 10 + (text[(*i)++] - u'0');
  return value;
}

// 2019年1月12日 and 2025-07-11 → YYYY-MM-DD.
std::string IsoDate(View text) {
  for (size_t i = 0; i + 5 < text.size(); ++i) {
    if (!IsDigit(text[i]) || (i > 0 && IsDigit(text[i - 1]))) continue;
    size_t at = i;
    const int year = Number(text, &at);
    if (year < 1949 || year > 2199 || at >= text.size() ||
        (text[at] != u'年' && text[at] != u'-')) {
      continue;
    }
    const bool chinese = text[at++] == u'年';
    while (at < text.size() && text[at] == u' ') ++at;
    const int month = Number(text, &at);
    if (month < 1 || month > 12) continue;
    const bool marked = at < text.size() && text[at] == (chinese ? u'月' : u'-');
    if (!marked) continue;
    ++at;
    while (at < text.size() && text[at] == u' ') ++at;
    const int day = Number(text, &at);
    if (day < 1 || day > 31) return absl::StrFormat("%04d-%02d", year, month);
    return absl::StrFormat("%04d-%02d-%02d", year, month, day);
  }
  return "";
}

// The line above the date that signs the text.
void Signature(const std::vector<HeaderLine>& lines, std::u16string* issuer, std::string* date) {
  for (size_t i = 1; i < lines.size(); ++i) {
    if (!IsDateLine(lines[i].text) || CountHan(lines[i].text) > 4) continue;
    size_t above = i - 1;
    while (above > 0 && lines[above].text.empty()) --above;
    const View signer = lines[above].text;
    if (signer.size() < 3 || signer.size() > 30 || CountHan(signer) != signer.size()) continue;
    if (issuer->empty()) *issuer = signer;
    if (date->empty()) *date = IsoDate(Squeeze(lines[i].text));
    return;
  }
}

// The own text of the first item whose heading has one of the words.
std::u16string SectionText(const Text& text, const Outline& outline, size_t before,
                           std::initializer_list<View> words) {
  for (const Item& item : outline.items) {
    if (item.begin >= before) break;
    const View own = text.view(item.text, item.end);
    const size_t line_end = std::min(own.find(u'\n'), own.find(u'。'));
    if (line_end == View::npos || line_end > 30) continue;
    const View heading = own.substr(0, line_end);
    if (std::none_of(words.begin(), words.end(), [&](View w) { return Contains(heading, w); })) {
      continue;
    }
    const std::u16string body = Squeeze(own.substr(line_end + 1));
    if (!body.empty()) return body;
  }
  return {};
}

// The number of km² that begins `text`, in thousandths; 0: none does.
int64_t MilliKm2(View text) {
  int64_t milli = 0;
  int decimals = -1;
  size_t i = 0;
  for (; i < text.size() && (IsDigit(text[i]) || text[i] == u'.') && milli < 1'000'000'000; ++i) {
    if (text[i] == u'.') {
      if (decimals >= 0) break;
      decimals = 0;
    } else if (decimals < 3) {
      milli = milli * 10 + (text[i] - u'0');
      if (decimals >= 0) ++decimals;
    }
  }
  for (decimals = std::max(decimals, 0); decimals < 3; ++decimals) milli *= 10;
  while (i < text.size() && text[i] == u' ') ++i;
  const View unit = text.substr(i, 4);
  return StartsWith(unit, u"平方公里") || StartsWith(unit, u"平方千米") ? milli : 0;
}

// "漕河泾片区（约12.5平方公里）", "滨江片区8平方公里".
Area ReadArea(View text) {
  const size_t digit = std::find_if(text.begin(), text.end(), IsDigit) - text.begin();
  Area area{.milli_km2 = MilliKm2(text.substr(digit))};
  if (area.milli_km2 > 0) {
    text = text.substr(0, digit);
    for (const View word : {u"约", u"为", u"面积", u"规划", u"（", u"(", u"，"}) {
      while (EndsWith(text, word)) text.remove_suffix(word.size());
    }
  }
  area.name = ToUtf8(Trim(text));
  return area;
}

// The pieces of a list between marks outside of brackets.
std::vector<View> Pieces(View list) {
  std::vector<View> pieces;
  size_t begin = 0;
  size_t depth = 0;
  for (size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size()) {
      if (IsOpening(list[i])) ++depth;
      if (IsClosing(list[i]) && depth > 0) --depth;
      if (depth > 0 || (list[i] != u'、' && list[i] != u'，' && list[i] != u'；')) continue;
    }
    pieces.push_back(Trim(list.substr(begin, i - begin)));
    begin = i + 1;
  }
  return pieces;
}

void ReadAreas(View scope, ParsedPlan* plan) {
  const size_t end = std::min(scope.find(u"总面积"), scope.find(u"面积"));
  const size_t verb = scope.find(u"包括");
  const size_t total = scope.find(u"总面积");
  if (verb != View::npos && (total == View::npos || verb < total)) {
    View list = scope.substr(verb + 2, total == View::npos ? View::npos : total - verb - 2);
    list = list.substr(0, list.find(u'。'));
    for (const View piece : Pieces(list)) {
      if (piece.size() < 2 || piece.size() > kLongestArea || StartsWith(piece, u"面积")) continue;
      plan->areas.push_back(ReadArea(piece));
    }
  }
  if (end == View::npos) return;
  const View figure = scope.substr(total == View::npos ? end : total);
  const size_t digit = std::find_if(figure.begin(), figure.end(), IsDigit) - figure.begin();
  plan->total_area_milli_km2 = MilliKm2(figure.substr(digit));
}

// "自2025年5月1日起施行", the last one that is said.
std::string EffectiveDate(View text) {
  for (size_t at = text.rfind(u"起施行"); at != View::npos && at > 0;
       at = text.rfind(u"起施行", at - 1)) {
    const size_t from = text.substr(0, at).rfind(u'自');
    if (from != View::npos && at - from < 20) {
      const std::string date = IsoDate(Squeeze(text.substr(from + 1, at - from - 1)));
      if (!date.empty()) return date;
    }
  }
  return "";
}

// "某办公室 2025年4月18日印发".
std::string PrintDate(const std::vector<HeaderLine>& lines) {
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    const View words = line->text;
    if (!EndsWith(words, u"印发") || words.size() > 60) continue;
    const size_t digit = std::find_if(words.begin(), words.end(), IsDigit) - words.begin();
    const std::string date = IsoDate(words.substr(digit));
    if (!date.empty()) return date;
  }
  return "";
}

// The title in the front matter or first heading of a Markdown file.
std::u16string MarkdownTitle(View text) {
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find(u'\n', at);
    if (end == View::npos) end = text.size();
    const View line = text.substr(at, end - at);
    if (StartsWith(line, u"# ")) return Squeeze(line.substr(2));
    at = end + 1;
  }
  return {};
}

// A Western text that is not Markdown has its title on its first line.
std::u16string FirstLine(const std::vector<HeaderLine>& lines) {
  for (const HeaderLine& line : lines) {
    if (line.text.empty()) continue;
    const bool title =
        line.text.size() <= kLongestTitle && line.text.back() != u'.' && line.text.front() != u'|';
    return title ? line.text : std::u16string();
  }
  return {};
}

// Where the first numbered piece begins. Headings without a number may be the title itself.
size_t HeaderEnd(const Outline& outline, size_t first_task) {
  for (const Item& item : outline.items) {
    if (item.level > Level::kHeading6) return std::max<size_t>(std::min<size_t>(item.begin, first_task), 1);
  }
  return std::max<size_t>(first_task, 1);
}

}  // namespace

void ReadHeader(const Text& text, const Outline& outline, size_t first_task, ParsedPlan* plan,
                Findings* findings) {
  // The title stands before the first numbered piece; with nothing there, before the first task.
  const size_t header_end = std::min(HeaderEnd(outline, first_task), kLongestHeader);
  const std::vector<HeaderLine> lines = HeaderLines(text, std::min(header_end, text.size()));
  std::u16string title = FindTitle(lines);
  if (title.empty()) title = Field(lines, {u"标题", u"名称", u"信息名称"});
  if (title.empty()) title = MarkdownTitle(text.view(0, std::min(first_task, kLongestHeader)));
  if (title.empty() && CountHan(text.view()) == 0) title = FirstLine(lines);
  if (title.empty()) {
    for (const HeaderLine& line : lines) {
      if (CanBeTitlePart(line.text) && title.empty()) title = line.text;
    }
    findings->Doubt(
        "header.title", text.Origin(0, std::min<size_t>(text.size(), 40)), title,
        title.empty() ? "no title found" : "no line looks like a title; the first was taken");
  }
  plan->title = ToUtf8(title);

  std::u16string number = Field(lines, {u"发文字号", u"文号", u"发文文号"});
  if (DocumentNumber(number).empty()) {
    number.clear();
    for (const HeaderLine& line : lines) {
      if (number.empty() && line.text.size() < 60) number = DocumentNumber(line.text);
    }
  } else {
    number = DocumentNumber(number);
  }
  plan->document_number = ToUtf8(number);

  std::u16string issuer = Field(lines, {u"发文机关", u"发布机构", u"发文单位", u"制发机关"});
  std::string date = IsoDate(Field(lines, {u"成文日期", u"发文日期"}));
  const size_t tail = text.size() > kSignatureTail ? text.size() - kSignatureTail : 0;
  Signature(lines, &issuer, &date);
  if (issuer.empty() || date.empty()) {
    const size_t from = std::max(tail, std::min(header_end, text.size()));
    Text end;
    end.Append(text, from, text.size());
    Signature(HeaderLines(end, end.size()), &issuer, &date);
  }
  Text end;
  end.Append(text, tail, text.size());
  plan->effective_date = IsoDate(Field(lines, {u"施行日期", u"实施日期", u"生效日期"}));
  if (plan->effective_date.empty()) plan->effective_date = EffectiveDate(end.view());
  plan->print_date = PrintDate(HeaderLines(end, end.size()));
  plan->issuer = ToUtf8(issuer);
  plan->issue_date = date;

  plan->positioning = ToUtf8(SectionText(
      text, outline, first_task, {u"功能定位", u"总体定位", u"战略定位", u"发展定位", u"定位"}));
  ReadAreas(
      SectionText(text, outline, first_task, {u"实施范围", u"建设范围", u"规划范围", u"范围"}),
      plan);
}

}  // namespace duban::plantext
