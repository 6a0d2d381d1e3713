#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/domain/plantext/plantext.h"

namespace duban::plantext {

// A piece of the original around a spot, within its lines, in UTF-8.
struct Excerpt {
  int line = 0;  // from 1
  std::string before, spot, after;
};

// The original as it was decoded, to show places in it.
class Original {
 public:
  // Errors: those of Parse for bytes that are no text.
  static absl::StatusOr<Original> Decode(absl::string_view bytes);

  // At most `around` characters on either side, within the line; a long spot is cut. A range beyond
  // the end is taken as its nearest part.
  Excerpt At(const Range& range, int around) const;
  int LineAt(int64_t code_point) const;

 private:
  std::u32string text_;
  std::vector<int64_t> starts_;  // of the lines
};

}  // namespace duban::plantext
