#include "services/domain/plantext/script.h"

#include <opencc/opencc.h>

#include <exception>
#include <memory>

namespace duban::plantext {
namespace {

// OpenCC reports a missing dictionary by throwing; here that is an empty pointer.
const opencc::SimpleConverter* Load(const char* config) {
  try {
    return new opencc::SimpleConverter(config);  // never destroyed: used until the process ends
  } catch (const std::exception&) {
    return nullptr;
  }
}

std::string Convert(const opencc::SimpleConverter* converter, absl::string_view utf8) {
  if (converter == nullptr || utf8.empty()) return std::string(utf8);
  try {
    return converter->Convert(utf8.data(), utf8.size());
  } catch (const std::exception&) {
    return std::string(utf8);
  }
}

const opencc::SimpleConverter* Simplifier() {
  static const opencc::SimpleConverter* const kConverter = Load("t2s.json");
  return kConverter;
}

}  // namespace

bool ScriptDictionariesPresent() { return Simplifier() != nullptr; }

std::string ToSimplified(absl::string_view utf8) { return Convert(Simplifier(), utf8); }

std::string ToTraditional(absl::string_view utf8) {
  static const opencc::SimpleConverter* const kConverter = Load("s2t.json");
  return Convert(kConverter, utf8);
}

}  // namespace duban::plantext
