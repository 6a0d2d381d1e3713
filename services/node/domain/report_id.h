#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace duban::node {

// 16 bytes laid out as UUID version 7: 48 bits of Unix milliseconds, then `random` (10 bytes) with
// version and variant set.
std::string MakeReportId(absl::Time now, absl::string_view random);

// True for 1 to 64 characters of [A-Za-z0-9_-].
bool IsRequestId(absl::string_view id);

}  // namespace duban::node
