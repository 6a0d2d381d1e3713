#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace duban::tests {

// A process of ours, started by this test and ended with it.
class Process {
 public:
  // Runs `argv` with standard output and error appended to `log_file`. The child dies with the test.
  static absl::StatusOr<std::unique_ptr<Process>> Start(const std::vector<std::string>& argv,
                                                        const std::string& log_file);
  ~Process();  // kills it if it still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();

  // SIGKILL, then waits for the end.
  void Kill();

  // SIGTERM, then waits; the exit status, or -1 when a signal ended it.
  int Terminate();

  // Waits for the end; the exit status, or -1 when a signal ended it.
  int Wait();

 private:
  explicit Process(pid_t pid) : pid_(pid) {}
  pid_t pid_;
  bool ended_ = false;
  int status_ = 0;
};

struct Output {
  int status = 0;
  std::string out, err;
};

// Runs `argv` to its end with `env` ("NAME=value") added to a minimal environment.
Output RunProgram(const std::vector<std::string>& argv, const std::vector<std::string>& env = {},
           const std::string& input = "");

// Folder of the built programs.
std::string BinDir();

}  // namespace duban::tests
