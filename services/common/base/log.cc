#include "services/common/base/log.h"

#include <unistd.h>

#include <cstdint>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace duban {
namespace {

std::string& ServiceName() {
  static auto* name = new std::string("duban");
  return *name;
}

// Decodes the code point at the front of `text` and removes it; -1 (and one byte removed) when it
// is not UTF-8.
int32_t NextCodePoint(absl::string_view& text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  int length = first < 0x80   ? 1
               : first < 0xC2 ? 0
               : first < 0xE0 ? 2
               : first < 0xF0 ? 3
               : first < 0xF5 ? 4
                              : 0;
  int32_t point = length == 1 ? first : first & (0x7F >> length);
  for (int i = 1; i < length; ++i) {
    if (text.size() <= static_cast<size_t>(i) || (byte(i) & 0xC0) != 0x80) length = 0;
    if (length != 0) point = point << 6 | (byte(i) & 0x3F);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (length == 0 || overlong || surrogate || point > 0x10FFFF) {
    text.remove_prefix(1);
    return -1;
  }
  text.remove_prefix(length);
  return point;
}

// Control characters, and those that turn the direction of text or break lines on a terminal.
bool MustEscape(int32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x061C || point == 0x200E ||
         point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF;
}

void AppendString(std::string& out, absl::string_view text) {
  out += '"';
  while (!text.empty()) {
    const absl::string_view before = text;
    const int32_t point = NextCodePoint(text);
    if (point < 0) {
      out += "\\ufffd";
    } else if (point == '"' || point == '\\') {
      out += '\\';
      out += static_cast<char>(point);
    } else if (MustEscape(point)) {
      absl::StrAppendFormat(&out, "\\u%04x", point);
    } else {
      absl::StrAppend(&out, before.substr(0, before.size() - text.size()));
    }
  }
  out += '"';
}

void AppendField(std::string& out, absl::string_view key, absl::string_view value) {
  out += out.size() == 1 ? "" : ",";
  AppendString(out, key);
  out += ':';
  AppendString(out, value);
}

absl::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      break;
  }
  return "error";
}

}  // namespace

void SetLogService(absl::string_view service) { ServiceName() = std::string(service); }

void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields) {
  std::string line = "{";
  AppendField(line, "time",
              absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone()));
  AppendField(line, "level", LevelName(level));
  AppendField(line, "service", ServiceName());
  AppendField(line, "event", event);
  for (const auto& [key, value] : fields) AppendField(line, key, value);
  line += "}\n";
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  size_t written = 0;
  while (written < line.size()) {
    const ssize_t n = write(STDERR_FILENO, line.data() + written, line.size() - written);
    if (n <= 0) return;  // Nobody reads the log; there is nowhere to say so.
    written += n;
  }
}

}  // namespace duban
