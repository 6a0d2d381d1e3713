#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "services/cli/command.h"
#include "services/cli/doctor.h"
#include "services/cli/hub_data.h"
#include "services/cli/session.h"
#include "services/common/base/clock.h"
#include "services/common/base/files.h"
#include "services/common/base/status.h"
#include "services/common/enrolment/credentials.h"

namespace duban::cli {
namespace {

namespace agn = duban::agency::v1;

constexpr char kOffice[] = "office";  // the system whose certificate comes with the enrolment

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}
std::string TimeText(const google::protobuf::Timestamp& time) {
  return TimeText(absl::FromUnixSeconds(time.seconds()));
}

std::string NodeNameOf(const Args& args) {
  return absl::StrCat("agencies/", IdOf(args.operand(0)), "/nodes/", IdOf(args.operand(1)));
}

absl::Status MakeToken(Session& session, const Args& args) {
  agn::CreateJoinTokenRequest request;
  request.mutable_join_token()->set_node(NodeNameOf(args));
  DUBAN_ASSIGN_OR_RETURN(const int custody, ParseEnum(*agn::Custody_descriptor(),
                                                      args.get("custody", "agency"), "CUSTODY_"));
  request.mutable_join_token()->set_custody(static_cast<agn::Custody>(custody));
  if (args.has("life")) {
    absl::Duration life;
    if (!absl::ParseDuration(args.get("life"), &life)) {
      return UsageError("--life is a duration such as 24h");
    }
    request.mutable_join_token()->mutable_expire_time()->set_seconds(
        absl::ToUnixSeconds(absl::Now() + life));
  }
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  DUBAN_ASSIGN_OR_RETURN(
      const auto made, session.Call<agn::CreateJoinTokenResponse>(
                           [&](auto* c, auto* r) { return stub->CreateJoinToken(c, request, r); }));
  if (session.json()) return session.PrintJson(made);
  session.out() << made.token() << "\n";
  // Beside the token, so that it alone can be sent to a file.
  std::cerr << "Enrols " << made.join_token().node() << ", once, until "
            << TimeText(made.join_token().expire_time())
            << ". It is shown this once. On the node's machine:\n"
            << "  duban node enrol --hub " << made.enrol_address()
            << " --dir /var/lib/duban-node\n";
  return absl::OkStatus();
}

std::string StateOf(const agn::JoinToken& token) {
  if (token.has_use_time()) return "used";
  if (token.has_revoke_time()) return "revoked";
  return absl::FromUnixSeconds(token.expire_time().seconds()) < absl::Now() ? "expired" : "open";
}

absl::Status ListTokens(Session& session, const Args&) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  agn::ListJoinTokensRequest request;
  agn::ListJoinTokensResponse all;
  DUBAN_RETURN_IF_ERROR(ForEachPage<agn::ListJoinTokensResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context,
          agn::ListJoinTokensResponse* page) {
        request.set_page_token(token);
        return stub->ListJoinTokens(context, request, page);
      },
      [&](auto& page) { all.mutable_join_tokens()->MergeFrom(page.join_tokens()); }));
  if (session.json()) return session.PrintJson(all);
  Table table({{"Token"}, {.title = "Node", .flexible = true}, {"State"}, {"Until"}, {"Made by"}});
  for (const agn::JoinToken& token : all.join_tokens()) {
    const std::string state = StateOf(token);
    table.Add({{IdOf(token.name())},
               {token.node()},
               {state, state == "open" ? Colour::kGreen : Colour::kNone},
               {TimeText(token.expire_time())},
               {Printable(token.creator())}});
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

absl::Status RevokeToken(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  agn::RevokeJoinTokenRequest request;
  request.set_name(absl::StrCat("joinTokens/", IdOf(args.operand(0))));
  DUBAN_ASSIGN_OR_RETURN(const auto token, session.Call<agn::JoinToken>([&](auto* c, auto* r) {
    return stub->RevokeJoinToken(c, request, r);
  }));
  if (session.json()) return session.PrintJson(token);
  session.out() << "Revoked " << token.name() << "\n";
  return absl::OkStatus();
}

absl::Status ListCertificates(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  agn::ListNodesRequest request;
  request.set_parent(absl::StrCat("agencies/", IdOf(args.operand(0))));
  DUBAN_ASSIGN_OR_RETURN(const auto nodes,
                         session.Call<agn::ListNodesResponse>(
                             [&](auto* c, auto* r) { return stub->ListNodes(c, request, r); }));
  if (session.json()) return session.PrintJson(nodes);
  Table table({{.title = "Node", .flexible = true}, {"Serial"}, {"Issued"}, {"Until"}, {"State"}});
  for (const agn::Node& node : nodes.nodes()) {
    for (const agn::NodeCertificate& one : node.certificates()) {
      table.Add({{node.name()},
                 {one.serial()},
                 {TimeText(one.issue_time())},
                 {TimeText(one.not_after())},
                 {one.has_revoke_time() ? "revoked" : "in force"}});
    }
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

absl::Status RevokeCertificate(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  agn::RevokeNodeCertificateRequest request;
  request.set_name(NodeNameOf(args));
  request.set_serial(args.operand(2));
  DUBAN_ASSIGN_OR_RETURN(const auto node, session.Call<agn::Node>([&](auto* c, auto* r) {
    return stub->RevokeNodeCertificate(c, request, r);
  }));
  if (session.json()) return session.PrintJson(node);
  session.out() << "Revoked " << request.serial() << " of " << node.name() << "\n";
  return absl::OkStatus();
}

// What the folder holds, for people or for programs.
void Print(Session& session, const std::string& dir, const enrolment::Credentials& own) {
  if (session.json()) {
    session.out() << nlohmann::json{{"node", own.node.ToString()},
                                    {"identity", own.identity},
                                    {"epoch", own.epoch},
                                    {"serial", own.certificate.serial},
                                    {"certificate_end_time",
                                     absl::FormatTime(absl::RFC3339_sec, own.certificate.not_after,
                                                      absl::UTCTimeZone())},
                                    {"hub_address", own.hub_address},
                                    {"enrol_address", own.enrol_address}}
                         .dump(1)
                  << "\n";
    return;
  }
  session.out() << own.node.ToString() << ", epoch " << own.epoch << "; certificate "
                << own.certificate.serial << " until " << TimeText(own.certificate.not_after)
                << ", in " << dir << "\n";
}

absl::StatusOr<std::string> ReadToken(Session& session, const Args& args) {
  const std::string file = args.get("token-file", "-");
  if (file == "-" && session.interactive()) {
    std::cerr << "Join token: ";
    std::string line;
    std::getline(std::cin, line);
    return line;
  }
  return cli::ReadFile(file);
}

// A configuration for duban-node, unless somebody wrote one.
absl::Status WriteConfig(const std::string& dir, const std::string& listen) {
  const std::string file = absl::StrCat(dir, "/node.yaml");
  if (access(file.c_str(), F_OK) == 0) return absl::OkStatus();
  return ReplaceFile(
      file, absl::StrCat("credentials: ", dir, "\ndata: ", dir, "/store\nlisten: ", listen, "\n"));
}

absl::Status EnrolNode(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string hub, args.required("hub"));
  DUBAN_ASSIGN_OR_RETURN(const std::string given, args.required("dir"));
  // As the node finds it, wherever it is started.
  const std::string dir = std::filesystem::absolute(given).lexically_normal().string();
  DUBAN_ASSIGN_OR_RETURN(const std::string text, ReadToken(session, args));
  DUBAN_ASSIGN_OR_RETURN(const enrolment::Token token, enrolment::Token::Parse(text));
  DUBAN_ASSIGN_OR_RETURN(const auto own, enrolment::Enrol(dir, hub, token));
  const std::string listen = args.get("listen", "127.0.0.1:7405");
  DUBAN_RETURN_IF_ERROR(WriteConfig(dir, listen));
  if (!enrolment::ReadSystem(dir, kOffice).ok()) {
    DUBAN_RETURN_IF_ERROR(enrolment::RenewSystem(dir, kOffice, SystemClock()).status());
  }
  Print(session, dir, own);
  if (session.json()) return absl::OkStatus();
  const std::string system = absl::StrCat(dir, "/systems/", kOffice, "/current");
  session.out() << "Start the node:   duban-node --config " << dir << "/node.yaml\n"
                << "Look at it:       duban node status     (after:)\n"
                << "  export DUBAN_NODE=" << listen << " DUBAN_TLS_CERT=" << system
                << "/cert.pem DUBAN_TLS_KEY=" << system << "/key.pem DUBAN_TLS_CA=" << system
                << "/ca.pem\n";
  return absl::OkStatus();
}

absl::Status Rotate(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string dir, args.required("dir"));
  DUBAN_ASSIGN_OR_RETURN(const auto own, enrolment::Renew(dir, SystemClock()));
  for (const std::string& system : enrolment::SystemsOf(dir)) {
    DUBAN_RETURN_IF_ERROR(enrolment::RenewSystem(dir, system, SystemClock()).status());
  }
  Print(session, dir, own);
  return absl::OkStatus();
}

absl::Status MakeSystem(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string dir, args.required("dir"));
  DUBAN_ASSIGN_OR_RETURN(const std::string folder,
                         enrolment::RenewSystem(dir, args.operand(0), SystemClock()));
  if (session.json()) {
    session.out() << nlohmann::json{{"folder", folder}}.dump(1) << "\n";
  } else {
    session.out() << "cert.pem, key.pem and ca.pem are in " << folder << "\n";
  }
  return absl::OkStatus();
}

absl::Status Doctor(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const std::string dir, args.required("dir"));
  return Diagnose(dir, session.out());
}

}  // namespace

std::vector<Command> EnrolCommands() {
  const Flag dir = {"dir", "DIR", "folder of the node's credentials; needed"};
  return {
      {"agency join-token",
       "AGENCY NODE",
       "Makes a token by which a node enrols itself, once.",
       {{"life", "TIME", "how long it is taken, 72h by default, a week at most"},
        {"custody", "agency|hub", "whose machine the node runs on; agency by default"}},
       MakeToken},
      {"agency join-tokens", "", "Lists join tokens, without their secrets.", {}, ListTokens},
      {"agency revoke-join-token", "TOKEN", "Revokes a join token by its id.", {}, RevokeToken},
      {"agency certificates",
       "AGENCY",
       "Lists the certificates of an agency's nodes.",
       {},
       ListCertificates},
      {"agency revoke-certificate",
       "AGENCY NODE SERIAL",
       "Revokes one certificate of a node at once.",
       {},
       RevokeCertificate},
      {"node enrol",
       "",
       "Makes this machine an agency's node by a join token.",
       {{"hub", "HOST:PORT", "address of the hub's enrolment listener; needed"},
        dir,
        {"token-file", "FILE", "file with the token; standard input by default"},
        {"listen", "HOST:PORT", "where the node shall listen, 127.0.0.1:7405 by default"}},
       EnrolNode},
      {"node rotate", "", "Renews the certificates in the folder now.", {dir}, Rotate},
      {"node system",
       "NAME",
       "Makes a certificate for a system of the agency, for its calls to the node.",
       {dir},
       MakeSystem},
      {"node doctor",
       "",
       "Says why the node cannot talk to its hub, and what to do (exit status 3 name, 4 clock, 5 "
       "certificate, 6 network, 7 version).",
       {dir},
       Doctor},
  };
}

}  // namespace duban::cli
