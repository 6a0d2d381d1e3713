#include "services/common/feed/messages.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace duban::feed {
namespace {

constexpr int kMaxPageSize = 500;

absl::Status InvalidPage(int page_size, absl::string_view page_token) {
  return MakeError(
      absl::StatusCode::kInvalidArgument, "INVALID_PAGE",
      absl::StrCat("page_size ", page_size, " or page_token \"", page_token,
                   "\" is not one of this list"),
      {{"page_size", absl::StrCat(page_size)}, {"page_token", std::string(page_token)}});
}

}  // namespace

absl::StatusOr<Page> Page::Parse(int page_size, absl::string_view page_token,
                                 absl::string_view prefix) {
  if (page_size < 0 || (!page_token.empty() && !absl::StartsWith(page_token, prefix))) {
    return InvalidPage(page_size, page_token);
  }
  const int size = page_size == 0 ? kMaxPageSize : std::min(page_size, kMaxPageSize);
  return Page{.size = size, .after = std::string(page_token)};
}

}  // namespace duban::feed
