#include "absl/strings/str_cat.h"
#include "services/common/base/log.h"
#include "services/common/base/status.h"
#include "services/common/config/config.h"
#include "services/common/rpc/server.h"
#include "services/gateway/server/options.h"
#include "services/gateway/server/server.h"

namespace {

constexpr absl::Duration kGrace = absl::Seconds(10);

int Fail(const absl::Status& status) {
  duban::Log(duban::LogLevel::kError, "start failed",
             {{"reason", duban::ErrorReason(status)}, {"message", std::string(status.message())}});
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  duban::rpc::BlockSignals();
  duban::SetLogService("gateway");
  duban::gateway::GatewayOptions options;
  auto outcome = duban::config::Load(argc, argv, "duban-gateway",
                                     "Serves the cross-agency board and passes commands on.",
                                     duban::gateway::Settings(options));
  if (!outcome.ok()) return Fail(outcome.status());
  if (*outcome == duban::config::Outcome::kExit) return 0;
  auto server = duban::gateway::GatewayServer::Start(options);
  if (!server.ok()) return Fail(server.status());
  duban::Log(duban::LogLevel::kInfo, "serving", {{"port", absl::StrCat((*server)->port())}});
  const int signal = duban::rpc::WaitForSignal();
  duban::Log(duban::LogLevel::kInfo, "stopping", {{"signal", absl::StrCat(signal)}});
  (*server)->Shutdown(kGrace);
  return 0;
}
