#include "services/domain/plantext/unit_shape.h"

#include <algorithm>

#include "services/domain/plantext/chars.h"

namespace duban::plantext {
namespace {

using View = std::u16string_view;

constexpr View kStrong[] = {
    u"委",     u"局",     u"厅",     u"部",     u"办",   u"署",     u"会",     u"府",     u"司",
    u"院",     u"行",     u"社",     u"处",     u"中心", u"集团",   u"海关",   u"单位",   u"部门",
    u"学校",   u"大学",   u"机构",   u"兵团",   u"银行", u"支队",   u"总队",   u"大队",   u"工商联",
    u"残联",   u"妇联",   u"科协",   u"文联",   u"侨联", u"社科联", u"团委",   u"小组",   u"专班",
    u"指挥部", u"党校",   u"电网",   u"铁塔",   u"电信", u"移动",   u"联通",   u"研究所", u"事务所",
    u"管理所", u"管理站", u"办公室", u"秘书处", u"总站", u"口岸办", u"联盟",   u"协会",   u"供销社",
    u"电力",   u"石油",   u"石化",   u"烟草",   u"邮政", u"铁路",   u"政法委", u"馆",     u"电视台",
    u"团省委", u"军区"};
constexpr View kWeak[] = {u"市",   u"区",   u"县",   u"州",   u"盟",     u"旗",   u"省",   u"镇",
                          u"乡",   u"街道", u"地区", u"地方", u"各地",   u"企业", u"高校", u"园区",
                          u"院校", u"医院", u"主体", u"组",   u"所",     u"站",   u"队",   u"场",
                          u"厂",   u"校",   u"台",   u"网",   u"基金",   u"方面", u"库",   u"港",
                          u"机场", u"团",   u"联",   u"协",   u"总公司", u"平台"};

// What stands before a bracket at the end: 各市（州）.
View WithoutTrailingBracket(View name) {
  if (name.empty() || !IsClosing(name.back())) return name;
  size_t i = name.size();
  while (i > 0 && !IsOpening(name[i - 1])) --i;
  return i > 1 ? name.substr(0, i - 1) : name;
}

template <size_t n>
bool EndsWithAny(View name, const View (&suffixes)[n]) {
  return std::any_of(std::begin(suffixes), std::end(suffixes),
                     [&](View suffix) { return EndsWith(name, suffix); });
}

}  // namespace

bool IsStronglyUnitLike(View name) {
  const View core = WithoutTrailingBracket(name);
  return core.size() >= 2 && EndsWithAny(core, kStrong);
}

bool IsUnitLike(View name) {
  const View core = WithoutTrailingBracket(name);
  return core.size() >= 2 && (EndsWithAny(core, kStrong) || EndsWithAny(core, kWeak));
}

bool IsCollective(View name) {
  if (StartsWith(name, u"各") || StartsWith(name, u"有关") || StartsWith(name, u"相关") ||
      StartsWith(name, u"其他") || StartsWith(name, u"其它")) {
    return true;
  }
  for (const View word :
       {u"有关部门", u"相关部门", u"有关单位", u"相关单位", u"有关地区", u"相关地区", u"有关方面",
        u"相关方面", u"有关企业", u"相关企业", u"有关机构", u"相关机构", u"成员单位", u"各部门",
        u"各单位",   u"各地区",   u"主管部门", u"各有关",   u"各相关",   u"有关省",   u"相关省",
        u"有关市",   u"相关市",   u"有关区",   u"相关区",   u"有关委",   u"相关委",   u"有关司局",
        u"相关司局", u"有关县",   u"相关县",   u"有关高校", u"相关高校"}) {
    if (Contains(name, word)) return true;
  }
  return name == u"地方政府" || name == u"地方人民政府" || name == u"地方各级人民政府" ||
         name == u"省级人民政府" || name == u"属地政府";
}

bool IsSentence(View name) {
  for (const View word : {u"会同", u"不再", u"均需", u"均由", u"均为", u"均涉", u"下同", u"应当",
                          u"报送", u"涉及", u"负责", u"情况", u"的", u"：", u"。"}) {
    if (Contains(name, word)) return true;
  }
  return false;
}

bool IsKindOfPlace(View name, bool* ends) {
  *ends = false;
  bool any = false;
  while (!name.empty()) {
    if (IsOpening(name.front()) || IsClosing(name.front()) || name.front() == u'、' ||
        name.front() == u'和' || name.front() == u'及') {
      name.remove_prefix(1);
      continue;
    }
    View found;
    for (const View office : {u"人民政府", u"政府", u"管委会", u"党委", u"党工委", u"办事处"}) {
      if (name == office || (StartsWith(name, office) && name.size() > office.size() &&
                             IsOpening(name[office.size()]))) {
        found = office;
        *ends = true;
      }
    }
    for (const View kind :
         {u"县级",   u"市级",   u"乡级",         u"直管县",     u"直管市",   u"特区",
          u"林区",   u"高新区", u"经开区",       u"管理区",     u"示范区",   u"省级",
          u"自治区", u"直辖市", u"计划单列市",   u"副省级城市", u"设区的市", u"设区市",
          u"地级市", u"县级市", u"地级及以上市", u"自治州",     u"自治县",   u"开发区",
          u"功能区", u"新区",   u"园区",         u"街道",       u"地区",     u"乡镇",
          u"市区",   u"省",     u"市",           u"县",         u"区",       u"旗",
          u"州",     u"盟",     u"地",           u"乡",         u"镇"}) {
      if (found.empty() && StartsWith(name, kind)) found = kind;
    }
    if (found.empty()) return false;
    any = true;
    name.remove_prefix(found.size());
  }
  return any;
}

bool IsPlace(View name) {
  bool ends = false;
  return name.size() >= 2 && !IsCollective(name) && !IsKindOfPlace(name, &ends) &&
         (EndsWith(name, u"市") || EndsWith(name, u"县") || EndsWith(name, u"区") ||
          (EndsWith(name, u"州") && name.size() > 2) || EndsWith(name, u"盟") ||
          EndsWith(name, u"旗") || EndsWith(name, u"省"));
}

bool IsZone(View name) {
  for (const View kind : {u"经开区", u"高新区", u"新区", u"开发区", u"度假区", u"示范区", u"园区",
                          u"保税区", u"自贸区", u"贸易区", u"试验区", u"产业区", u"集聚区",
                          u"集中区", u"旅游区", u"片区", u"合作区", u"港区", u"景区", u"名胜区",
                          u"功能区", u"保护区", u"生态区", u"商务区"}) {
    if (EndsWith(name, kind)) return true;
  }
  return false;
}

}  // namespace duban::plantext
