// Every error that a proto promises was seen by the tests of this folder, in both modes.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/support/cluster.h"
#include "tests/support/door.h"
#include "tests/support/office.h"

namespace duban::tests {
namespace {

// What cannot be provoked from outside by a single call, and where it is tested instead.
const std::map<std::string, std::string>& ElsewhereTested() {
  static const auto* elsewhere = new std::map<std::string, std::string>{
      {"BOARD_NOT_READY", "services/gateway/service/board_test.cc"},
      {"OVERLOADED", "tests/scenario/service_test.cc"},
      {"REGISTER_NOT_READY", "services/task/server/server_test.cc"},
      {"SHUTTING_DOWN", "services/common/rpc/handler_test.cc"},
      {"STORE_FULL", "services/common/feed/sqlite_store_test.cc"},
      {"WRONG_EPOCH", "services/reporting/service/accept_test.cc"}};
  return *elsewhere;
}

using Errors = std::map<std::string, std::set<std::string>>;

// Adds what `comment` lists under "Errors" to those of `name`.
void AddErrors(const std::string& comment, const std::string& service, const std::string& name,
               Errors& documented) {
  static const std::regex word("as ([A-Z]\\w+)|([A-Z][A-Z_]{2,})( /)?");
  auto& errors = documented[name];
  const size_t begin = comment.find("Errors");
  std::string code, list = begin == std::string::npos ? "" : comment.substr(begin);
  for (std::sregex_iterator it(list.begin(), list.end(), word), end; it != end; ++it) {
    const std::string as = (*it)[1], reason = (*it)[2];
    if (!as.empty()) {
      const auto& other = documented[service + as];
      errors.insert(other.begin(), other.end());
    } else if ((*it)[3].matched) {
      code = reason;
    } else if (!code.empty()) {
      errors.insert(absl::StrCat(code, " / ", reason));
    }
  }
}

// Full method name, or the service's with a dot for the errors of every method → `CODE / REASON` as
// its comment lists them, those of "as OtherMethod" among them.
Errors Documented(const std::string& file) {
  static const std::regex package("^package ([a-z0-9.]+);"), service("^service (\\w+)"),
      rpc("^  rpc (\\w+)");
  Errors documented;
  std::string package_name, service_name, comment;
  const std::string text = ProjectFile(file);
  for (absl::string_view view : absl::StrSplit(text, '\n')) {
    const std::string line(view);
    std::smatch match;
    if (std::regex_search(line, match, package)) package_name = match[1];
    if (std::regex_search(line, match, service)) {
      service_name = absl::StrCat(package_name, ".", match[1].str(), ".");
      AddErrors(comment, service_name, service_name, documented);
    }
    if (line.rfind("  // ", 0) == 0 || line.rfind("// ", 0) == 0) {
      absl::StrAppend(&comment, line, " ");
    } else if (std::regex_search(line, match, rpc)) {
      AddErrors(comment, service_name, service_name + match[1].str(), documented);
      comment.clear();
    } else if (line.rfind("  //", 0) != 0 && line.rfind("//", 0) != 0) {
      comment.clear();
    }
  }
  return documented;
}

void CheckSeen(Mode mode, const std::string& file) {
  const auto& seen = Recorded(mode);
  int errors = 0;
  for (const auto& [name, documented] : Documented(file)) {
    const std::string who = absl::EndsWith(name, ".") ? name : name + " ";
    for (const std::string& error : documented) {
      ++errors;
      if (ElsewhereTested().contains(error.substr(error.find(" / ") + 3))) continue;
      const bool found = std::any_of(seen.begin(), seen.end(), [&](const std::string& one) {
        return absl::StartsWith(one, who) && absl::EndsWith(one, " " + error);
      });
      if (!found) {
        ADD_FAILURE() << ModeName(mode) << ": " << name << " was never seen to answer " << error;
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
