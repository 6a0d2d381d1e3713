#include "services/cli/args.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/common/base/status.h"

namespace duban::cli {

absl::Status UsageError(absl::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, "USAGE", message);
}

bool Args::has(absl::string_view flag) const { return flags_.count(std::string(flag)) > 0; }

std::string Args::get(absl::string_view flag, absl::string_view otherwise) const {
  const auto it = flags_.find(std::string(flag));
  return it == flags_.end() ? std::string(otherwise) : it->second.back();
}

std::vector<std::string> Args::all(absl::string_view flag) const {
  const auto it = flags_.find(std::string(flag));
  return it == flags_.end() ? std::vector<std::string>() : it->second;
}

absl::StatusOr<std::string> Args::required(absl::string_view flag) const {
  if (!has(flag) || get(flag).empty()) return UsageError(absl::StrCat("--", flag, " is needed"));
  return get(flag);
}

absl::StatusOr<Args> ParseArgs(const std::vector<std::string>& words, absl::string_view operands,
                               const std::vector<Flag>& flags) {
  Args args;
  bool only_operands = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (only_operands || !absl::StartsWith(word, "--")) {
      args.operands_.push_back(word);
      continue;
    }
    if (word == "--") {
      only_operands = true;
      continue;
    }
    const size_t equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    const auto flag =
        std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return f.name == name; });
    if (flag == flags.end()) return UsageError(absl::StrCat("unknown flag --", name));
    std::string value;
    if (equals != std::string::npos) {
      if (flag->value.empty()) return UsageError(absl::StrCat("--", name, " takes no value"));
      value = word.substr(equals + 1);
    } else if (!flag->value.empty()) {
      if (i + 1 == words.size()) {
        return UsageError(absl::StrCat("--", name, " needs a value: ", flag->value));
      }
      value = words[++i];
    }
    std::vector<std::string>& values = args.flags_[name];
    if (!values.empty() && !flag->repeated) {
      return UsageError(absl::StrCat("--", name, " is given twice"));
    }
    values.push_back(std::move(value));
  }
  const std::vector<std::string> names = absl::StrSplit(operands, ' ', absl::SkipEmpty());
  const size_t least = std::count_if(names.begin(), names.end(),
                                     [](const std::string& name) { return name.front() != '['; });
  if (args.operands_.size() < least) {
    return UsageError(absl::StrCat(names[args.operands_.size()], " is missing"));
  }
  if (args.operands_.size() > names.size()) {
    return UsageError(absl::StrCat("\"", args.operands_[names.size()], "\" is one too many"));
  }
  return args;
}

}  // namespace duban::cli
