// One run of a command: where it writes, and the parts that it talks to. Include in .cc files only.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "services/cli/args.h"
#include "services/cli/text_table.h"
#include "services/common/base/status.h"
#include "services/common/rpc/server.h"

namespace duban::cli {

inline constexpr absl::Duration kCallTimeout = absl::Seconds(30);
// How long a call is tried again while a part of the hub says that it is not ready.
inline constexpr absl::Duration kReadyTimeout = absl::Seconds(10);

enum class Format { kTable, kJson };

class Session {
 public:
  // `args` must outlive it. INVALID_ARGUMENT / USAGE for an unknown --format.
  static absl::StatusOr<std::unique_ptr<Session>> Make(const Args& args, std::ostream& out);

  std::ostream& out() { return out_; }
  const Style& style() const { return style_; }
  bool json() const { return format_ == Format::kJson; }
  // A person is there to be asked: standard input and output are a terminal, and tables are wanted.
  bool interactive() const;

  // A channel to the gateway (--gateway, DUBAN_GATEWAY), or to a node (--node, DUBAN_NODE).
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Gateway();
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Node();

  // The id of the agency that a node command is for: --agency, or the one in the caller's
  // certificate.
  absl::StatusOr<std::string> NodeAgency() const;

  // Calls `method(context, response)` until it answers something else than "not ready yet".
  template <typename Response>
  absl::StatusOr<Response> Call(
      const std::function<grpc::Status(grpc::ClientContext*, Response*)>& method) {
    Response response;
    const absl::Status status = Try([&](grpc::ClientContext* context) {
      response.Clear();
      return method(context, &response);
    });
    if (!status.ok()) return status;
    return response;
  }

  // Prints a message as JSON with the names of the proto, every field present.
  absl::Status PrintJson(const google::protobuf::Message& message);
  void PrintTable(const Table& table) { out_ << table.Render(style_); }

 private:
  Session(const Args& args, std::ostream& out) : args_(args), out_(out) {}
  absl::Status Try(const std::function<grpc::Status(grpc::ClientContext*)>& call);
  std::string Setting(const char* flag, const char* variable) const;
  absl::StatusOr<rpc::TlsFiles> Tls() const;

  const Args& args_;
  std::ostream& out_;
  Style style_;
  Format format_ = Format::kTable;
};

// Sets deadline and request id of a call that is not made by Session::Call, such as a stream.
void PrepareCall(grpc::ClientContext& context, absl::Time deadline);

// A message as JSON, as PrintJson prints it.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message);

// Reads a message from JSON in a file: unknown fields are refused but for a top-level "note".
// INVALID_ARGUMENT / INVALID_FILE, NOT_FOUND / NO_FILE.
absl::Status FromJsonFile(const std::string& path, google::protobuf::Message& message);

// Where a text stops being JSON, such as "line 3, column 14: not JSON"; empty when all of it is.
std::string JsonFault(const std::string& text);

// The whole file; "-" is standard input. NOT_FOUND / NO_FILE, RESOURCE_EXHAUSTED / FILE_TOO_LARGE.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// The name of an enum value without its prefix, lower case with dashes: ROLE_SUPERVISOR is
// "supervisor".
std::string EnumName(const google::protobuf::EnumDescriptor& type, int value,
                     absl::string_view prefix);
// The other way. INVALID_ARGUMENT / USAGE naming what there is.
absl::StatusOr<int> ParseEnum(const google::protobuf::EnumDescriptor& type, absl::string_view text,
                              absl::string_view prefix);

// All items of a list: `page(token, context, response)` asks for one page, `take(response)` takes
// its items.
template <typename Response>
absl::Status ForEachPage(Session& session,
                         const std::function<grpc::Status(const std::string& token,
                                                          grpc::ClientContext*, Response*)>& page,
                         const std::function<void(Response&)>& take) {
  std::string token;
  do {
    absl::StatusOr<Response> response = session.Call<Response>(
        [&](grpc::ClientContext* context, Response* r) { return page(token, context, r); });
    if (!response.ok()) return response.status();
    token = response->next_page_token();
    take(*response);
  } while (!token.empty());
  return absl::OkStatus();
}

}  // namespace duban::cli
