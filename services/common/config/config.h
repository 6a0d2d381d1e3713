// Configuration: one YAML file, flags override it, all faults reported at once.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace duban::config {

// One setting: the key in the file and the flag `--name`. `target` holds the default and takes the value.
struct Setting {
  std::string name;  // lower_snake
  std::variant<std::string*, int64_t*, bool*, absl::Duration*> target;
  std::string help;
  bool required = false;
};

enum class Outcome { kRun, kExit };

// Reads `--config=FILE` (or `--config FILE`), then the other flags, into the settings. `--help` and `--version` print and answer
// kExit. INVALID_ARGUMENT / BAD_CONFIG naming every fault: unknown key or flag, wrong type, required setting missing, unreadable
// file, duplicate key.
absl::StatusOr<Outcome> Load(int argc, char** argv, absl::string_view program,
                             absl::string_view purpose, const std::vector<Setting>& settings);

}  // namespace duban::config
