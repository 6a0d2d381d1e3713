#include "services/common/http/client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"
#include "services/common/http/trust.h"

namespace duban::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Error = boost::system::error_code;

absl::Status Failed(absl::string_view reason, const std::string& address, absl::string_view why) {
  return MakeError(absl::StatusCode::kUnavailable, reason, absl::StrCat(address, ": ", why),
                   {{"address", address}, {"why", std::string(why)}});
}

absl::Status NotTrusted(const std::string& address, const std::string& why) {
  return MakeError(absl::StatusCode::kUnauthenticated, "SERVER_NOT_TRUSTED",
                   absl::StrCat(address, ": the server's certificate is not accepted: ", why),
                   {{"address", address}, {"why", why}});
}

struct HostPort {
  std::string host, port;
};

absl::StatusOr<HostPort> Split(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_ADDRESS",
                     absl::StrCat("'", address, "' is not host:port"), {{"address", address}});
  }
  std::string host = address.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return HostPort{std::move(host), address.substr(colon + 1)};
}

// One exchange; all of it under one deadline.
class Exchange {
 public:
  Exchange(const ClientOptions& options, const Request& request)
      : options_(options), request_(request), tls_(asio::ssl::context::tls_client) {
    tls_.set_verify_mode(asio::ssl::verify_peer);
    SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_cert_verify_callback(
        tls_.native_handle(),
        [](X509_STORE_CTX* chain, void* self) {
          auto* exchange = static_cast<Exchange*>(self);
          return VerifyChain(chain, exchange->options_.trust, &exchange->why_) ? 1 : 0;
        },
        this);
  }

  absl::StatusOr<Response> Run(const HostPort& at) {
    absl::StatusOr<Response> result = Failed("SERVER_UNREACHABLE", options_.address, "timed out");
    asio::co_spawn(io_, Do(at, result), [](std::exception_ptr) {});
    // Resolving has no timeout of its own: what has not ended by then is left behind.
    io_.run_for(absl::ToChronoNanoseconds(options_.timeout));
    return result;
  }

 private:
  asio::awaitable<void> Do(HostPort at, absl::StatusOr<Response>& result) {
    Error error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    asio::ip::tcp::resolver resolver(io_);
    const auto found = co_await resolver.async_resolve(at.host, at.port, token);
    if (error) {
      result = Failed("SERVER_NAME_UNKNOWN", options_.address, error.message());
      co_return;
    }
    beast::ssl_stream<beast::tcp_stream> stream(io_, tls_);
    auto& tcp = beast::get_lowest_layer(stream);
    tcp.expires_after(absl::ToChronoNanoseconds(options_.timeout));
    co_await tcp.async_connect(found, token);
    if (error) {
      result = Failed("SERVER_UNREACHABLE", options_.address, error.message());
      co_return;
    }
    co_await stream.async_handshake(asio::ssl::stream_base::client, token);
    if (error) {
      result = why_.empty() ? Failed("SERVER_UNREACHABLE", options_.address, error.message())
                            : NotTrusted(options_.address, why_);
      co_return;
    }
    beast::http::request<beast::http::string_body> out;
    out.method_string(request_.method);
    out.target(request_.target);
    out.version(11);
    out.set(beast::http::field::host, at.host);
    out.set(beast::http::field::content_type, "application/json");
    out.keep_alive(false);
    out.body() = request_.body;
    out.prepare_payload();
    co_await beast::http::async_write(stream, out, token);
    if (error) {
      result = Failed("SERVER_UNREACHABLE", options_.address, error.message());
      co_return;
    }
    beast::flat_buffer buffer(kMaxAnswerBytes);
    beast::http::response_parser<beast::http::string_body> in;
    in.body_limit(kMaxAnswerBytes);
    co_await beast::http::async_read(stream, buffer, in, token);
    if (error) {
      result = Failed("BAD_ANSWER", options_.address, error.message());
      co_return;
    }
    result = Response{.status = static_cast<int>(in.get().result_int()),
                      .body = std::move(in.get().body())};
  }

  const ClientOptions& options_;
  const Request& request_;
  std::string why_;  // the server is not trusted
  asio::io_context io_{1};
  asio::ssl::context tls_;
};

}  // namespace

absl::StatusOr<Response> Send(const ClientOptions& options, const Request& request) {
  DUBAN_ASSIGN_OR_RETURN(const HostPort at, Split(options.address));
  return Exchange(options, request).Run(at);
}

}  // namespace duban::http
