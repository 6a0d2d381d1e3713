// The words of a command line.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace duban::cli {

struct Flag {
  std::string name;   // without dashes
  std::string value;  // what stands for it in the usage, such as FILE; empty: a switch
  std::string help;
  bool repeated = false;
};

// What was given to one command.
class Args {
 public:
  const std::vector<std::string>& operands() const { return operands_; }
  // The n-th operand, empty when it was left out.
  std::string operand(size_t n) const { return n < operands_.size() ? operands_[n] : ""; }
  bool has(absl::string_view flag) const;
  // The last value given, else `otherwise`.
  std::string get(absl::string_view flag, absl::string_view otherwise = "") const;
  std::vector<std::string> all(absl::string_view flag) const;
  // INVALID_ARGUMENT / USAGE when it was not given.
  absl::StatusOr<std::string> required(absl::string_view flag) const;

 private:
  friend absl::StatusOr<Args> ParseArgs(const std::vector<std::string>&, absl::string_view,
                                        const std::vector<Flag>&);
  std::vector<std::string> operands_;
  std::map<std::string, std::vector<std::string>> flags_;
};

// Reads `--name value`, `--name=value`, switches and operands in any order; after `--` all are
// operands. `operands` names them as in the usage: "FILE [NAME]". INVALID_ARGUMENT / USAGE for
// unknown flags, missing values, values of switches, a flag given twice that may not be, operands
// too many or too few.
absl::StatusOr<Args> ParseArgs(const std::vector<std::string>& words, absl::string_view operands,
                               const std::vector<Flag>& flags);

// INVALID_ARGUMENT / USAGE: ends with exit status 2.
absl::Status UsageError(absl::string_view message);

}  // namespace duban::cli
