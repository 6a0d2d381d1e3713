// Nodes that enrol themselves, on real processes: by a token from nothing, renewal, revocation,
// expiry, another authority, doctor.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "duban/reporting/v1/uplink_service.grpc.pb.h"
#include "tests/support/calls.h"
#include "tests/support/cluster.h"
#include "tests/support/office.h"
#include "tests/support/process.h"

namespace duban::tests {
namespace {

using ::testing::HasSubstr;

std::string Slurp(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void Replace(const std::string& file, const std::string& text) {
  std::ofstream(file + ".new") << text;
  std::filesystem::rename(file + ".new", file);
}

class EnrolmentTest : public ::testing::Test {
 protected:
  EnrolmentTest() {
    Office office(hub_);
    office.LoadRegister();
    office.Import("small", SmallPlanText());
    office.Issue("small");
  }

  std::string Folder(const std::string& name) {
    return absl::StrCat(hub_.dir(), "/enrolled-", name);
  }

  Output AsAdmin(std::vector<std::string> words) {
    words.insert(words.begin(), BinDir() + "/duban");
    return RunProgram(words, hub_.CliEnv("admin"));
  }

  std::string NewToken(const std::string& agency) {
    const Output made = AsAdmin({"agency", "join-token", agency, "n1"});
    EXPECT_EQ(made.status, 0) << made.err;
    return made.out;
  }

  Output Enrol(const std::string& folder, const std::string& token) {
    return RunProgram({BinDir() + "/duban", "node", "enrol", "--hub",
                       hub_.address("agency", "enrol_listen"), "--dir", folder},
                      {}, token);
  }

  // The agency's folder, enrolled.
  std::string Enrolled(const std::string& agency) {
    const Output done = Enrol(Folder(agency), NewToken(agency));
    EXPECT_EQ(done.status, 0) << done.err;
    return Folder(agency);
  }

  Output OnNode(const std::string& command, const std::string& folder) {
    return RunProgram({BinDir() + "/duban", "node", command, "--dir", folder});
  }

  agency::v1::Node Registered(const std::string& agency) {
    auto stub = agency::v1::AgencyService::NewStub(hub_.Gateway("admin"));
    agency::v1::ListNodesRequest request;
    request.set_parent("agencies/" + agency);
    const auto nodes = Call<agency::v1::ListNodesResponse>(
        [&](auto* c, auto* r) { return stub->ListNodes(c, request, r); });
    EXPECT_TRUE(nodes.ok() && nodes->nodes_size() == 1);
    return nodes.ok() && nodes->nodes_size() == 1 ? nodes->nodes(0) : agency::v1::Node();
  }

  rpc::TlsFiles TlsOf(const std::string& folder) {
    return {.cert = folder + "/current/cert.pem",
            .key = folder + "/current/key.pem",
            .ca = folder + "/current/ca.pem"};
  }

  // Asks the node until it is connected to the hub.
  void WhenConnected(const std::string& agency) {
    AgencyDesk desk(hub_, agency);
    const absl::Time give_up = absl::Now() + absl::Seconds(60);
    while (!desk.Status().connected() && absl::Now() < give_up) {
    }
    EXPECT_TRUE(desk.Status().connected()) << desk.Status().DebugString();
  }

  Cluster hub_{Mode::kProcesses};
};

// A stream to the uplink with a node's certificate, after its first message. The uplink may not have heard of the node yet: it is
// opened again until it has.
class OpenStream {
 public:
  explicit OpenStream(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(reporting::v1::UplinkService::NewStub(channel)) {
    const absl::Time give_up = absl::Now() + absl::Seconds(30);
    while (!opened_ && absl::Now() < give_up) {
      context_ = std::make_unique<grpc::ClientContext>();
      context_->set_wait_for_ready(true);
      reader_ = stub_->WatchAssignments(context_.get(), {});
      common::v1::WatchResponse first;
      opened_ = reader_->Read(&first);
      if (!opened_) reader_->Finish();
    }
  }
  ~OpenStream() { context_->TryCancel(); }
  bool opened() const { return opened_; }
  // Reads until it ends.
  std::string End() {
    common::v1::WatchResponse more;
    while (reader_->Read(&more)) {
    }
    const absl::Status status = rpc::FromGrpc(reader_->Finish());
    return absl::StrCat(absl::StatusCodeToString(status.code()), " / ", ErrorReason(status));
  }
  // A call on the same connection.
  std::string Hello() {
    const absl::Status status = Call<reporting::v1::HelloResponse>([&](auto* c, auto* r) {
                                  return stub_->Hello(c, reporting::v1::HelloRequest(), r);
                                }).status();
    return absl::StrCat(absl::StatusCodeToString(status.code()), " / ", ErrorReason(status));
  }

 private:
  std::unique_ptr<reporting::v1::UplinkService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<common::v1::WatchResponse>> reader_;
  bool opened_ = false;
};

TEST_F(EnrolmentTest, ANodeSetUpByATokenFromNothingReports) {
  hub_.OpenEnrolment();
  const std::string token = NewToken("finance");
  const std::string folder = Folder("finance");
  const Output first = Enrol(folder, token);
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("agencies/finance/nodes/n1, epoch 1"));
  const Output again = Enrol(folder, token);
  EXPECT_EQ(again.out, first.out) << again.err;
  for (const char* file : {"key.pem", "sign.pem", "cert.pem"}) {
    struct stat info {};
    ASSERT_EQ(stat(absl::StrCat(folder, "/current/", file).c_str(), &info), 0) << file;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << file;
  }
  const Output stolen = Enrol(Folder("thief"), token);
  EXPECT_EQ(stolen.status, 1);
  EXPECT_THAT(stolen.err, HasSubstr("TOKEN_REFUSED"));
  EXPECT_THAT(AsAdmin({"agency", "join-tokens"}).out, HasSubstr("used"));

  hub_.StartEnrolledNode("finance", folder);
  AgencyDesk desk(hub_, "finance");
  const auto assignments = desk.AssignmentsWhen(1);
  ASSERT_FALSE(assignments.empty());
  desk.Acknowledge(assignments[0].name());
  desk.Report(assignments[0].name(), LastMonth(), 2500);
  desk.WhenDelivered();
  EXPECT_EQ(Office(hub_).Reports("small").size(), 1u);
  EXPECT_EQ(OnNode("doctor", folder).status, 0) << OnNode("doctor", folder).err;
}

TEST_F(EnrolmentTest, ANewTokenForTheSameNodeStartsTheNextEpochAndEndsTheOldCredentials) {
  hub_.OpenEnrolment();
  const std::string old = Enrolled("finance");
  ASSERT_EQ(Enrol(Folder("new-machine"), NewToken("finance")).status, 0);
  const agency::v1::Node node = Registered("finance");
  EXPECT_EQ(node.epoch(), 2);
  ASSERT_EQ(node.signing_keys_size(), 2);
  EXPECT_TRUE(node.signing_keys(0).has_revoke_time());
  EXPECT_FALSE(node.signing_keys(1).has_revoke_time());
  EXPECT_EQ(OnNode("rotate", old).status, 1);
  EXPECT_EQ(OnNode("doctor", old).status, 5);
  EXPECT_EQ(OnNode("rotate", Folder("new-machine")).status, 0);
}

TEST_F(EnrolmentTest, CertificatesRenewUnderLoadWithoutARestart) {
  hub_.OpenEnrolment({{"certificate_life", "9s"}});
  hub_.StartEnrolledNode("finance", Enrolled("finance"));
  AgencyDesk desk(hub_, "finance");
  const auto assignments = desk.AssignmentsWhen(1);
  ASSERT_FALSE(assignments.empty());
  desk.Acknowledge(assignments[0].name());
  const int64_t first_end = desk.Status().certificate_end_time().seconds();
  // Until the third certificate is in use; each question is a connection of its own.
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  while (desk.Status().certificate_end_time().seconds() < first_end + 10 && absl::Now() < give_up) {
  }
  EXPECT_GE(desk.Status().certificate_end_time().seconds(), first_end + 10);
  EXPECT_GT(absl::ToUnixSeconds(absl::Now()), first_end);
  desk.Report(assignments[0].name(), LastMonth(), 2500);
  desk.WhenDelivered();
  EXPECT_EQ(Office(hub_).Reports("small").size(), 1u);
  EXPECT_TRUE(hub_.part("node-finance").running());
  EXPECT_EQ(desk.Status().renewal_error(), "");
}

TEST_F(EnrolmentTest, ARevokedCertificateEndsAnOpenStreamWithinASecond) {
  hub_.OpenEnrolment();
  const std::string folder = Enrolled("finance");
  const std::string serial = Registered("finance").certificates(0).serial();
  OpenStream stream(hub_.ConnectUplink(TlsOf(folder)));
  ASSERT_TRUE(stream.opened());
  const Output revoked = AsAdmin({"agency", "revoke-certificate", "finance", "n1", serial});
  ASSERT_EQ(revoked.status, 0) << revoked.err;
  const absl::Time revoke_time = absl::Now();
  EXPECT_EQ(stream.End(), "UNAUTHENTICATED / CERTIFICATE_REVOKED");
  EXPECT_LT(absl::Now() - revoke_time, absl::Seconds(1));
  EXPECT_EQ(stream.Hello(), "UNAUTHENTICATED / CERTIFICATE_REVOKED");
  const Output doctor = OnNode("doctor", folder);
  EXPECT_EQ(doctor.status, 5) << doctor.err;
  EXPECT_THAT(doctor.err, HasSubstr("revoked"));
  ASSERT_EQ(OnNode("rotate", folder).status, 0);
  EXPECT_TRUE(OpenStream(hub_.ConnectUplink(TlsOf(folder))).opened());
}

TEST_F(EnrolmentTest, AStreamEndsWithItsCertificate) {
  hub_.OpenEnrolment({{"certificate_life", "4s"}});
  const std::string folder = Enrolled("finance");
  OpenStream stream(hub_.ConnectUplink(TlsOf(folder)));
  ASSERT_TRUE(stream.opened());
  EXPECT_EQ(stream.End(), "UNAUTHENTICATED / CERTIFICATE_EXPIRED");
  const absl::Time end =
      absl::FromUnixSeconds(Registered("finance").certificates(0).not_after().seconds());
  EXPECT_LT(absl::Now() - end, absl::Seconds(1));
}

TEST_F(EnrolmentTest, ANodeThatWasOffPastItsExpiryComesBackByItsSigningKey) {
  hub_.OpenEnrolment({{"certificate_life", "1s"}});
  const std::string folder = Enrolled("finance");
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  Output doctor;
  while ((doctor = OnNode("doctor", folder)).status != 5 && absl::Now() < give_up) {
  }
  EXPECT_EQ(doctor.status, 5);
  EXPECT_THAT(doctor.err, HasSubstr("ended"));
  hub_.OpenEnrolment({{"certificate_life", "1h"}});
  hub_.StartEnrolledNode("finance", folder);
  WhenConnected("finance");  // by the office's certificate, which the node renews as well
  EXPECT_EQ(OnNode("doctor", folder).status, 0) << OnNode("doctor", folder).err;
}

TEST_F(EnrolmentTest, AnotherAuthorityTakesOverWithoutAGap) {
  hub_.OpenEnrolment();
  const std::string folder = Enrolled("finance");
  hub_.StartEnrolledNode("finance", folder);
  WhenConnected("finance");
  testing::Pki next(absl::StrCat(hub_.dir(), "/next"), Cluster::kTrustDomain);
  const std::string old_ca = Slurp(hub_.pki().ca_file()), new_ca = Slurp(next.ca_file());
  // First everybody believes both; then nodes get certificates of the new one.
  Replace(hub_.pki().ca_file(), old_ca + new_ca);
  Replace(hub_.issuer_key(), Slurp(next.ca_key_file()));
  Replace(hub_.issuer_cert(), new_ca);
  ASSERT_EQ(OnNode("rotate", folder).status, 0);
  EXPECT_EQ(Slurp(folder + "/current/ca.pem"), old_ca + new_ca);
  // Then the hub's own.
  for (const char* service : {"agency", "reporting"}) {
    const rpc::TlsFiles fresh = next.IssueHub(service);
    const auto settings = hub_.settings(service);
    Replace(settings.at("tls_key"), Slurp(fresh.key));
    Replace(settings.at("tls_cert"), Slurp(fresh.cert));
  }
  hub_.part("node-finance").Stop();
  ASSERT_TRUE(hub_.part("node-finance").Start().ok());
  WhenConnected("finance");
  const Output rotated = OnNode("rotate", folder);
  EXPECT_EQ(rotated.status, 0) << rotated.err;
  // A new node needs only the new one.
  ASSERT_EQ(Enrol(Folder("health"), NewToken("health")).status, 0);
}

TEST_F(EnrolmentTest, TheDoctorNamesTheCauseAndWhatToDo) {
  hub_.OpenEnrolment();
  const std::string folder = Enrolled("finance");
  EXPECT_EQ(OnNode("doctor", folder).status, 0) << OnNode("doctor", folder).err;
  EXPECT_EQ(OnNode("doctor", Folder("nothing")).status, 5);

  const std::string facts_file = folder + "/current/node.json", facts = Slurp(facts_file);
  const std::string enrol = hub_.address("agency", "enrol_listen");
  const std::string uplink = hub_.address("reporting", "uplink_listen");
  const auto with = [&](const std::string& from, const std::string& to) {
    Replace(facts_file, absl::StrReplaceAll(facts, {{from, to}}));
    const Output doctor = OnNode("doctor", folder);
    Replace(facts_file, facts);
    EXPECT_THAT(doctor.err, HasSubstr("What to do")) << doctor.err;
    return doctor.status;
  };
  EXPECT_EQ(with(enrol, "no-such-host.invalid:7406"), 3);
  EXPECT_EQ(with(uplink, "no-such-host.invalid:7404"), 3);
  EXPECT_EQ(with(enrol, "127.0.0.1:1"), 6);
  EXPECT_EQ(with(uplink, "127.0.0.1:1"), 6);
  EXPECT_EQ(with(uplink, hub_.address("task")), 5);  // another part of the hub

  hub_.OpenEnrolment({{"min_node_version", "99.0.0"}});
  const Output old = OnNode("doctor", folder);
  EXPECT_EQ(old.status, 7) << old.err;
  EXPECT_THAT(OnNode("rotate", folder).err, HasSubstr("VERSION_TOO_OLD"));
}

}  // namespace
}  // namespace duban::tests
