#pragma once

#include <string_view>

// What a name of a unit looks like. Suffixes only: no name of any office is known here.
namespace duban::plantext {

// Ends as offices, companies, schools or governments do (委 局 厅 公司 政府 …), or as places do (市
// 区).
bool IsUnitLike(std::u16string_view name);
// The same without places and other endings that ordinary words have, too.
bool IsStronglyUnitLike(std::u16string_view name);
// 各地区, 有关部门, 国务院相关部门, 各市、县（市、区）政府: names nobody in particular.
bool IsCollective(std::u16string_view name);
// Holds words that only sentences have (不再, 报送, 涉及): no name, whatever its end.
bool IsSentence(std::u16string_view name);
// 市, 县（市、区）, 自治区, 街道: only words for kinds of places, brackets allowed, so that it can
// go on a 各-collective. `ends` is set when it closes one (…政府, …管委会).
bool IsKindOfPlace(std::u16string_view name, bool* ends);
// X市, X区: the name of one place without an office.
bool IsPlace(std::u16string_view name);
// X开发区, X新区: run by a committee, not by a government.
bool IsZone(std::u16string_view name);

}  // namespace duban::plantext
