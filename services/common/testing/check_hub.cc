#include "services/common/testing/check_hub.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

namespace duban::testing {

CheckHub::CheckHub(Pki& pki, std::function<enrolment::CheckAnswer()> answer) {
  const rpc::TlsFiles tls = pki.IssueHub("agency");
  auto server = http::Server::Start(
      {.address = "127.0.0.1:0", .cert = tls.cert, .key = tls.key, .chain = pki.ca_file()},
      [answer = std::move(answer)](const http::Request& request) {
        return request.target == enrolment::kCheckPath
                   ? http::Response{.status = 200, .body = answer().ToJson()}
                   : http::Response{.status = 404, .body = {}};
      });
  if (!server.ok()) std::abort();
  server_ = *std::move(server);
}

std::string CheckHub::address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

}  // namespace duban::testing
