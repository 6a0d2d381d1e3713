#pragma once

namespace duban::rpc {

// From now on what gRPC itself has to say is a JSON line of ours, event "grpc". Without it gRPC
// writes lines of its own form to standard error. Thread-safe; again is harmless.
void LogGrpcAsJson();

}  // namespace duban::rpc
