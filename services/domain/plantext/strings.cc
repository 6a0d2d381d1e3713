#include "services/domain/plantext/strings.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "services/domain/plantext/text.h"

namespace duban::plantext {
namespace {

constexpr size_t kBlock = 1 << 14;      // bytes
constexpr size_t kMostKnown = 1 << 16;  // words that are looked up

}  // namespace

Strings::Strings() : blocks_(std::make_shared<std::vector<std::unique_ptr<char[]>>>()) {}

absl::string_view Strings::Keep(std::u16string_view words) {
  const std::string utf8 = ToUtf8(words);
  if (utf8.empty()) return {};
  if (utf8.size() > left_) {
    left_ = std::max(kBlock, utf8.size());
    blocks_->push_back(std::make_unique<char[]>(left_));
    next_ = blocks_->back().get();
  }
  const absl::string_view kept(next_, utf8.size());
  std::memcpy(next_, utf8.data(), utf8.size());
  next_ += utf8.size();
  left_ -= utf8.size();
  return kept;
}

absl::string_view Strings::KeepOnce(std::u16string_view words) {
  const std::string utf8 = ToUtf8(words);
  const auto known = once_.find(utf8);
  if (known != once_.end()) return *known;
  const absl::string_view kept = Keep(words);
  if (once_.size() < kMostKnown) once_.insert(kept);
  return kept;
}

std::shared_ptr<const void> Strings::Take() { return std::move(blocks_); }

}  // namespace duban::plantext
