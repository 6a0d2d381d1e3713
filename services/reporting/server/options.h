#pragma once

#include <string>
#include <vector>

#include "services/common/config/config.h"

namespace duban::reporting {

// Settings of duban-reporting; README.md says what each means.
struct ReportingOptions {
  std::string listen = "127.0.0.1:7403";
  std::string uplink_listen = "127.0.0.1:7404";
  std::string tls_cert, tls_key, tls_ca;
  std::string data;
  std::string receipt_key;
  std::string task_address, agency_address;
  bool limit_loopback = false;
  std::string port_file, uplink_port_file;
};

inline std::vector<config::Setting> Settings(ReportingOptions& options) {
  return {
      {"listen", &options.listen, "address and port for the hub; port 0 takes a free one"},
      {"uplink_listen", &options.uplink_listen, "address and port for the agencies' nodes"},
      {"tls_cert", &options.tls_cert, "PEM chain of this service", true},
      {"tls_key", &options.tls_key, "PEM private key of this service", true},
      {"tls_ca", &options.tls_ca, "PEM bundle of accepted issuers", true},
      {"data", &options.data, "folder of the store; created when missing", true},
      {"receipt_key", &options.receipt_key, "PEM Ed25519 private key that signs receipts", true},
      {"task_address", &options.task_address, "address of duban-task", true},
      {"agency_address", &options.agency_address, "address of duban-agency", true},
      {"limit_loopback", &options.limit_loopback,
       "count connections per address from this machine too"},
      {"port_file", &options.port_file, "file to write the hub's port to, once serving"},
      {"uplink_port_file", &options.uplink_port_file, "the same for the nodes' port"},
  };
}

}  // namespace duban::reporting
