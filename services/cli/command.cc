#include "services/cli/command.h"

#include <algorithm>
#include <iostream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/cli/doctor.h"
#include "services/cli/session.h"
#include "services/common/base/status.h"

namespace duban::cli {
namespace {

constexpr int kUsage = 2;
constexpr int kFailed = 1;

bool IsNode(const Command& command) { return absl::StartsWith(command.words, "node "); }
// Needs no flags to connect by.
bool IsLocal(const Command& command) {
  return command.words == "plan parse" || command.words == "node enrol" ||
         command.words == "node rotate" || command.words == "node system" ||
         command.words == "node doctor";
}

std::string Synopsis(const Command& command) {
  return absl::StrCat("duban ", command.words, command.operands.empty() ? "" : " ",
                      command.operands);
}

void PrintFlag(const Flag& flag, std::ostream& out) {
  const std::string name = absl::StrCat("--", flag.name, flag.value.empty() ? "" : " ", flag.value);
  out << "  " << name << std::string(name.size() < 24 ? 24 - name.size() : 1, ' ') << flag.help
      << (flag.repeated ? " (may be repeated)" : "") << "\n";
}

void PrintUsage(const Command& command, std::ostream& out) {
  out << Synopsis(command) << "\n  " << command.purpose << "\n";
  for (const Flag& flag : command.flags) PrintFlag(flag, out);
  for (const Flag& flag : CommonFlags(command)) PrintFlag(flag, out);
}

void PrintAll(std::ostream& out) {
  out << "duban: supervises plans across agencies. Commands (`duban help COMMAND` says more):\n";
  for (const Command& command : AllCommands()) {
    const std::string synopsis = Synopsis(command);
    out << "  " << synopsis << std::string(synopsis.size() < 42 ? 42 - synopsis.size() : 1, ' ')
        << command.purpose << "\n";
  }
}

// The command that `words` begin with, the longest of several.
const Command* Find(const std::vector<Command>& commands, const std::vector<std::string>& words,
                    size_t& used) {
  const Command* best = nullptr;
  for (const Command& command : commands) {
    const std::vector<std::string> own = absl::StrSplit(command.words, ' ');
    if (own.size() > words.size() || !std::equal(own.begin(), own.end(), words.begin())) continue;
    if (best == nullptr || own.size() > used) {
      best = &command;
      used = own.size();
    }
  }
  return best;
}

int PrintHelp(const std::vector<std::string>& words) {
  const std::vector<Command> commands = AllCommands();
  bool found = false;
  for (const Command& command : commands) {
    const std::string wanted = absl::StrJoin(words, " ");
    if (wanted.empty() ||
        (command.words != wanted && !absl::StartsWith(command.words, absl::StrCat(wanted, " ")))) {
      continue;
    }
    PrintUsage(command, std::cout);
    found = true;
  }
  if (found) return 0;
  PrintAll(words.empty() ? std::cout : std::cerr);
  return words.empty() ? 0 : kUsage;
}

// What to do about an error, where that is clear.
std::string Advice(const Command& command, const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  if (reason == "UNAVAILABLE") {
    return "check the address, that the service runs there, and that its certificate is of the "
           "same authority";
  }
  if (reason == "NOT_ALLOWED" && IsNode(command)) {
    return "a node answers systems of its own agency alone, about its own assignments; the "
           "certificate's id must be /agency/AGENCY/system/NAME";
  }
  if (reason == "NOT_ALLOWED") {
    return "the certificate is not recorded with a role that may do this; see `duban agency "
           "credential create`";
  }
  if (reason == "SERVICE_UNREACHABLE") return "that service of the hub is down or starting";
  return "";
}

int Fail(const Command& command, const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  if (reason == "USAGE") {
    std::cerr << "duban: " << status.message() << "\n\nusage: ";
    PrintUsage(command, std::cerr);
    return kUsage;
  }
  std::cerr << "duban: " << command.words << ": " << Printable(status.message()) << " ["
            << absl::StatusCodeToString(status.code()) << (reason.empty() ? "" : " / ") << reason
            << "]\n";
  if (const std::string advice = Advice(command, status); !advice.empty()) {
    std::cerr << "duban: " << advice << "\n";
  }
  if (const int fault = ExitStatusOfFault(reason)) return fault;
  return kFailed;
}

}  // namespace

std::vector<Command> AllCommands() {
  std::vector<Command> all;
  for (auto part :
       {PlanTextCommands, PlanCommands, TaskCommands, AgencyCommands, ReviewCommands, NodeCommands,
                    EnrolCommands, BoardCommands}) {
    std::vector<Command> commands = part();
    std::move(commands.begin(), commands.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<Flag> CommonFlags(const Command& command) {
  std::vector<Flag> flags = {{"format", "table|json", "how to print; table by default"}};
  if (IsLocal(command)) return flags;
  if (IsNode(command)) {
    flags.push_back({"node", "HOST:PORT", "address of the node; DUBAN_NODE"});
    flags.push_back({"agency", "ID", "agency of the node; by default that of the certificate"});
    flags.push_back({"node-id", "ID", "id of the node; n1 by default"});
  } else {
    flags.push_back({"gateway", "HOST:PORT", "address of the hub's gateway; DUBAN_GATEWAY"});
  }
  flags.push_back({"tls-cert", "FILE", "own certificate; DUBAN_TLS_CERT"});
  flags.push_back({"tls-key", "FILE", "its private key; DUBAN_TLS_KEY"});
  flags.push_back({"tls-ca", "FILE", "authorities to trust; DUBAN_TLS_CA"});
  return flags;
}

int Run(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "help" || words[0] == "--help" || words[0] == "-h") {
    return PrintHelp(words.empty() ? words
                                   : std::vector<std::string>(words.begin() + 1, words.end()));
  }
  const std::vector<Command> commands = AllCommands();
  size_t used = 0;
  const Command* command = Find(commands, words, used);
  if (command == nullptr) {
    std::cerr << "duban: unknown command \"" << Printable(words[0])
              << (words.size() > 1 ? " " + Printable(words[1]) : "") << "\"\n\n";
    PrintAll(std::cerr);
    return kUsage;
  }
  const std::vector<std::string> rest(words.begin() + static_cast<int64_t>(used), words.end());
  if (std::find(rest.begin(), rest.end(), "--help") != rest.end()) {
    PrintUsage(*command, std::cout);
    return 0;
  }
  std::vector<Flag> flags = command->flags;
  for (Flag& flag : CommonFlags(*command)) flags.push_back(std::move(flag));
  const absl::StatusOr<Args> args = ParseArgs(rest, command->operands, flags);
  if (!args.ok()) return Fail(*command, args.status());
  absl::StatusOr<std::unique_ptr<Session>> session = Session::Make(*args, std::cout);
  if (!session.ok()) return Fail(*command, session.status());
  const absl::Status status = command->run(**session, *args);
  std::cout.flush();
  if (status.ok() && !std::cout) {
    return Fail(*command, MakeError(absl::StatusCode::kUnavailable, "CANNOT_WRITE",
                                    "standard output cannot be written"));
  }
  return status.ok() ? 0 : Fail(*command, status);
}

}  // namespace duban::cli
