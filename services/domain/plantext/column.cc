#include "services/domain/plantext/column.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "services/domain/plantext/chars.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

constexpr size_t kLongestHeaderCell = 40;

std::u16string Lower(View text) {
  std::u16string out;
  for (char16_t c : text) {
    if (c == u'*') continue;
    out.push_back(c >= u'A' && c <= u'Z' ? c + 32 : c);
  }
  return out;
}

bool HasAny(View text, std::initializer_list<View> words) {
  return std::any_of(words.begin(), words.end(), [&](View w) { return Contains(text, w); });
}

// 牵头单位, 责任部门, 配合单位; one that names several roles leaves them to its cells.
Column UnitsColumnOf(View name) {
  const bool supports = HasAny(name, {u"配合", u"协办", u"参与", u"协同单位", u"协助", u"支持单位",
                                      u"support", u"other actor", u"other org", u"partner"});
  const bool leads = HasAny(name, {u"牵头", u"lead"});
  const bool responds = HasAny(
      name, {u"责任", u"负责", u"主办", u"承办", u"实施单位", u"落实单位", u"主管部门", u"主责",
             u"responsib", u"owner", u"accountable", u"implementing", u"agency", u"agencies"});
  const bool several =
      HasAny(name, {u"及", u"和", u"与", u"或", u"、", u"/", u" and ", u"&", u"，"});
  if (leads + supports + (responds && CountHan(name) > 0) > 1 && several) return Column::kUnits;
  if (supports) return leads ? Column::kUnits : Column::kSupporting;
  if (leads) return Column::kLead;
  return responds ? Column::kUnits : Column::kOther;
}

}  // namespace

Column ColumnOf(View heading) {
  const std::u16string name = Lower(Squeeze(heading));
  if (name.empty() || name.size() > kLongestHeaderCell) return Column::kOther;
  if (HasAny(name, {u"领导", u"责任人", u"联系人", u"电话", u"备注"})) return Column::kOther;
  if (const Column units = UnitsColumnOf(name); units != Column::kOther) return units;
  if (HasAny(name, {u"时限", u"完成时间", u"时间", u"期限", u"进度", u"target date", u"deadline",
                    u"due", u"timeline", u"timeframe", u"completion date", u"end date"})) {
    return Column::kDeadline;
  }
  if (name == u"#" || name == u"no." || name == u"no" || name == u"id" || name == u"ref" ||
      name == u"ref." || name == u"reference" || name == u"item" || name == u"s/n" ||
      name == u"number" || name == u"№" || name == u"action no." || name == u"action #" ||
      HasAny(name, {u"序号", u"编号"})) {
    return Column::kNumber;
  }
  if (name == u"单位" || name == u"计量单位" || name == u"unit" || name == u"units") {
    return Column::kMeasure;
  }
  if (HasAny(name,
             {u"指标", u"目标值", u"基准值", u"现状值", u"单位", u"indicator", u"baseline"})) {
    return Column::kIndicator;
  }
  if (HasAny(name,
             {u"重点任务",   u"工作任务",     u"主要任务",   u"任务名称",    u"工作事项",
              u"重点事项",   u"重点工作",     u"改革事项",   u"任务",        u"事项",
              u"项目名称",   u"工作要点",     u"milestone",  u"action",      u"task",
              u"activity",   u"activities",   u"commitment", u"deliverable", u"recommendation",
              u"initiative", u"intervention", u"objective",  u"project"})) {
    return Column::kTask;
  }
  if (HasAny(name,
             {u"内容", u"措施", u"举措", u"要求", u"目标", u"description", u"measure", u"项目"}))
    return Column::kDetail;
  return Column::kOther;
}

bool IsUnits(Column column) {
  return column == Column::kLead || column == Column::kUnits || column == Column::kSupporting;
}

}  // namespace duban::plantext
