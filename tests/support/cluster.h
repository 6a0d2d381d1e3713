// A whole hub with nodes, as processes of their own or inside the test: the same settings, the same doors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/common/testing/pki.h"
#include "services/common/testing/temp_dir.h"

namespace grpc {
class Channel;
}

namespace duban::tests {

// Where parts run.
enum class Mode { kInProcess, kProcesses };

std::string ModeName(Mode mode);

// One server: agency, task, reporting, gateway, or a node.
class Part {
 public:
  virtual ~Part() = default;
  // Returns when it serves.
  virtual absl::Status Start() = 0;
  // As SIGTERM. The exit status; 0 in process.
  virtual int Stop() = 0;
  // As SIGKILL; in process it is a stop without grace.
  virtual void Kill() = 0;
  virtual bool running() = 0;
};

class Cluster {
 public:
  static constexpr char kTrustDomain[] = "duban.test";

  // Starts agency, task, reporting and gateway; `admin`, `supervisor` (also auditor), `reviewer` and `integrator` have credentials.
  // Aborts the test binary with a message when a part does not start.
  explicit Cluster(Mode mode);
  ~Cluster();

  // Registers node n1 of the agency and starts it.
  void AddNode(const std::string& agency);
  // The same for many, starting them together.
  void AddNodes(const std::vector<std::string>& agencies);

  // Lets nodes enrol from now on, with these settings of the agency service beside those that it needs: it is started anew. Again
  // with other settings at any time.
  void OpenEnrolment(const std::map<std::string, std::string>& settings = {});
  // Starts the agency's node on a folder that `duban node enrol` made.
  void StartEnrolledNode(const std::string& agency, const std::string& folder);

  // "agency", "task", "reporting", "gateway" or "node-<agency>".
  Part& part(const std::string& name) { return *parts_.at(name); }
  std::vector<std::string> part_names() const;

  // Channels with the certificate of an operator; to a node, with that of a system of the agency.
  std::shared_ptr<grpc::Channel> Gateway(const std::string& operator_id = "supervisor");
  std::shared_ptr<grpc::Channel> Node(const std::string& agency);
  // To a part with any certificate.
  std::shared_ptr<grpc::Channel> Connect(const std::string& part, const rpc::TlsFiles& tls);
  // To reporting's uplink.
  std::shared_ptr<grpc::Channel> ConnectUplink(const rpc::TlsFiles& tls);

  testing::Pki& pki() { return pki_; }
  // The authority that issues to nodes, as files that a test may replace; at first it is that of `pki`.
  std::string issuer_cert() const { return dir_.File("issuer.pem"); }
  std::string issuer_key() const { return dir_.File("issuer.key"); }
  const std::string& dir() const { return dir_.path(); }
  // The certificate of the node and its signing key's PEM file.
  const rpc::TlsFiles& node_tls(const std::string& agency) { return tls_.at("node-" + agency); }
  std::string signing_key_file(const std::string& agency);
  // Environment of the command line for an operator, or for an agency's system at its node.
  std::vector<std::string> CliEnv(const std::string& operator_id);
  std::vector<std::string> NodeCliEnv(const std::string& agency);
  // What a part was started with; a second process can be tried on the same.
  std::map<std::string, std::string> settings(const std::string& part) { return settings_.at(part); }
  std::string log_file(const std::string& part) { return dir_.File(part + ".log"); }
  std::string address(const std::string& part, absl::string_view setting = "listen");

 private:
  void Prepare(const std::string& name, const rpc::TlsFiles& tls,
               std::map<std::string, std::string> settings);
  void StartPart(const std::string& name);
  void RegisterNode(const std::string& agency);
  void AddCredential(const std::string& operator_id, const std::vector<int>& roles);

  const Mode mode_;
  testing::TempDir dir_;
  testing::Pki pki_;
  std::map<std::string, rpc::TlsFiles> tls_;
  std::map<std::string, std::map<std::string, std::string>> settings_;
  std::map<std::string, std::unique_ptr<Part>> parts_;
  std::vector<std::string> order_;
};

}  // namespace duban::tests
