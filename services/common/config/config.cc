#include "services/common/config/config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "services/common/base/status.h"

namespace duban::config {
namespace {

using Faults = std::vector<std::string>;

absl::Status BadConfig(const Faults& faults) {
  Metadata metadata;
  for (size_t i = 0; i < faults.size(); ++i) metadata[absl::StrCat("fault", i + 1)] = faults[i];
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_CONFIG", absl::StrJoin(faults, "; "),
                   std::move(metadata));
}

absl::string_view TypeName(const Setting& setting) {
  constexpr absl::string_view kNames[] = {"text", "whole number", "true or false",
                                          "duration such as 30s"};
  return kNames[setting.target.index()];
}

std::string DefaultOf(const Setting& setting) {
  struct Printer {
    std::string operator()(const std::string* value) const { return *value; }
    std::string operator()(const int64_t* value) const { return absl::StrCat(*value); }
    std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
    std::string operator()(const absl::Duration* value) const {
      return absl::FormatDuration(*value);
    }
  };
  return std::visit(Printer{}, setting.target);
}

// Stores `text`; false when it is not of the setting's type.
bool Assign(const Setting& setting, const std::string& text) {
  struct Assigner {
    const std::string& text;
    bool operator()(std::string* target) const {
      *target = text;
      return true;
    }
    bool operator()(int64_t* target) const { return absl::SimpleAtoi(text, target); }
    bool operator()(bool* target) const {
      *target = text == "true";
      return text == "true" || text == "false";
    }
    bool operator()(absl::Duration* target) const { return absl::ParseDuration(text, target); }
  };
  return std::visit(Assigner{text}, setting.target);
}

// Where values go, what was given, and what was wrong.
class Loader {
 public:
  explicit Loader(const std::vector<Setting>& settings) : settings_(settings) {}

  void Take(const std::string& place, const std::string& name, const std::string& value) {
    const Setting* setting = Find(name);
    if (setting == nullptr) {
      faults_.push_back(absl::StrCat(place, ": unknown setting ", name));
    } else if (!Assign(*setting, value)) {
      faults_.push_back(absl::StrCat(place, ": ", name, " must be a ", TypeName(*setting),
                                     ", not \"", value, "\""));
    }
    // Even when wrong it was given, so that it is not called missing too.
    given_.insert(name);
  }

  void TakeFile(const std::string& file) {
    YAML::Node root;
    try {
      const std::vector<YAML::Node> documents = YAML::LoadAllFromFile(file);
      if (documents.size() > 1) return Fault(absl::StrCat(file, ": holds more than one document"));
      if (!documents.empty()) root = documents[0];
    } catch (const YAML::BadFile&) {
      return Fault(absl::StrCat(file, ": cannot be read"));
    } catch (const YAML::Exception& error) {
      return Fault(absl::StrCat(file, ":", error.mark.line + 1, ": ", error.msg));
    }
    if (root.IsNull()) return;
    if (!root.IsMap()) return Fault(absl::StrCat(file, ": must be a list of `setting: value`"));
    std::set<std::string> seen;
    for (const auto& entry : root) {
      const std::string place = absl::StrCat(file, ":", entry.first.Mark().line + 1);
      if (!entry.first.IsScalar()) {
        Fault(absl::StrCat(place, ": a setting's name must be a word"));
      } else if (!seen.insert(entry.first.Scalar()).second) {
        Fault(absl::StrCat(place, ": ", entry.first.Scalar(), " is given twice"));
      } else if (!entry.second.IsScalar()) {
        Fault(absl::StrCat(place, ": ", entry.first.Scalar(), " must have one value"));
      } else {
        Take(place, entry.first.Scalar(), entry.second.Scalar());
      }
    }
  }

  const Setting* Find(const std::string& name) const {
    auto it = std::find_if(settings_.begin(), settings_.end(),
                           [&](const Setting& setting) { return setting.name == name; });
    return it == settings_.end() ? nullptr : &*it;
  }

  void Fault(std::string fault) { faults_.push_back(std::move(fault)); }

  absl::Status Check() {
    for (const Setting& setting : settings_) {
      if (setting.required && given_.count(setting.name) == 0) {
        Fault(absl::StrCat(setting.name, " is required"));
      }
    }
    return faults_.empty() ? absl::OkStatus() : BadConfig(faults_);
  }

 private:
  const std::vector<Setting>& settings_;
  std::set<std::string> given_;
  Faults faults_;
};

// Flags as they stand on the command line, `--name=value` or `--name value`, in order.
struct Flag {
  std::string name;
  std::optional<std::string> value;  // a lone `--name` of a truth value has none
};

std::vector<Flag> ReadFlags(int argc, char** argv, Loader& loader) {
  std::vector<Flag> flags;
  for (int i = 1; i < argc; ++i) {
    absl::string_view word = argv[i];
    if (!absl::ConsumePrefix(&word, "--") || word.empty()) {
      loader.Fault(absl::StrCat("unknown argument \"", argv[i], "\""));
      continue;
    }
    const size_t equals = word.find('=');
    if (equals != absl::string_view::npos) {
      flags.push_back({std::string(word.substr(0, equals)), std::string(word.substr(equals + 1))});
      continue;
    }
    Flag flag{std::string(word), std::nullopt};
    const Setting* setting = loader.Find(flag.name);
    const bool takes_next = flag.name == "config" ||
                            (setting != nullptr && !std::holds_alternative<bool*>(setting->target));
    if (takes_next && i + 1 < argc) flag.value = argv[++i];
    flags.push_back(std::move(flag));
  }
  return flags;
}

void PrintHelp(absl::string_view program, absl::string_view purpose,
               const std::vector<Setting>& settings) {
  absl::PrintF("%s: %s\n\nUsage: %s [--config=FILE] [--SETTING=VALUE ...]\n\n", program, purpose,
               program);
  absl::PrintF("Settings, in the file or as flags (flags win):\n");
  for (const Setting& setting : settings) {
    const std::string after = setting.required ? "required" : DefaultOf(setting);
    absl::PrintF("  %-28s %s (%s%s)\n", setting.name, setting.help, TypeName(setting),
                 after.empty() ? "" : absl::StrCat("; ", after));
  }
}

}  // namespace

absl::StatusOr<Outcome> Load(int argc, char** argv, absl::string_view program,
                             absl::string_view purpose, const std::vector<Setting>& settings) {
  Loader loader(settings);
  const std::vector<Flag> flags = ReadFlags(argc, argv, loader);
  for (const Flag& flag : flags) {
    if (flag.name == "help") {
      PrintHelp(program, purpose, settings);
      return Outcome::kExit;
    }
    if (flag.name == "version") {
      absl::PrintF("%s %s\n", program, DUBAN_VERSION);
      return Outcome::kExit;
    }
    if (flag.name == "config") {
      if (flag.value) {
        loader.TakeFile(*flag.value);
      } else {
        loader.Fault("--config needs a file");
      }
    }
  }
  for (const Flag& flag : flags) {
    if (flag.name == "config") continue;
    const Setting* setting = loader.Find(flag.name);
    const bool is_switch = setting != nullptr && std::holds_alternative<bool*>(setting->target);
    if (!flag.value && setting != nullptr && !is_switch) {
      loader.Fault(absl::StrCat("--", flag.name, " needs a value"));
      continue;
    }
    loader.Take(absl::StrCat("--", flag.name), flag.name, flag.value.value_or("true"));
  }
  DUBAN_RETURN_IF_ERROR(loader.Check());
  return Outcome::kRun;
}

}  // namespace duban::config
