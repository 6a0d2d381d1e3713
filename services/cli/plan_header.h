// What a plan's text says of the plan itself, in words for people.
#pragma once

#include <cstdint>
#include <string>

#include "duban/task/v1/task.pb.h"

namespace duban::cli {

// "45 km²"; empty for 0, which is "not said".
std::string AreaText(int64_t milli_km2);
// "甲园区 12.5 km²、乙园区".
std::string AreasText(const duban::task::v1::Plan& plan);
// "基站数 (个): 2025年 1000, 2027年 3000".
std::string IndicatorText(const duban::task::v1::PrintedIndicator& indicator);

}  // namespace duban::cli
