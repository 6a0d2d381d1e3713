#include "tests/support/part.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/agency/server/server.h"
#include "services/gateway/server/server.h"
#include "services/node/server/server.h"
#include "services/reporting/server/server.h"
#include "services/task/server/server.h"
#include "tests/support/process.h"

namespace duban::tests {
namespace {

constexpr absl::Duration kStartWithin = absl::Seconds(60);

std::string ReadFile(const std::string& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class ProcessPart final : public Part {
 public:
  ProcessPart(std::string program, PartSettings& settings, std::string config, std::string log)
      : program_(std::move(program)), settings_(settings), config_(std::move(config)),
        log_(std::move(log)) {}

  absl::Status Start() override {
    const std::string port_file = settings_.at("port_file");
    unlink(port_file.c_str());
    std::ofstream config(config_);
    for (const auto& [key, value] : settings_) config << key << ": " << value << "\n";
    config.close();
    const int watch = inotify_init1(IN_CLOEXEC);
    const std::string folder = port_file.substr(0, port_file.rfind('/'));
    inotify_add_watch(watch, folder.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE);
    auto process = Process::Start({BinDir() + "/" + program_, "--config", config_}, log_);
    if (!process.ok()) return process.status();
    process_ = *std::move(process);
    const absl::Time give_up = absl::Now() + kStartWithin;
    bool serving = false;
    while (!(serving = access(port_file.c_str(), R_OK) == 0)) {
      if (!process_->running() || absl::Now() > give_up) break;
      pollfd changed{watch, POLLIN, 0};
      // The end of the process makes no event in the folder, so the wait is cut.
      if (poll(&changed, 1, 50) > 0) {
        char events[4096];
        if (read(watch, events, sizeof(events)) < 0) break;
      }
    }
    close(watch);
    if (!serving) return absl::UnavailableError(absl::StrCat(program_, ": ", ReadFile(log_)));
    KeepPorts(settings_);
    return absl::OkStatus();
  }

  int Stop() override { return process_ ? process_->Terminate() : 0; }
  void Kill() override {
    if (process_) process_->Kill();
  }
  bool running() override { return process_ && process_->running(); }

 private:
  const std::string program_;
  PartSettings& settings_;
  const std::string config_, log_;
  std::unique_ptr<Process> process_;
};

// Fills an options struct from settings by the same names that the configuration file has.
template <typename Options>
Options Fill(const PartSettings& settings) {
  Options options;
  for (const config::Setting& setting : Settings(options)) {
    auto found = settings.find(setting.name);
    if (found == settings.end()) continue;
    if (auto* const* text = std::get_if<std::string*>(&setting.target)) **text = found->second;
    if (auto* const* number = std::get_if<int64_t*>(&setting.target)) {
      **number = std::stoll(found->second);
    }
    if (auto* const* span = std::get_if<absl::Duration*>(&setting.target)) {
      absl::ParseDuration(found->second, *span);
    }
    if (auto* const* flag = std::get_if<bool*>(&setting.target)) **flag = found->second == "true";
  }
  return options;
}

template <typename Options, typename Server>
class InProcessPart final : public Part {
 public:
  explicit InProcessPart(PartSettings& settings) : settings_(settings) {}

  absl::Status Start() override {
    auto server = Server::Start(Fill<Options>(settings_));
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    KeepPorts(settings_);
    return absl::OkStatus();
  }
  int Stop() override {
    if (server_) server_->Shutdown(absl::Seconds(10));
    server_.reset();
    return 0;
  }
  void Kill() override { server_.reset(); }
  bool running() override { return server_ != nullptr; }

 private:
  PartSettings& settings_;
  std::unique_ptr<Server> server_;
};

}  // namespace

void KeepPorts(PartSettings& settings) {
  for (const auto& [listen, file] : {std::pair<std::string, std::string>{"listen", "port_file"},
                                     {"uplink_listen", "uplink_port_file"},
                                     {"enrol_listen", "enrol_port_file"}}) {
    if (settings.count(file) == 0) continue;
    settings[listen] = absl::StrCat("127.0.0.1:", std::stoi(ReadFile(settings.at(file))));
  }
}

std::unique_ptr<Part> NewProcessPart(const std::string& program, PartSettings& settings,
                                     const std::string& config_file, const std::string& log_file) {
  return std::make_unique<ProcessPart>(program, settings, config_file, log_file);
}

std::unique_ptr<Part> NewInProcessPart(const std::string& kind, PartSettings& settings) {
  if (kind == "agency") {
    return std::make_unique<InProcessPart<agency::AgencyOptions, agency::AgencyServer>>(settings);
  }
  if (kind == "task") {
    return std::make_unique<InProcessPart<task::TaskOptions, task::TaskServer>>(settings);
  }
  if (kind == "reporting") {
    return std::make_unique<InProcessPart<reporting::ReportingOptions, reporting::ReportingServer>>(
        settings);
  }
  if (kind == "gateway") {
    return std::make_unique<InProcessPart<gateway::GatewayOptions, gateway::GatewayServer>>(
        settings);
  }
  return std::make_unique<InProcessPart<node::NodeOptions, node::NodeServer>>(settings);
}

}  // namespace duban::tests
