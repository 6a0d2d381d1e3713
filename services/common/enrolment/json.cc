#include "services/common/enrolment/json.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace duban::enrolment {
namespace {

constexpr int kMaxDepth = 2;

}  // namespace

Fields::Fields(absl::string_view text) {
  std::vector<std::set<std::string>> names;
  bool good = true;
  const nlohmann::json::parser_callback_t look = [&](int depth, nlohmann::json::parse_event_t event,
                                                     nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (depth > kMaxDepth) good = false;
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end && !names.empty()) names.pop_back();
    if (event == Event::key && !names.empty()) {
      good = good && names.back().insert(parsed.get<std::string>()).second;
    }
    return true;
  };
  object_ = nlohmann::json::parse(text.begin(), text.end(), look, /*allow_exceptions=*/false);
  if (!good || !object_.is_object()) {
    object_ = nlohmann::json::object();
    Fail("", "is not one JSON object with each name once");
  }
}

const nlohmann::json* Fields::Find(const std::string& name) {
  used_.insert(name);
  const auto at = object_.find(name);
  if (at != object_.end()) return &*at;
  Fail(name, "is missing");
  return nullptr;
}

void Fields::Fail(const std::string& field, const std::string& why) {
  if (fault_.why.empty()) fault_ = {field, why};
}

std::string Fields::Text(const std::string& name, size_t max_bytes) {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return "";
  if (!value->is_string()) return Fail(name, "is not a text"), "";
  std::string text = value->get<std::string>();
  if (text.size() > max_bytes) return Fail(name, absl::StrCat("is longer than ", max_bytes)), "";
  return text;
}

std::string Fields::Bytes(const std::string& name, size_t bytes) {
  std::string out;
  const std::string text = Text(name, 1024);
  if (fault_.why.empty() &&
      (!absl::Base64Unescape(text, &out) || (bytes != 0 && out.size() != bytes))) {
    Fail(name, absl::StrCat("is not base64 of ", bytes, " bytes"));
  }
  return out;
}

int64_t Fields::Number(const std::string& name) {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return 0;
  if (!value->is_number_integer()) return Fail(name, "is not a whole number"), 0;
  return value->get<int64_t>();
}

Fields::Fault Fields::Finish(bool open) {
  for (const auto& [name, value] : object_.items()) {
    if (!open && used_.count(name) == 0) Fail(name, "is not known");
  }
  return fault_;
}

}  // namespace duban::enrolment
