#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/common/config/config.h"

namespace duban::agency {

// Settings of duban-agency; README.md says what each means.
struct AgencyOptions {
  std::string listen = "127.0.0.1:7402";
  std::string tls_cert, tls_key, tls_ca;
  std::string data;
  bool limit_loopback = false;
  std::string port_file;
  std::string bootstrap_admin;
  std::string enrol_listen;
  std::string enrol_port_file;
  std::string enrol_address;
  std::string issuer_cert, issuer_key;
  std::string uplink_address;
  absl::Duration certificate_life = absl::Hours(24 * 90);
  std::string min_node_version;
};

inline std::vector<config::Setting> Settings(AgencyOptions& options) {
  return {
      {"listen", &options.listen, "address and port to serve on; port 0 takes a free one"},
      {"tls_cert", &options.tls_cert, "PEM chain of this service", true},
      {"tls_key", &options.tls_key, "PEM private key of this service", true},
      {"tls_ca", &options.tls_ca, "PEM bundle of accepted issuers", true},
      {"data", &options.data, "folder of the store; created when missing", true},
      {"limit_loopback", &options.limit_loopback,
       "count connections per address from this machine too"},
      {"port_file", &options.port_file, "file to write the port to, once serving"},
      {"bootstrap_admin", &options.bootstrap_admin,
       "SPIFFE id of the operator who gets ROLE_ADMIN while there is no credential"},
      {"enrol_listen", &options.enrol_listen,
       "address and port at which nodes enrol and renew; nobody can when it is not set"},
      {"enrol_port_file", &options.enrol_port_file, "file to write that port to, once serving"},
      {"enrol_address", &options.enrol_address,
       "the same as nodes reach it; told with each join token"},
      {"issuer_cert", &options.issuer_cert, "PEM certificate of the authority that issues to nodes"},
      {"issuer_key", &options.issuer_key, "PEM private key of that authority"},
      {"uplink_address", &options.uplink_address,
       "reporting's uplink port as nodes reach it; told to each node"},
      {"certificate_life", &options.certificate_life, "how long a node's certificate is valid"},
      {"min_node_version", &options.min_node_version,
       "oldest version of a node's program that is enrolled or renewed, such as 0.1.0"},
  };
}

}  // namespace duban::agency
