// A certificate authority for tests: real X.509, made in memory, written to a folder.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/rpc/server.h"

namespace duban::testing {

struct LeafOptions {
  std::vector<std::string> uri_sans;  // right certificates have exactly one
  std::string dns_san;                // empty: none
  absl::Time not_before;
  absl::Time not_after;
};

// A P-256 authority with the files `ca.pem` and `ca.key` in `dir`. A second one in another folder is a foreign
// authority. Aborts when it cannot write. Not thread-safe.
class Pki {
 public:
  Pki(std::string dir, std::string trust_domain);
  ~Pki();

  const std::string& trust_domain() const { return trust_domain_; }
  std::string ca_file() const;
  std::string ca_key_file() const;

  // A P-256 leaf: not an authority, key usage digitalSignature, extended key usage client and
  // server.
  rpc::TlsFiles Issue(const LeafOptions& options);

  // The same, valid from yesterday for a month. `path` stands after the trust domain: "/hub/task".
  rpc::TlsFiles Issue(absl::string_view path, absl::string_view dns_san = "");

  // With the DNS name that clients expect of a hub service, or of a node.
  rpc::TlsFiles IssueHub(absl::string_view service);
  rpc::TlsFiles IssueNode(absl::string_view agency, absl::string_view node);

 private:
  struct Authority;
  std::string dir_, trust_domain_;
  std::unique_ptr<Authority> authority_;
  int issued_ = 0;
};

}  // namespace duban::testing
