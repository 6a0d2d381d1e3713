// A hub's enrolment listener that answers /v1/check as a test wants it, over a real connection.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "services/common/enrolment/messages.h"
#include "services/common/http/server.h"
#include "services/common/testing/pki.h"

namespace duban::testing {

class CheckHub {
 public:
  // `answer` is called for each question.
  CheckHub(Pki& pki, std::function<enrolment::CheckAnswer()> answer);
  std::string address() const;

 private:
  std::unique_ptr<http::Server> server_;
};

}  // namespace duban::testing
