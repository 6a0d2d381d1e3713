#pragma once

#include <string>

#include "absl/strings/string_view.h"

// Simplified and traditional characters, by OpenCC's dictionaries. Each direction is loaded once,
// when first needed.
namespace duban::plantext {

// False when the dictionaries are not installed; the conversions then return their input.
bool ScriptDictionariesPresent();

std::string ToSimplified(absl::string_view utf8);
std::string ToTraditional(absl::string_view utf8);

}  // namespace duban::plantext
