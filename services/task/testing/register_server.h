#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "duban/agency/v1/agency.pb.h"
#include "services/common/feed/feed.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/runtime.h"
#include "services/common/rpc/server.h"
#include "services/common/testing/fake_clock.h"
#include "services/common/testing/fake_ids.h"
#include "services/common/testing/pki.h"

namespace grpc {
class Service;
}

namespace duban::task::testing {

// A register for tests of its follower: a store whose rows the test puts there, and the real feed
// over mutual TLS. It can be stopped and started again at the same port. Not thread-safe.
class RegisterServer {
 public:
  explicit RegisterServer(duban::testing::Pki& pki);
  ~RegisterServer();

  void Put(duban::agency::v1::Agency agency);
  void Delete(absl::string_view name);
  // A department of one short name.
  void PutDepartment(absl::string_view id, absl::string_view name);

  void Start();
  void Stop();
  // Goes on with another, empty store, as after a loss of the disk.
  void Replace();

  std::string address() const;

 private:
  const rpc::TlsFiles tls_;
  const std::string trust_domain_;
  duban::testing::FakeClock clock_;
  duban::testing::FakeIds ids_;
  int port_ = 0;
  std::unique_ptr<feed::Store> store_;
  std::unique_ptr<feed::Feed> feed_;
  std::unique_ptr<rpc::Runtime> runtime_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace duban::task::testing
