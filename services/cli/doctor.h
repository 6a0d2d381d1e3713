#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace duban::cli {

// Why a node cannot talk to its hub. FAILED_PRECONDITION / FAULT_NAME, FAULT_CLOCK,
// FAULT_CERTIFICATE, FAULT_NETWORK or FAULT_VERSION {do}: the message says what is wrong and what
// to do about it. OK when nothing is. Writes a line to `out` for each check.
absl::Status Diagnose(const std::string& dir, std::ostream& out);

// The exit status of a fault: 3 name, 4 clock, 5 certificate, 6 network, 7 version; 0 for any other
// reason.
int ExitStatusOfFault(const std::string& reason);

}  // namespace duban::cli
