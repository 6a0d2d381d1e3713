#include "services/node/domain/report_id.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "services/node/domain/limits.h"

namespace duban::node {

std::string MakeReportId(absl::Time now, absl::string_view random) {
  const auto millis = static_cast<uint64_t>(absl::ToUnixMillis(now));
  std::string id;
  for (int shift = 40; shift >= 0; shift -= 8) id.push_back(static_cast<char>(millis >> shift));
  id.append(random.data(), kReportIdBytes - 6);
  id[6] = static_cast<char>((id[6] & 0x0F) | 0x70);
  id[8] = static_cast<char>((id[8] & 0x3F) | 0x80);
  return id;
}

bool IsRequestId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxRequestIdChars &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '-';
         });
}

}  // namespace duban::node
