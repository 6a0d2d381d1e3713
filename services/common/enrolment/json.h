#pragma once

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace duban::enrolment {

// A JSON object read field by field; the first fault is kept. In .cc files only.
class Fields {
 public:
  // `text` must be one object, without a name twice in it.
  explicit Fields(absl::string_view text);

  std::string Text(const std::string& name, size_t max_bytes);
  // Base64; `bytes` 0: any number.
  std::string Bytes(const std::string& name, size_t bytes);
  int64_t Number(const std::string& name);

  struct Fault {
    std::string field, why;
  };
  // The first; an unknown field is one unless `open`. Its `why` is empty when there is none.
  Fault Finish(bool open);

 private:
  const nlohmann::json* Find(const std::string& name);
  void Fail(const std::string& field, const std::string& why);

  nlohmann::json object_;
  std::set<std::string> used_;
  Fault fault_;
};

}  // namespace duban::enrolment
