#pragma once

#include <string>
#include <vector>

#include "services/common/config/config.h"

namespace duban::gateway {

// Settings of duban-gateway; README.md says what each means.
struct GatewayOptions {
  std::string listen = "127.0.0.1:7443";
  std::string tls_cert, tls_key, tls_ca;
  std::string task_address, agency_address, reporting_address;
  bool limit_loopback = false;
  std::string port_file;
};

inline std::vector<config::Setting> Settings(GatewayOptions& options) {
  return {
      {"listen", &options.listen, "address and port to serve on; port 0 takes a free one"},
      {"tls_cert", &options.tls_cert, "PEM chain of this service", true},
      {"tls_key", &options.tls_key, "PEM private key of this service", true},
      {"tls_ca", &options.tls_ca, "PEM bundle of accepted issuers", true},
      {"task_address", &options.task_address, "address and port of duban-task", true},
      {"agency_address", &options.agency_address, "address and port of duban-agency", true},
      {"reporting_address", &options.reporting_address, "address and port of duban-reporting",
       true},
      {"limit_loopback", &options.limit_loopback,
       "count connections per address from this machine too"},
      {"port_file", &options.port_file, "file to write the port to, once serving"},
  };
}

}  // namespace duban::gateway
