#pragma once

#include <map>
#include <memory>
#include <string>

#include "tests/support/cluster.h"

namespace duban::tests {

using PartSettings = std::map<std::string, std::string>;

// A part that runs `bin/<program>` as a process. After its first start it listens on the same ports again.
std::unique_ptr<Part> NewProcessPart(const std::string& program, PartSettings& settings,
                                     const std::string& config_file, const std::string& log_file);

// A part inside the test. `kind` is "agency", "task", "reporting", "gateway" or "node".
std::unique_ptr<Part> NewInProcessPart(const std::string& kind, PartSettings& settings);

// After a start: makes `listen` (and `uplink_listen`) name the ports that were taken.
void KeepPorts(PartSettings& settings);

}  // namespace duban::tests
