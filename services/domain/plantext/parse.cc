#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"
#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/decode.h"
#include "services/domain/plantext/findings.h"
#include "services/domain/plantext/flat_table.h"
#include "services/domain/plantext/header.h"
#include "services/domain/plantext/html.h"
#include "services/domain/plantext/label.h"
#include "services/domain/plantext/label_note.h"
#include "services/domain/plantext/layout.h"
#include "services/domain/plantext/limits.h"
#include "services/domain/plantext/normalise.h"
#include "services/domain/plantext/outline.h"
#include "services/domain/plantext/paragraphs.h"
#include "services/domain/plantext/pinyin.h"
#include "services/domain/plantext/plantext.h"
#include "services/domain/plantext/repair.h"
#include "services/domain/plantext/table.h"
#include "services/domain/plantext/tasks.h"
#include "services/domain/plantext/text.h"
#include "services/domain/plantext/unit_repair.h"

namespace duban::plantext {
namespace {

void NoteCutOff(const Decoded& decoded, Findings* findings) {
  if (!decoded.cut_off) return;
  const size_t end = decoded.text.size();
  findings->Doubt("decode.cut-off", decoded.text.Origin(end, end), u"",
                  "the text ends inside a character: it was cut off");
}

// A text that stops inside a sentence, with nothing to sign it, was probably cut.
void NoteEnd(const Text& text, const std::deque<Label>& labels, Findings* findings) {
  if (labels.empty()) return;
  const std::u16string_view rest = Trim(text.view(labels.back().end, text.size()));
  if (rest.size() < 40 || rest.back() == u'|' || IsSentenceEnd(rest.back()) ||
      IsClosing(rest.back()))
    return;
  const size_t line = rest.rfind(u'\n');
  const std::u16string_view last = line == rest.npos ? rest : rest.substr(line + 1);
  if (last.size() < 60) return;
  findings->Doubt("segment.open-end", text.Origin(text.size() - 1, text.size()),
                  last.substr(last.size() - 20), "the text ends inside a sentence");
}

// "The first listed leads", said outside of any label: of all of them.
bool FirstLeadsEverywhere(const Text& text, const std::deque<Label>& labels) {
  const size_t note = FirstLeadsNote(text.view());
  if (note == std::u16string_view::npos) return false;
  for (const Label& label : labels) {
    if (label.begin <= note && note < label.end) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<ParsedPlan> Parse(absl::string_view bytes, const ParseOptions& options) {
  DUBAN_ASSIGN_OR_RETURN(Decoded decoded, Decode(bytes, options.max_bytes));
  Findings findings(decoded.text);
  NoteCutOff(decoded, &findings);

  Text text = std::move(decoded.text);
  if (IsHtml(text)) text = FromHtml(text);
  text = RepairSlips(std::move(text), options.names, &findings);
  text = StripPinyin(std::move(text), &findings);
  text = Simplify(std::move(text), &findings);
  text = FoldWidth(std::move(text), &findings);
  text = StripPageFurniture(std::move(text), &findings);
  text = StandUpTables(std::move(text), &findings);

  Outline outline = Segment(text, &findings);
  if (outline.items.size() > kMaxItems) {
    return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_ITEMS",
                     absl::StrCat("more than ", kMaxItems, " numbered items"),
                     {{"limit", absl::StrCat(kMaxItems)}});
  }
  Tables tables = ReadTables(text, &findings);
  std::deque<Label> labels = FindLabels(text, outline, tables, &findings);
  SplitParagraphs(text, labels, &outline, &findings);
  RepairUnits(options.names, &labels, &tables.tasks, outline.clipped_page, &findings);
  ApplyFirstLeads(FirstLeadsEverywhere(text, labels),
                  ResponsibleLeadNote(text.view()) != std::u16string_view::npos, &labels,
                  &tables.tasks);
  NoteEnd(text, labels, &findings);

  ParsedPlan plan;
  plan.encoding = std::move(decoded.encoding);
  const size_t label_count = labels.size();
  size_t first_task = 0;
  DUBAN_RETURN_IF_ERROR(ReadTasks(text, outline, std::move(labels), std::move(tables), &findings,
                                  &first_task, &plan));
  if (plan.tasks.empty()) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, "NO_TASKS",
        absl::StrCat("no task with a responsible unit found; numbered items: ",
                     outline.items.size(), ", labels: ", label_count),
        {{"items", absl::StrCat(outline.items.size())}, {"labels", absl::StrCat(label_count)}});
  }
  ReadHeader(text, outline, first_task, &plan, &findings);
  plan.findings = findings.Take();
  return plan;
}

}  // namespace duban::plantext
