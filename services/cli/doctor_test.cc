#include "services/cli/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/base/status.h"
#include "services/common/enrolment/messages.h"
#include "services/common/sign/sign.h"
#include "services/common/testing/check_hub.h"
#include "services/common/testing/pki.h"
#include "services/common/testing/status_matchers.h"
#include "services/common/testing/temp_dir.h"

namespace duban::cli {
namespace {

using testing::HasSubstr;

// A node's folder, and a hub that says what it is told to. Its uplink is closed.
class DoctorTest : public ::testing::Test {
 protected:
  DoctorTest() {
    const std::string files = folder_ + "/1";
    std::filesystem::create_directories(files);
    const rpc::TlsFiles tls = pki_.IssueNode("finance", "n1");
    std::filesystem::copy_file(tls.cert, files + "/cert.pem");
    std::filesystem::copy_file(tls.key, files + "/key.pem");
    std::filesystem::copy_file(tls.ca, files + "/ca.pem");
    std::ofstream(files + "/sign.pem") << *sign::NewEd25519Pem();
    std::ofstream(files + "/node.json")
        << R"({"agency":"finance","node":"n1","epoch":1,"hub_address":"127.0.0.1:1","token_sha256":"","enrol_address":")"
        << hub_.address() << "\"}";
    std::filesystem::create_directory_symlink("1", folder_ + "/current");
  }

  absl::Status Run() {
    std::ostringstream out;
    return Diagnose(folder_, out);
  }
  std::string Reason() { return ErrorReason(Run()); }

  testing::TempDir dir_;
  testing::Pki pki_{dir_.File("pki"), "duban.test"}, other_{dir_.File("other"), "duban.test"};
  const std::string folder_ = dir_.File("node");
  absl::Duration hub_ahead_ = absl::ZeroDuration();
  enrolment::CheckAnswer answer_{
      .time = {}, .version = "0.1.0", .min_version = {}, .certificate = "in force"};
  testing::CheckHub hub_{pki_, [this] {
                           answer_.time = absl::Now() + hub_ahead_;
                           return answer_;
                         }};
};

TEST_F(DoctorTest, AClockThatIsFiveMinutesOffIsNamedWithItsDirection) {
  hub_ahead_ = absl::Hours(2);
  EXPECT_EQ(Reason(), "FAULT_CLOCK");
  EXPECT_THAT(std::string(Run().message()), HasSubstr("behind the hub"));
  hub_ahead_ = -absl::Hours(2);
  EXPECT_THAT(std::string(Run().message()), HasSubstr("ahead of the hub"));
  hub_ahead_ = absl::Minutes(4);
  EXPECT_EQ(Reason(), "FAULT_NETWORK");  // the closed uplink: all before it is right
}

TEST_F(DoctorTest, NamesVersionAndCertificate) {
  answer_.min_version = "99.0.0";
  EXPECT_EQ(Reason(), "FAULT_VERSION");
  answer_.min_version = "";
  for (const char* state : {"revoked", "unknown"}) {
    answer_.certificate = state;
    EXPECT_EQ(Reason(), "FAULT_CERTIFICATE") << state;
  }
  answer_.certificate = "in force";
  EXPECT_EQ(Reason(), "FAULT_NETWORK");
  std::filesystem::remove(folder_ + "/1/ca.pem");
  std::filesystem::copy_file(other_.ca_file(), folder_ + "/1/ca.pem");
  EXPECT_EQ(Reason(), "FAULT_CERTIFICATE");  // the hub is of another authority
  std::filesystem::remove(folder_ + "/1/key.pem");
  std::filesystem::copy_file(pki_.IssueNode("finance", "n1").key, folder_ + "/1/key.pem");
  EXPECT_EQ(Reason(), "FAULT_CERTIFICATE");  // not the certificate's key
  EXPECT_THAT(ErrorMetadata(Run())["do"], HasSubstr("duban node enrol"));
}

TEST(DoctorExitTest, EachFaultHasAStatusOfItsOwn) {
  EXPECT_EQ(ExitStatusOfFault("FAULT_NAME"), 3);
  EXPECT_EQ(ExitStatusOfFault("FAULT_CLOCK"), 4);
  EXPECT_EQ(ExitStatusOfFault("FAULT_CERTIFICATE"), 5);
  EXPECT_EQ(ExitStatusOfFault("FAULT_NETWORK"), 6);
  EXPECT_EQ(ExitStatusOfFault("FAULT_VERSION"), 7);
  EXPECT_EQ(ExitStatusOfFault("USAGE"), 0);
}

}  // namespace
}  // namespace duban::cli
