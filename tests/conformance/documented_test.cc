// Every error that a proto promises was seen by the tests of this folder, in both modes.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

// What cannot be provoked from outside, and where it is tested instead.
const std::map<std::string, std::string>& ElsewhereTested() {
  static const auto* elsewhere = new std::map<std::string, std::string>{
      {"REGISTER_NOT_READY", "services/task/server/server_test.cc"},
      {"WRONG_EPOCH", "services/reporting/service/accept_test.cc"}};
  return *elsewhere;
}

// Full method name → `CODE / REASON` as its comment lists them, those of "as OtherMethod" among
// them.
std::map<std::string, std::set<std::string>> Documented(const std::string& file) {
  static const std::regex package("^package ([a-z0-9.]+);"), service("^service (\\w+)"),
      rpc("^  rpc (\\w+)"), word("as ([A-Z]\\w+)|([A-Z][A-Z_]{2,})( /)?");
  std::map<std::string, std::set<std::string>> documented;
  std::string package_name, service_name, comment;
  const std::string text = ProjectFile(file);
  for (absl::string_view view : absl::StrSplit(text, '\n')) {
    const std::string line(view);
    std::smatch match;
    if (std::regex_search(line, match, package)) package_name = match[1];
    if (std::regex_search(line, match, service)) {
      service_name = absl::StrCat(package_name, ".", match[1].str(), ".");
    }
    if (line.rfind("  // ", 0) == 0) {
      absl::StrAppend(&comment, line.substr(5), " ");
    } else if (std::regex_search(line, match, rpc)) {
      auto& errors = documented[service_name + match[1].str()];
      const size_t begin = comment.find("Errors");
      std::string code, list = begin == std::string::npos ? "" : comment.substr(begin);
      for (std::sregex_iterator it(list.begin(), list.end(), word), end; it != end; ++it) {
        const std::string as = (*it)[1], name = (*it)[2];
        if (!as.empty()) {
          const auto& other = documented[service_name + as];
          errors.insert(other.begin(), other.end());
        } else if ((*it)[3].matched) {
          code = name;
        } else if (!code.empty()) {
          errors.insert(absl::StrCat(code, " / ", name));
        }
      }
      comment.clear();
    } else if (line.rfind("  //", 0) != 0) {
      comment.clear();
    }
  }
  return documented;
}

void CheckSeen(Mode mode, const std::string& file) {
  const auto& seen = Recorded(mode);
  int errors = 0;
  for (const auto& [method, documented] : Documented(file)) {
    for (const std::string& error : documented) {
      ++errors;
      if (ElsewhereTested().contains(error.substr(error.find(" / ") + 3))) continue;
      if (!seen.contains(absl::StrCat(method, " ", error))) {
        ADD_FAILURE() << ModeName(mode) << ": " << method << " was never seen to answer " << error;
      }
    }
  }
  if (errors == 0) ADD_FAILURE() << file << " documents no error";
}

// After all tests, whatever their order.
class DocumentedErrors : public ::testing::Environment {
 public:
  void TearDown() override {
    const bool all = ::testing::GTEST_FLAG(filter) == "*";
    for (Mode mode : {Mode::kInProcess, Mode::kProcesses}) {
      if (!all || !HasSharedHub(mode)) continue;
      for (const char* file :
           {"task/v1/task_service", "agency/v1/agency_service", "reporting/v1/reporting_service",
            "reporting/v1/uplink_service", "gateway/v1/progress_service", "node/v1/node_service"}) {
        CheckSeen(mode, absl::StrCat("protos/duban/", file, ".proto"));
      }
    }
    StopSharedHubs();
  }
};

const auto* const kDocumentedErrors = ::testing::AddGlobalTestEnvironment(new DocumentedErrors);

}  // namespace
}  // namespace duban::tests
