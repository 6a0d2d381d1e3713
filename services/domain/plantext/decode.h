#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext {

struct Decoded {
  Text text;  // line ends are \n
  std::string encoding;
  bool had_bom = false;
  bool cut_off = false;  // the last character was incomplete and is left out
};

// Step 1. UTF-8 or GB18030, told apart by trying; a byte order mark is taken off.
// Errors: EMPTY_TEXT, BINARY_TEXT, INVALID_ENCODING, TEXT_TOO_LARGE.
absl::StatusOr<Decoded> Decode(absl::string_view bytes, int64_t max_bytes);

}  // namespace duban::plantext
