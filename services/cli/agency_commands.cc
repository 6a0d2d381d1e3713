#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "duban/agency/v1/agency_service.grpc.pb.h"
#include "services/cli/command.h"
#include "services/cli/hub_data.h"
#include "services/cli/public_key.h"
#include "services/cli/session.h"
#include "services/common/base/status.h"

namespace duban::cli {
namespace {

namespace agn = duban::agency::v1;
namespace com = duban::common::v1;

std::string KindName(agn::AgencyKind kind) {
  return EnumName(*agn::AgencyKind_descriptor(), kind, "AGENCY_KIND_");
}

std::string AgencyNameOf(const std::string& id) { return absl::StrCat("agencies/", IdOf(id)); }

absl::Status List(Session& session, const Args&) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(const auto agencies, ListAgencies(session, channel));
  if (session.json()) {
    agn::ListAgenciesResponse all;
    for (const agn::Agency& agency : agencies) *all.add_agencies() = agency;
    return session.PrintJson(all);
  }
  Table table({{"Agency"}, {"Short name"}, {.title = "Full name", .flexible = true}, {"Kind"}});
  for (const agn::Agency& agency : agencies) {
    table.Add({{IdOf(agency.name())},
               {Printable(agency.short_name())},
               {Printable(agency.full_name())},
               {KindName(agency.kind())}});
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

absl::Status Show(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  agn::GetAgencyRequest request;
  request.set_name(AgencyNameOf(args.operand(0)));
  DUBAN_ASSIGN_OR_RETURN(const auto agency, session.Call<agn::Agency>([&](auto* c, auto* r) {
    return stub->GetAgency(c, request, r);
  }));
  if (session.json()) return session.PrintJson(agency);
  const auto line = [&](const char* title, const std::string& text) {
    if (!text.empty()) session.out() << title << ": " << Printable(text) << "\n";
  };
  line("Name", agency.name());
  line("Full name", agency.full_name());
  line("Short name", agency.short_name());
  line("English name", agency.english_name());
  line("Former names", absl::StrJoin(agency.former_names(), "、"));
  line("Aliases", absl::StrJoin(agency.aliases(), "、"));
  line("Kind", KindName(agency.kind()));
  line("Above it", agency.parent());
  line("From", agency.valid_from());
  line("To", agency.valid_to());
  return absl::OkStatus();
}

absl::Status Load(Session& session, const Args& args) {
  agn::BatchCreateAgenciesRequest request;
  DUBAN_RETURN_IF_ERROR(FromJsonFile(args.operand(0), request));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  DUBAN_ASSIGN_OR_RETURN(const auto response,
                         session.Call<agn::BatchCreateAgenciesResponse>([&](auto* c, auto* r) {
                           return stub->BatchCreateAgencies(c, request, r);
                         }));
  if (session.json()) return session.PrintJson(response);
  session.out() << "Loaded " << response.agencies_size() << " agencies, " << response.created()
                << " of them new\n";
  return absl::OkStatus();
}

absl::Status AddName(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  DUBAN_ASSIGN_OR_RETURN(
      const agn::Agency agency,
      AddAlias(session, channel, AgencyNameOf(args.operand(0)), args.operand(1)));
  if (session.json()) return session.PrintJson(agency);
  session.out() << agency.name() << " has the name " << Printable(args.operand(1)) << "\n";
  return absl::OkStatus();
}

// A node to register: agency, id of the node, file of its signing key.
absl::StatusOr<agn::CreateNodeRequest> NodeRequest(const std::string& agency, const std::string& id,
                                                   const std::string& key_file, int custody) {
  DUBAN_ASSIGN_OR_RETURN(const std::string pem, ReadFile(key_file));
  DUBAN_ASSIGN_OR_RETURN(const std::string key, Ed25519PublicKey(pem));
  agn::CreateNodeRequest request;
  request.set_parent(AgencyNameOf(agency));
  agn::Node& node = *request.mutable_node();
  node.set_name(absl::StrCat(request.parent(), "/nodes/", IdOf(id)));
  agn::SigningKey& signing_key = *node.add_signing_keys();
  signing_key.set_algorithm("ed25519");
  signing_key.set_public_key(key);
  node.set_custody(static_cast<agn::Custody>(custody));
  return request;
}

// One node from the operands, or those of a file: a line "AGENCY NODE KEY-FILE" each.
absl::StatusOr<std::vector<agn::CreateNodeRequest>> NodeRequests(const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const int custody, ParseEnum(*agn::Custody_descriptor(),
                                                      args.get("custody", "agency"), "CUSTODY_"));
  std::vector<agn::CreateNodeRequest> requests;
  if (!args.has("file")) {
    if (args.operand(1).empty()) return UsageError("say which: AGENCY and NODE, or --file FILE");
    DUBAN_ASSIGN_OR_RETURN(const std::string key_file, args.required("signing-key"));
    DUBAN_ASSIGN_OR_RETURN(requests.emplace_back(),
                           NodeRequest(args.operand(0), args.operand(1), key_file, custody));
    return requests;
  }
  DUBAN_ASSIGN_OR_RETURN(const std::string text, ReadFile(args.get("file")));
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() != 3) {
      return UsageError(
          absl::StrCat(args.get("file"), ": \"", line, "\" is not AGENCY NODE KEY-FILE"));
    }
    DUBAN_ASSIGN_OR_RETURN(requests.emplace_back(),
                           NodeRequest(words[0], words[1], words[2], custody));
  }
  return requests;
}

absl::Status CreateNode(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const auto requests, NodeRequests(args));
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  agn::ListNodesResponse registered;
  for (const agn::CreateNodeRequest& request : requests) {
    DUBAN_ASSIGN_OR_RETURN(*registered.add_nodes(), session.Call<agn::Node>([&](auto* c, auto* r) {
      return stub->CreateNode(c, request, r);
    }));
  }
  if (session.json()) return session.PrintJson(registered);
  for (const agn::Node& node : registered.nodes()) {
    session.out() << "Registered " << node.name() << "; its certificate must carry "
                  << node.identity() << "\n";
  }
  return absl::OkStatus();
}

absl::Status ListNodes(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  agn::ListNodesRequest request;
  request.set_parent(args.operand(0).empty() ? "agencies/-" : AgencyNameOf(args.operand(0)));
  agn::ListNodesResponse all;
  DUBAN_RETURN_IF_ERROR(ForEachPage<agn::ListNodesResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context, agn::ListNodesResponse* page) {
        request.set_page_token(token);
        return stub->ListNodes(context, request, page);
      },
      [&](auto& page) { all.mutable_nodes()->MergeFrom(page.nodes()); }));
  if (session.json()) return session.PrintJson(all);
  Table table({{"Node"}, {"Epoch"}, {"Custody"}, {"State"}, {.title = "Keys", .flexible = true}});
  for (const agn::Node& node : all.nodes()) {
    std::vector<std::string> keys;
    for (const agn::SigningKey& key : node.signing_keys()) keys.push_back(key.key_id());
    table.Add({{node.name()},
               {absl::StrCat(node.epoch())},
               {EnumName(*agn::Custody_descriptor(), node.custody(), "CUSTODY_")},
               {node.has_revoke_time() ? "revoked" : "in force",
                node.has_revoke_time() ? Colour::kRed : Colour::kGreen},
               {absl::StrJoin(keys, ", ")}});
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

absl::Status RevokeNode(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  agn::RevokeNodeRequest request;
  request.set_name(absl::StrCat(AgencyNameOf(args.operand(0)), "/nodes/", IdOf(args.operand(1))));
  DUBAN_ASSIGN_OR_RETURN(const auto node, session.Call<agn::Node>([&](auto* c, auto* r) {
    return stub->RevokeNode(c, request, r);
  }));
  if (session.json()) return session.PrintJson(node);
  session.out() << "Revoked " << node.name() << "\n";
  return absl::OkStatus();
}

absl::Status CreateCredential(Session& session, const Args& args) {
  agn::CreateCredentialRequest request;
  agn::Credential& credential = *request.mutable_credential();
  credential.set_name(absl::StrCat("credentials/", IdOf(args.operand(0))));
  DUBAN_ASSIGN_OR_RETURN(*credential.mutable_identity(), args.required("identity"));
  DUBAN_ASSIGN_OR_RETURN(const std::string roles, args.required("roles"));
  for (absl::string_view role : absl::StrSplit(roles, ',', absl::SkipEmpty())) {
    DUBAN_ASSIGN_OR_RETURN(const int value, ParseEnum(*com::Role_descriptor(), role, "ROLE_"));
    credential.add_roles(static_cast<com::Role>(value));
  }
  for (absl::string_view plan : absl::StrSplit(args.get("plans"), ',', absl::SkipEmpty())) {
    credential.add_plans(std::string(plan));
  }
  if (args.has("agency")) {
    credential.set_agency(absl::StrCat("agencies/", IdOf(args.get("agency"))));
  }
  if (args.has("not-after")) {
    absl::Time end;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, args.get("not-after"), &end, &error)) {
      return UsageError("--not-after is a time such as 2027-01-01T00:00:00+08:00");
    }
    credential.mutable_not_after()->set_seconds(absl::ToUnixSeconds(end));
  }
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  DUBAN_ASSIGN_OR_RETURN(const auto created, session.Call<agn::Credential>([&](auto* c, auto* r) {
    return stub->CreateCredential(c, request, r);
  }));
  if (session.json()) return session.PrintJson(created);
  session.out() << "Recorded " << created.name() << " for " << created.identity() << "\n";
  return absl::OkStatus();
}

absl::Status ListCredentials(Session& session, const Args&) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  agn::ListCredentialsRequest request;
  agn::ListCredentialsResponse all;
  DUBAN_RETURN_IF_ERROR(ForEachPage<agn::ListCredentialsResponse>(
      session,
      [&](const std::string& token, grpc::ClientContext* context,
          agn::ListCredentialsResponse* page) {
        request.set_page_token(token);
        return stub->ListCredentials(context, request, page);
      },
      [&](auto& page) { all.mutable_credentials()->MergeFrom(page.credentials()); }));
  if (session.json()) return session.PrintJson(all);
  Table table(
      {{"Credential"}, {.title = "Identity", .flexible = true}, {"Roles"}, {"Plans"}, {"State"}});
  for (const agn::Credential& credential : all.credentials()) {
    std::vector<std::string> roles;
    for (int role : credential.roles()) {
      roles.push_back(EnumName(*com::Role_descriptor(), role, "ROLE_"));
    }
    const bool revoked = credential.has_revoke_time();
    table.Add({{IdOf(credential.name())},
               {Printable(credential.identity())},
               {absl::StrJoin(roles, ", ")},
               {credential.plans().empty() ? "all" : absl::StrJoin(credential.plans(), ", ")},
               {revoked ? "revoked" : "in force", revoked ? Colour::kRed : Colour::kGreen}});
  }
  session.PrintTable(table);
  return absl::OkStatus();
}

absl::Status RevokeCredential(Session& session, const Args& args) {
  DUBAN_ASSIGN_OR_RETURN(const Channel channel, session.Gateway());
  const auto stub = agn::AgencyService::NewStub(channel);
  agn::RevokeCredentialRequest request;
  request.set_name(absl::StrCat("credentials/", IdOf(args.operand(0))));
  DUBAN_ASSIGN_OR_RETURN(const auto revoked, session.Call<agn::Credential>([&](auto* c, auto* r) {
    return stub->RevokeCredential(c, request, r);
  }));
  if (session.json()) return session.PrintJson(revoked);
  session.out() << "Revoked " << revoked.name() << "\n";
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> AgencyCommands() {
  return {
      {"agency list", "", "Lists the register.", {}, List},
      {"agency show", "AGENCY", "Shows an agency.", {}, Show},
      {"agency load", "FILE", "Adds the agencies of a file: {\"agencies\": [...]}.", {}, Load},
      {"agency add-alias", "AGENCY NAME", "Adds a name that a person confirmed.", {}, AddName},
      {"agency create-node",
       "[AGENCY] [NODE]",
       "Registers a node with the key that it signs with.",
       {{"signing-key", "FILE", "PEM with its Ed25519 key, public or private; needed"},
        {"file", "FILE", "register many: lines of AGENCY NODE KEY-FILE"},
        {"custody", "agency|hub", "whose machine it runs on; agency by default"}},
       CreateNode},
      {"agency nodes", "[AGENCY]", "Lists nodes.", {}, ListNodes},
      {"agency revoke-node", "AGENCY NODE", "Revokes a node.", {}, RevokeNode},
      {"agency credential create",
       "ID",
       "Records what a person or a system may do.",
       {{"identity", "URI", "SPIFFE id of its certificate; needed"},
        {"roles", "LIST", "of supervisor, reviewer, admin, auditor, integrator; needed"},
        {"plans", "LIST", "plans that it may see; all by default"},
        {"agency", "AGENCY", "the agency that the person is of, whose reports it never reviews"},
        {"not-after", "TIME", "refused after this, such as 2027-01-01T00:00:00+08:00"}},
       CreateCredential},
      {"agency credential list", "", "Lists credentials.", {}, ListCredentials},
      {"agency credential revoke", "ID", "Revokes a credential at once.", {}, RevokeCredential},
  };
}

}  // namespace duban::cli
