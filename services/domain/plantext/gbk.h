#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace duban::plantext {

// The two-byte area of GB18030, both ways, and what a reader sees that is one byte out of step.
class Gbk {
 public:
  static const Gbk& Get();

  // The two bytes of a character as high << 8 | low; 0 where it has none.
  uint16_t Encode(char16_t unit) const { return encode_[unit]; }
  // The character of two bytes; 0 where there is none. Private-use characters are returned as such.
  char16_t Decode(uint8_t high, uint8_t low) const;

  // What stands in the page when `span` is read from the second byte of its first character on:
  // the lost first byte and bytes that pair with nothing become '?', private-use characters
  // vanish, '？' is written '?'. Reading falls into step at a low byte below 0x80, which shows as
  // that ASCII character, else at the end of the span, whose last byte becomes '?'.
  // Empty when a character of the span has no GBK code or the reader would fall into step earlier.
  std::u16string Slip(std::u16string_view span) const;

 private:
  Gbk();
  std::array<uint16_t, 65536> encode_{};
  std::array<std::array<char16_t, 256>, 256> decode_{};
};

}  // namespace duban::plantext
