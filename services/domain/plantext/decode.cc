#include "services/domain/plantext/decode.h"

#include <unicode/ucnv.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"
#include "services/domain/plantext/chars.h"

namespace duban::plantext {
namespace {

absl::Status Invalid(absl::string_view reason, absl::string_view message, Metadata metadata = {}) {
  return MakeError(absl::StatusCode::kInvalidArgument, reason, message, std::move(metadata));
}

struct Magic {
  absl::string_view bytes;
  absl::string_view name;
};

absl::Status CheckIsText(absl::string_view bytes) {
  static const Magic kMagics[] = {{"%PDF-", "a PDF file"},
                                  {absl::string_view("PK\x03\x04", 4), "a ZIP or Office file"},
                                  {"\xD0\xCF\x11\xE0", "an old Office file"},
                                  {"\x89PNG", "an image"},
                                  {"\xFF\xD8\xFF", "an image"},
                                  {"\x1F\x8B", "a gzip archive"},
                                  {"{\\rtf", "an RTF file"}};
  for (const Magic& magic : kMagics) {
    if (absl::StartsWith(bytes, magic.bytes)) {
      return Invalid("BINARY_TEXT",
                     absl::StrCat("this is ", magic.name, ", not a text; export its text first"),
                     {{"kind", std::string(magic.name)}});
    }
  }
  size_t controls = 0;
  for (const char c : bytes) {
    if (c == '\0') return Invalid("BINARY_TEXT", "the text holds NUL bytes");
    const auto byte = static_cast<unsigned char>(c);
    controls += byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t' && byte != '\f' &&
                byte != '\v' && byte != 0x1A;
  }
  if (controls * 50 > bytes.size()) {
    return Invalid("BINARY_TEXT", "more than one byte in 50 is a control character",
                   {{"control_bytes", absl::StrCat(controls)}});
  }
  return absl::OkStatus();
}

void AppendCodePoint(UChar32 c, int64_t origin, Text* text) {
  if (U_IS_BMP(c)) {
    text->Append(static_cast<char16_t>(c), origin);
  } else {
    text->Append(U16_LEAD(c), origin);
    text->Append(U16_TRAIL(c), origin);
  }
}

// Collects code points; a lone \r and \r\n become \n, the \r keeping its place in the count.
class Collector {
 public:
  explicit Collector(size_t units) { text_.Reserve(units); }
  void Add(UChar32 c) {
    if (c == u'\r') {
      Flush();
      pending_return_ = true;
    } else {
      if (c != u'\n') Flush();
      pending_return_ = false;
      AppendCodePoint(c, next_, &text_);
    }
    ++next_;
  }
  Text Take() {
    Flush();
    return std::move(text_);
  }

 private:
  void Flush() {
    if (pending_return_) text_.Append(u'\n', next_ - 1);
    pending_return_ = false;
  }
  Text text_;
  int64_t next_ = 0;
  bool pending_return_ = false;
};

struct Utf8Check {
  int64_t first_error = -1;
  int64_t multibyte = 0;  // valid characters of several bytes
  int64_t units = 0;      // of UTF-16
  int64_t errors = 0;
  bool cut_off = false;  // the only error is an incomplete last character
};

Utf8Check CheckUtf8(absl::string_view bytes) {
  Utf8Check check;
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto length = static_cast<int64_t>(bytes.size());
  for (int64_t i = 0; i < length;) {
    const int64_t start = i;
    UChar32 c = 0;
    U8_NEXT(data, i, length, c);
    if (c >= 0) {
      check.multibyte += c >= 0x80;
      check.units += U16_LENGTH(c);
      continue;
    }
    const bool at_end = i == length && length - start < 4 && U8_IS_LEAD(data[start]) &&
                        length - start < 1 + U8_COUNT_TRAIL_BYTES(data[start]);
    if (check.first_error < 0) check.first_error = start;
    check.cut_off = check.errors == 0 && at_end;
    ++check.errors;
  }
  return check;
}

Text FromUtf8(absl::string_view bytes, int64_t units) {
  Collector collector(static_cast<size_t>(units));
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto length = static_cast<int64_t>(bytes.size());
  for (int64_t i = 0; i < length;) {
    UChar32 c = 0;
    U8_NEXT(data, i, length, c);
    if (c < 0) break;
    collector.Add(c);
  }
  return collector.Take();
}

// GB18030, or nothing when it is not valid. `bad` gets the offset of the first bad byte.
std::optional<Decoded> FromGb18030(absl::string_view bytes, int64_t* bad) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open("gb18030", &error),
                                                                     &ucnv_close);
  if (U_FAILURE(error)) return std::nullopt;
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  Decoded decoded;
  Collector collector(bytes.size() / 2);
  const char* source = bytes.data();
  const char* const end = source + bytes.size();
  while (source < end) {
    error = U_ZERO_ERROR;
    const char* const start = source;
    const UChar32 c = ucnv_getNextUChar(converter.get(), &source, end, &error);
    if (error == U_TRUNCATED_CHAR_FOUND) {
      decoded.cut_off = true;
      break;
    }
    if (U_FAILURE(error)) {
      *bad = start - bytes.data();
      return std::nullopt;
    }
    collector.Add(c);
  }
  decoded.text = collector.Take();
  decoded.text.Shrink();
  decoded.encoding = "GB18030";
  return decoded;
}

bool IsEmpty(const Text& text) {
  const std::u16string_view view = text.view();
  return std::all_of(view.begin(), view.end(), [](char16_t c) { return IsSpace(c) || c < 0x20; });
}

absl::Status BadEncoding(absl::string_view bytes, int64_t offset) {
  const auto line = 1 + std::count(bytes.begin(), bytes.begin() + offset, '\n');
  return Invalid(
      "INVALID_ENCODING",
      absl::StrCat("neither UTF-8 nor GB18030: bad byte at offset ", offset, ", line ", line),
      {{"byte_offset", absl::StrCat(offset)}, {"line", absl::StrCat(line)}});
}

}  // namespace

absl::StatusOr<Decoded> Decode(absl::string_view bytes, int64_t max_bytes) {
  if (static_cast<int64_t>(bytes.size()) > max_bytes) {
    return MakeError(
        absl::StatusCode::kResourceExhausted, "TEXT_TOO_LARGE",
        absl::StrCat("the text has ", bytes.size(), " bytes; the limit is ", max_bytes),
        {{"bytes", absl::StrCat(bytes.size())}, {"limit", absl::StrCat(max_bytes)}});
  }
  DUBAN_RETURN_IF_ERROR(CheckIsText(bytes));
  const bool bom = absl::StartsWith(bytes, "\xEF\xBB\xBF");
  const absl::string_view body = bom ? bytes.substr(3) : bytes;

  Decoded decoded;
  const Utf8Check utf8 = CheckUtf8(body);
  // A text that is mostly good UTF-8 is damaged UTF-8, not GB18030 that looks like it by chance.
  const bool is_utf8 = utf8.errors == 0 || utf8.cut_off;
  const bool was_utf8 = bom || utf8.multibyte > 20 * utf8.errors;
  if (is_utf8 && (utf8.errors == 0 || was_utf8)) {
    decoded.text = FromUtf8(body, utf8.units);
    decoded.encoding = "UTF-8";
    decoded.cut_off = utf8.cut_off;
  } else if (was_utf8) {
    return BadEncoding(bytes, utf8.first_error + (bom ? 3 : 0));
  } else {
    int64_t bad = 0;
    std::optional<Decoded> gb = FromGb18030(body, &bad);
    if (!gb) return BadEncoding(bytes, bad);
    decoded = *std::move(gb);
  }
  decoded.had_bom = bom;
  if (IsEmpty(decoded.text)) return Invalid("EMPTY_TEXT", "the text is empty");
  return decoded;
}

}  // namespace duban::plantext
