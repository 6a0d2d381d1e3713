#include "services/cli/plan_parse/display_width.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace duban::cli {
namespace {

int WidthOf(UChar32 c) {
  const int type = u_charType(c);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  const int width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

}  // namespace

int DisplayWidth(absl::string_view utf8) {
  int width = 0;
  const auto length = static_cast<int32_t>(utf8.size());
  for (int32_t i = 0; i < length;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(reinterpret_cast<const uint8_t*>(utf8.data()), i, length, c);
    width += WidthOf(c);
  }
  return width;
}

std::string Clip(absl::string_view utf8, int columns) {
  const bool cut = DisplayWidth(utf8) > columns;
  std::string out;
  int width = 0;
  const auto length = static_cast<int32_t>(utf8.size());
  for (int32_t i = 0; i < length;) {
    const int32_t start = i;
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(reinterpret_cast<const uint8_t*>(utf8.data()), i, length, c);
    if (width + WidthOf(c) > columns - (cut ? 1 : 0)) break;
    width += WidthOf(c);
    absl::StrAppend(&out, c < 0x20 ? " " : utf8.substr(start, i - start));
  }
  return cut ? absl::StrCat(out, "…") : out;
}

std::string Pad(absl::string_view utf8, int columns) {
  const int missing = columns - DisplayWidth(utf8);
  return absl::StrCat(utf8, std::string(missing > 0 ? missing : 0, ' '));
}

}  // namespace duban::cli
