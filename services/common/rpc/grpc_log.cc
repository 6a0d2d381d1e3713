#include "services/common/rpc/grpc_log.h"

#include <grpc/support/log.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "services/common/base/log.h"

namespace duban::rpc {
namespace {

LogLevel LevelOf(gpr_log_severity severity) {
  switch (severity) {
    case GPR_LOG_SEVERITY_DEBUG:
    case GPR_LOG_SEVERITY_INFO:
      return LogLevel::kInfo;
    case GPR_LOG_SEVERITY_ERROR:
      break;
  }
  // Most are about what a peer did, such as a failed handshake: nothing here is broken.
  return LogLevel::kWarning;
}

void Write(gpr_log_func_args* args) {
  const absl::string_view file = args->file;
  Log(LevelOf(args->severity), "grpc",
      {{"message", args->message},
       {"at", absl::StrCat(file.substr(file.rfind('/') + 1), ":", args->line)}});
}

}  // namespace

void LogGrpcAsJson() { gpr_set_log_function(Write); }

}  // namespace duban::rpc
