#pragma once

#include <string>
#include <vector>

#include "services/common/config/config.h"

namespace duban::task {

// Settings of duban-task; README.md says what each means.
struct TaskOptions {
  std::string listen = "127.0.0.1:7401";
  std::string tls_cert, tls_key, tls_ca;
  std::string data;
  bool limit_loopback = false;
  std::string port_file;
  std::string agency_address;
};

inline std::vector<config::Setting> Settings(TaskOptions& options) {
  return {
      {"listen", &options.listen, "address and port to serve on; port 0 takes a free one"},
      {"tls_cert", &options.tls_cert, "PEM chain of this service", true},
      {"tls_key", &options.tls_key, "PEM private key of this service", true},
      {"tls_ca", &options.tls_ca, "PEM bundle of accepted issuers", true},
      {"data", &options.data, "folder of the store; created when missing", true},
      {"limit_loopback", &options.limit_loopback,
       "count connections per address from this machine too"},
      {"port_file", &options.port_file, "file to write the port to, once serving"},
      {"agency_address", &options.agency_address, "address and port of duban-agency", true},
  };
}

}  // namespace duban::task
