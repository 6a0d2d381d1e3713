#include "services/domain/plantext/testing/damage.h"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <map>
#include <memory>
#include <random>

#include "services/domain/plantext/chars.h"
#include "services/domain/plantext/gbk.h"
#include "services/domain/plantext/script.h"
#include "services/domain/plantext/text.h"

namespace duban::plantext::testing {
namespace {

// std::uniform_int_distribution differs between libraries; this does not.
size_t Below(size_t n, std::mt19937_64* random) { return n == 0 ? 0 : (*random)() % n; }

std::u16string Pinyin(char16_t c) {
  static const std::unique_ptr<icu::Transliterator> kLatin = [] {
    UErrorCode error = U_ZERO_ERROR;
    return std::unique_ptr<icu::Transliterator>(
        icu::Transliterator::createInstance("Han-Latin", UTRANS_FORWARD, error));
  }();
  if (kLatin == nullptr) return {};
  icu::UnicodeString text(c);
  kLatin->transliterate(text);
  std::u16string out(text.getBuffer(), static_cast<size_t>(text.length()));
  return out.size() == 1 && IsHan(out[0]) ? std::u16string() : out;
}

std::vector<size_t> Occurrences(const std::u16string& text, const std::u16string& word) {
  std::vector<size_t> found;
  for (size_t at = text.find(word); at != std::u16string::npos; at = text.find(word, at + 1)) {
    found.push_back(at);
  }
  return found;
}

// Where each slip begins and how long it is; two never touch.
std::map<size_t, size_t> PlaceSlips(const std::u16string& text, const DamageOptions& options,
                                    std::mt19937_64* random) {
  std::map<size_t, size_t> slips;
  for (const DamageOptions::Slip& slip : options.slips) {
    std::u16string word = ToUtf16(slip.word);
    if (options.traditional) word = ToUtf16(ToTraditional(slip.word));
    std::vector<size_t> places = Occurrences(text, word);
    while (!places.empty()) {
      const size_t pick = Below(places.size(), random);
      const size_t at = places[pick] + static_cast<size_t>(slip.first);
      const auto length = static_cast<size_t>(slip.length);
      const auto next = slips.lower_bound(at);
      const bool free =
          (next == slips.end() || next->first > at + length) &&
          (next == slips.begin() || std::prev(next)->first + std::prev(next)->second < at);
      if (free && !Gbk::Get().Slip(std::u16string_view(text).substr(at, length)).empty()) {
        slips[at] = length;
        break;
      }
      places.erase(places.begin() + static_cast<ptrdiff_t>(pick));
    }
  }
  return slips;
}

char16_t Ascii(char16_t c) {
  switch (c) {
    case u'，':
    case u'：':
    case u'（':
    case u'）':
    case u'？':
      return c - 0xFEE0;
    default:
      return c;
  }
}

}  // namespace

std::string Damage(absl::string_view clean, const DamageOptions& options) {
  std::mt19937_64 random(options.seed);
  const std::u16string text =
      ToUtf16(options.traditional ? ToTraditional(clean) : std::string(clean));
  const std::map<size_t, size_t> slips = PlaceSlips(text, options, &random);
  std::u16string out;
  for (size_t i = 0; i < text.size();) {
    const auto slip = slips.find(i);
    if (slip != slips.end()) {
      out += Gbk::Get().Slip(std::u16string_view(text).substr(i, slip->second));
      i += slip->second;
      continue;
    }
    const char16_t c = text[i++];
    out.push_back(options.ascii_punctuation ? Ascii(c) : c);
    if (!IsHan(c) || static_cast<int>(Below(100, &random)) >= options.pinyin_percent) continue;
    const std::u16string note = Pinyin(c);
    if (!note.empty()) out += u"(" + note + u")";
  }
  return ToUtf8(out);
}

DamageOptions XuhuiDamage() {
  return {.seed = 20241,
          .traditional = true,
          .pinyin_percent = 16,
          .ascii_punctuation = true,
          .slips = {{"上海科学智能研究院", 1, 3},
                    {"上海总部、", 1, 3},
                    {"上海总部、国家外汇", 1, 8},
                    {"上海总部、", 1, 3}}};
}

}  // namespace duban::plantext::testing
