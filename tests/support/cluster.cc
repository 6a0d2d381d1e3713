#include "tests/support/cluster.h"

#include <grpcpp/grpcpp.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "services/common/rpc/client.h"
#include "services/common/rpc/handler.h"
#include "services/common/sign/sign.h"
#include "tests/support/calls.h"
#include "tests/support/part.h"

namespace duban::tests {
namespace {

void Check(const absl::Status& status, absl::string_view what) {
  if (status.ok()) return;
  fprintf(stderr, "cluster: %s: %s\n", std::string(what).c_str(), status.ToString().c_str());
  abort();
}

void WriteFile(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
}

std::string KindOf(const std::string& part) {
  return absl::StartsWith(part, "node-") ? "node" : part;
}

}  // namespace

std::string ModeName(Mode mode) { return mode == Mode::kInProcess ? "InProcess" : "Processes"; }

Cluster::Cluster(Mode mode) : mode_(mode), pki_(dir_.File("pki"), kTrustDomain) {
  auto pem = sign::NewEd25519Pem();
  Check(pem.status(), "receipt key");
  WriteFile(dir_.File("receipt.pem"), *pem);
  for (const char* who : {"admin", "supervisor", "reviewer", "integrator"}) {
    tls_[who] = pki_.Issue(absl::StrCat("/operator/", who));
  }
  Prepare("agency", pki_.IssueHub("agency"),
          {{"data", dir_.File("agency")},
           {"bootstrap_admin", absl::StrCat("spiffe://", kTrustDomain, "/operator/admin")}});
  StartPart("agency");
  Prepare("task", pki_.IssueHub("task"),
          {{"data", dir_.File("task")}, {"agency_address", address("agency")}});
  StartPart("task");
  Prepare("reporting", pki_.IssueHub("reporting"),
          {{"data", dir_.File("reporting")},
           {"uplink_listen", "127.0.0.1:0"},
           {"uplink_port_file", dir_.File("uplink.port")},
           {"receipt_key", dir_.File("receipt.pem")},
           {"task_address", address("task")},
           {"agency_address", address("agency")}});
  StartPart("reporting");
  Prepare("gateway", pki_.IssueHub("gateway"),
          {{"task_address", address("task")},
           {"agency_address", address("agency")},
           {"reporting_address", address("reporting")}});
  StartPart("gateway");
  AddCredential("supervisor", {common::v1::ROLE_SUPERVISOR, common::v1::ROLE_AUDITOR});
  AddCredential("reviewer", {common::v1::ROLE_REVIEWER});
  AddCredential("integrator", {common::v1::ROLE_INTEGRATOR});
}

Cluster::~Cluster() {
  for (auto name = order_.rbegin(); name != order_.rend(); ++name) parts_.at(*name)->Stop();
}

void Cluster::Prepare(const std::string& name, const rpc::TlsFiles& tls,
                      std::map<std::string, std::string> settings) {
  tls_[name] = tls;
  settings["listen"] = "127.0.0.1:0";
  settings["tls_cert"] = tls.cert;
  settings["tls_key"] = tls.key;
  settings["tls_ca"] = tls.ca;
  mkdir(dir_.File("run").c_str(), 0700);
  settings["port_file"] = dir_.File("run/" + name + ".port");
  settings_[name] = std::move(settings);
  const std::string kind = KindOf(name);
  parts_[name] = mode_ == Mode::kInProcess
                     ? NewInProcessPart(kind, settings_[name])
                     : NewProcessPart("duban-" + kind, settings_[name], dir_.File(name + ".yaml"),
                                      log_file(name));
  order_.push_back(name);
}

void Cluster::StartPart(const std::string& name) { Check(parts_.at(name)->Start(), name); }

void Cluster::AddCredential(const std::string& operator_id, const std::vector<int>& roles) {
  auto stub = agency::v1::AgencyService::NewStub(Gateway("admin"));
  agency::v1::CreateCredentialRequest request;
  request.mutable_credential()->set_name("credentials/" + operator_id);
  request.mutable_credential()->set_identity(
      absl::StrCat("spiffe://", kTrustDomain, "/operator/", operator_id));
  for (int role : roles) {
    request.mutable_credential()->add_roles(static_cast<common::v1::Role>(role));
  }
  Check(Eventually<agency::v1::Credential>(
            [&](auto* c, auto* r) { return stub->CreateCredential(c, request, r); })
            .status(),
        "credential of " + operator_id);
}

std::string Cluster::signing_key_file(const std::string& agency) {
  return dir_.File("sign-" + agency + ".pem");
}

void Cluster::RegisterNode(const std::string& agency) {
  auto pem = sign::NewEd25519Pem();
  Check(pem.status(), "signing key");
  WriteFile(signing_key_file(agency), *pem);
  auto signer = sign::SignerFromPem(*pem);
  agency::v1::CreateNodeRequest request;
  request.set_parent("agencies/" + agency);
  request.mutable_node()->set_name(absl::StrCat("agencies/", agency, "/nodes/n1"));
  request.mutable_node()->set_custody(agency::v1::CUSTODY_AGENCY);
  request.mutable_node()->set_epoch(1);
  auto& key = *request.mutable_node()->add_signing_keys();
  key.set_algorithm(sign::kEd25519);
  key.set_public_key((*signer)->public_key());
  auto stub = agency::v1::AgencyService::NewStub(Gateway("admin"));
  Check(Call<agency::v1::Node>([&](auto* c, auto* r) { return stub->CreateNode(c, request, r); })
            .status(),
        "node of " + agency);
  tls_["system-" + agency] = pki_.Issue(absl::StrCat("/agency/", agency, "/system/office"));
  Prepare("node-" + agency, pki_.IssueNode(agency, "n1"),
          {{"data", dir_.File("node-" + agency)},
           {"agency", agency},
           {"node", "n1"},
           {"hub_address", address("reporting", "uplink_listen")},
           {"signing_key", signing_key_file(agency)}});
}

void Cluster::AddNode(const std::string& agency) {
  RegisterNode(agency);
  StartPart("node-" + agency);
}

void Cluster::OpenEnrolment(const std::map<std::string, std::string>& settings) {
  part("agency").Stop();
  auto& own = settings_.at("agency");
  if (own.count("enrol_listen") == 0) {
    std::filesystem::copy_file(pki_.ca_file(), issuer_cert());
    std::filesystem::copy_file(pki_.ca_key_file(), issuer_key());
    own["enrol_listen"] = "127.0.0.1:0";
  }
  own["enrol_port_file"] = dir_.File("run/enrol.port");
  own["issuer_cert"] = issuer_cert();
  own["issuer_key"] = issuer_key();
  own["uplink_address"] = address("reporting", "uplink_listen");
  for (const auto& [name, value] : settings) own[name] = value;
  StartPart("agency");
  auto stub = agency::v1::AgencyService::NewStub(Gateway("admin"));
  Check(Eventually<agency::v1::ListAgenciesResponse>(
            [&](auto* c, auto* r) { return stub->ListAgencies(c, {}, r); })
            .status(),
        "agency after its restart");
}

void Cluster::StartEnrolledNode(const std::string& agency, const std::string& folder) {
  const std::string name = "node-" + agency, system = folder + "/systems/office/current";
  if (settings_.count(name) == 0) {
    Prepare(name, {.cert = folder + "/current/cert.pem",
                   .key = folder + "/current/key.pem",
                   .ca = folder + "/current/ca.pem"},
            {{"data", dir_.File(name)}, {"credentials", folder}});
    for (const char* said : {"tls_cert", "tls_key", "tls_ca"}) settings_.at(name).erase(said);
    tls_["system-" + agency] = {
        .cert = system + "/cert.pem", .key = system + "/key.pem", .ca = system + "/ca.pem"};
  }
  StartPart(name);
}

void Cluster::AddNodes(const std::vector<std::string>& agencies) {
  for (const std::string& agency : agencies) AddNode(agency);
}

std::vector<std::string> Cluster::part_names() const { return order_; }

std::string Cluster::address(const std::string& part, absl::string_view setting) {
  return settings_.at(part).at(std::string(setting));
}

std::shared_ptr<grpc::Channel> Cluster::Gateway(const std::string& operator_id) {
  return Connect("gateway", tls_.at(operator_id));
}

std::shared_ptr<grpc::Channel> Cluster::Node(const std::string& agency) {
  return Connect("node-" + agency, tls_.at("system-" + agency));
}

std::shared_ptr<grpc::Channel> Cluster::Connect(const std::string& part, const rpc::TlsFiles& tls) {
  const std::string name =
      KindOf(part) == "node"
          ? rpc::NodeServerName(absl::StripPrefix(part, "node-"), "n1", kTrustDomain)
          : rpc::HubServerName(part, kTrustDomain);
  return rpc::NewChannel({.address = address(part), .server_name = name, .tls = tls});
}

std::shared_ptr<grpc::Channel> Cluster::ConnectUplink(const rpc::TlsFiles& tls) {
  return rpc::NewChannel({.address = address("reporting", "uplink_listen"),
                          .server_name = rpc::HubServerName("reporting", kTrustDomain),
                          .tls = tls});
}

std::vector<std::string> Cluster::CliEnv(const std::string& operator_id) {
  const rpc::TlsFiles& tls = tls_.at(operator_id);
  return {"DUBAN_GATEWAY=" + address("gateway"), "DUBAN_TLS_CERT=" + tls.cert,
          "DUBAN_TLS_KEY=" + tls.key, "DUBAN_TLS_CA=" + tls.ca};
}

std::vector<std::string> Cluster::NodeCliEnv(const std::string& agency) {
  const rpc::TlsFiles& tls = tls_.at("system-" + agency);
  return {"DUBAN_NODE=" + address("node-" + agency), "DUBAN_TLS_CERT=" + tls.cert,
          "DUBAN_TLS_KEY=" + tls.key, "DUBAN_TLS_CA=" + tls.ca};
}

}  // namespace duban::tests
