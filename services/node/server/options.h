#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/common/config/config.h"

namespace duban::node {

// Settings of duban-node; README.md says what each means.
struct NodeOptions {
  std::string listen = "127.0.0.1:7405";
  std::string credentials;
  std::string tls_cert, tls_key, tls_ca;
  std::string data;
  std::string agency, node;
  std::string hub_address;
  std::string signing_key;
  int64_t epoch = 1;
  absl::Duration max_backoff = absl::Minutes(5);
  bool limit_loopback = false;
  std::string port_file;
};

inline std::vector<config::Setting> Settings(NodeOptions& options) {
  return {
      {"listen", &options.listen, "address and port to serve on; port 0 takes a free one"},
      {"credentials", &options.credentials,
       "folder that `duban node enrol` made; it says all from here to `data`, and is kept fresh"},
      {"tls_cert", &options.tls_cert, "PEM chain of this node"},
      {"tls_key", &options.tls_key, "PEM private key of this node"},
      {"tls_ca", &options.tls_ca, "PEM bundle of accepted issuers"},
      {"agency", &options.agency, "id of the agency; the certificate must say the same"},
      {"node", &options.node, "id of the node; the certificate must say the same"},
      {"hub_address", &options.hub_address, "address of the hub's uplink port"},
      {"signing_key", &options.signing_key,
       "PEM Ed25519 private key that signs what the agency says"},
      {"epoch", &options.epoch, "epoch that the enrolment gave to this store"},
      {"data", &options.data, "folder of the store; created when missing", true},
      {"max_backoff", &options.max_backoff, "longest wait between attempts to reach the hub"},
      {"limit_loopback", &options.limit_loopback,
       "count connections per address from this machine too"},
      {"port_file", &options.port_file, "file to write the port to, once serving"},
  };
}

}  // namespace duban::node
