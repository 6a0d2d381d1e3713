#include "services/domain/plantext/gbk.h"

#include <unicode/ucnv.h>

namespace duban::plantext {

const Gbk& Gbk::Get() {
  static const Gbk* const kTable = new Gbk;  // never destroyed: used until the process ends
  return *kTable;
}

Gbk::Gbk() {
  UErrorCode error = U_ZERO_ERROR;
  UConverter* converter = ucnv_open("gb18030", &error);
  if (U_FAILURE(error)) return;
  for (int high = 0x81; high <= 0xFE; ++high) {
    for (int low = 0x40; low <= 0xFE; ++low) {
      if (low == 0x7F) continue;
      const char bytes[2] = {static_cast<char>(high), static_cast<char>(low)};
      UChar out[4];
      error = U_ZERO_ERROR;
      const int32_t n = ucnv_toUChars(converter, out, 4, bytes, 2, &error);
      if (U_FAILURE(error) || n != 1 || out[0] == 0xFFFD) continue;
      decode_[high][low] = out[0];
      encode_[out[0]] = static_cast<uint16_t>(high << 8 | low);
    }
  }
  ucnv_close(converter);
}

char16_t Gbk::Decode(uint8_t high, uint8_t low) const { return decode_[high][low]; }

std::u16string Gbk::Slip(std::u16string_view span) const {
  std::u16string out;
  uint8_t pending = 0;
  for (size_t i = 0; i < span.size(); ++i) {
    const uint16_t code = Encode(span[i]);
    if (code == 0) return {};
    const auto high = static_cast<uint8_t>(code >> 8);
    const auto low = static_cast<uint8_t>(code & 0xFF);
    if (i == 0) {
      out.push_back(u'?');
    } else {
      const char16_t c = Decode(pending, high);
      const bool vanishes = c >= 0xE000 && c <= 0xF8FF;
      if (!vanishes) out.push_back(c == 0 || c == u'？' ? u'?' : c);
    }
    pending = low;
    if (low < 0x80) {  // a byte of its own: the reader is in step again
      if (i + 1 < span.size()) return {};
      out.push_back(low);
      return out;
    }
  }
  out.push_back(u'?');
  return out;
}

}  // namespace duban::plantext
