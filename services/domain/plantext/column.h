#pragma once

#include <string_view>

namespace duban::plantext {

// What a column of a table holds.
enum class Column {
  kOther,
  kNumber,
  kTask,
  kDetail,
  kLead,
  kUnits,
  kSupporting,
  kDeadline,
  kIndicator,  // the name of an indicator or a value of it
  kMeasure     // 单位, 计量单位: in what an indicator is measured
};

// By its heading, in either language.
Column ColumnOf(std::u16string_view heading);
// 牵头单位, 责任单位, 配合单位.
bool IsUnits(Column column);

}  // namespace duban::plantext
