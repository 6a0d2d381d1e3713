#pragma once

#include <string>

namespace duban::http {

struct Request {
  std::string method = "GET";
  std::string target = "/";
  std::string body;     // JSON, or empty
  std::string address;  // of the peer, without its port; set by a server
};

struct Response {
  int status = 200;
  std::string body;  // JSON
};

}  // namespace duban::http
