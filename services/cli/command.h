// What the program can do: a table of commands.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/cli/args.h"

namespace duban::cli {

class Session;

struct Command {
  std::string words;     // "plan import"
  std::string operands;  // "FILE", "[NAME]"
  std::string purpose;
  std::vector<Flag> flags;  // beside those that every command has
  std::function<absl::Status(Session&, const Args&)> run;
};

// The commands, by the file that holds them.
std::vector<Command> PlanCommands();
std::vector<Command> PlanTextCommands();
std::vector<Command> TaskCommands();
std::vector<Command> AgencyCommands();
std::vector<Command> ReviewCommands();
std::vector<Command> NodeCommands();
std::vector<Command> EnrolCommands();
std::vector<Command> BoardCommands();

std::vector<Command> AllCommands();

// Flags that commands of a kind share. Every command has --format; those of the hub and of a node
// have flags to connect.
std::vector<Flag> CommonFlags(const Command& command);

// Runs one command line (without the program's name): 0 done, 1 failed, 2 not understood. Errors go
// to standard error.
int Run(const std::vector<std::string>& words);

}  // namespace duban::cli
