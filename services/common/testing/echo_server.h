// A server of testing/echo_service.proto on loopback, with real certificates. For tests; include in
// .cc files only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "services/common/feed/feed.h"
#include "services/common/feed/store.h"
#include "services/common/feed/watch_server.h"
#include "services/common/rpc/client.h"
#include "services/common/rpc/runtime.h"
#include "services/common/rpc/server.h"
#include "services/common/testing/fake_clock.h"
#include "services/common/testing/fake_ids.h"
#include "services/common/testing/pki.h"
#include "services/common/testing/temp_dir.h"

namespace duban::testing {

inline constexpr char kTrustDomain[] = "duban.test";

// The service: each method as a service of the suite would write it.
std::unique_ptr<grpc::Service> NewEchoService(rpc::Runtime& runtime, feed::Store& store,
                                              feed::Feed& feed,
                                              const feed::ServeOptions& serve_options);

// The authority, the store and the server; the server can be stopped and started again on the same
// port and store.
class EchoServer {
 public:
  explicit EchoServer(feed::ServeOptions serve_options = {});
  ~EchoServer();

  void Start();
  void Stop(absl::Duration grace = absl::Seconds(5));
  // What Stop does in another order: refuses new calls, ends streams.
  rpc::Runtime& runtime() { return *runtime_; }
  // What calls take for the time.
  ShiftedClock& call_clock() { return call_clock_; }

  std::shared_ptr<grpc::Channel> Connect(const rpc::TlsFiles& tls) const;
  // As the hub service `name`.
  std::shared_ptr<grpc::Channel> ConnectAs(const std::string& name);

  // Puts one row in a transaction of its own; its revision.
  int64_t Put(const std::string& key, const std::string& image, const std::string& agency = "");
  // Begins with a new, empty store; call while stopped.
  void ReplaceStore();

  Pki& pki() { return pki_; }
  feed::Store& store() { return *store_; }
  const std::string& address() const { return options_.address; }

 private:
  TempDir dir_;
  FakeClock clock_;
  ShiftedClock call_clock_;
  FakeIds ids_;
  Pki pki_{dir_.File("pki"), kTrustDomain};
  rpc::ListenOptions options_;
  const feed::ServeOptions serve_options_;
  std::unique_ptr<feed::Store> store_ = feed::NewMemoryStore(clock_, ids_);
  std::unique_ptr<feed::Feed> feed_ = std::make_unique<feed::Feed>(*store_);
  std::unique_ptr<rpc::Runtime> runtime_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace duban::testing
