#pragma once

#include <cstddef>
#include <string_view>

namespace duban::plantext {

enum class RoleWord { kNone, kResponsible, kLead, kSupporting, kDeadline, kPerson };

struct RoleKey {
  RoleWord role = RoleWord::kNone;
  size_t length = 0;     // with the colon
  bool clipped = false;  // characters are missing at a line break
};

// 责任单位： 牵头部门： 配合单位： 完成时限： at `at`. A colon must follow; where `loose`, a blank
// or line break will do. With a line break inside, up to two characters of the word may be missing.
RoleKey RoleKeyAt(std::u16string_view text, size_t at, bool loose);

// Whether a keyword may begin with the character: a quick test before RoleKeyAt.
bool CanBeginKey(char16_t c);

// What the end of a list element says it does: 负责, 牵头, 按职责分工落实, 配合.
struct DutyVerb {
  RoleWord role = RoleWord::kNone;
  size_t length = 0;  // of the verb at the end of the element
};
DutyVerb DutyVerbAtEnd(std::u16string_view element);

}  // namespace duban::plantext
