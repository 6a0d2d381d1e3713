#include "services/common/http/server.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/base/files.h"
#include "services/common/base/log.h"
#include "services/common/base/status.h"
#include "services/common/http/rate.h"
#include "services/common/rpc/listener.h"
#include "services/common/sign/x509.h"

namespace duban::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Error = boost::system::error_code;
using Tls = std::shared_ptr<asio::ssl::context>;

absl::Status BadFiles(const std::string& file, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_TLS_FILES",
                   absl::StrCat(file, ": ", why), {{"file", file}});
}

// A context made of the files as they are now.
absl::StatusOr<Tls> ReadTls(const ServerOptions& options) {
  auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(tls->native_handle(), SSL_OP_NO_RENEGOTIATION);
  Error error;
  tls->use_certificate_chain_file(options.cert, error);
  if (error) return BadFiles(options.cert, error.message());
  tls->use_private_key_file(options.key, asio::ssl::context::pem, error);
  if (error) return BadFiles(options.key, error.message());
  if (SSL_CTX_check_private_key(tls->native_handle()) != 1) {
    return BadFiles(options.key, absl::StrCat("is not the key of ", options.cert));
  }
  if (options.chain.empty()) return tls;
  DUBAN_ASSIGN_OR_RETURN(const std::string bundle, ReadFile(options.chain));
  DUBAN_ASSIGN_OR_RETURN(const std::vector<std::string> chain, sign::SplitCertificates(bundle));
  for (const std::string& pem : chain) {
    BIO* memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* certificate = PEM_read_bio_X509(memory, nullptr, nullptr, nullptr);
    BIO_free(memory);
    SSL_CTX_add1_chain_cert(tls->native_handle(), certificate);
    X509_free(certificate);
  }
  return tls;
}

// The context of the newest files; those that cannot be used leave the one before in place.
class ReloadedTls {
 public:
  explicit ReloadedTls(const ServerOptions& options) : options_(options) {}

  absl::Status Load() {
    stamp_ = Stamp();
    DUBAN_ASSIGN_OR_RETURN(tls_, ReadTls(options_));
    return absl::OkStatus();
  }

  Tls Get() {
    std::lock_guard lock(mutex_);
    const auto stamp = Stamp();
    if (stamp == stamp_) return tls_;
    stamp_ = stamp;
    if (auto tls = ReadTls(options_); tls.ok()) {
      tls_ = *std::move(tls);
    } else {
      Log(LogLevel::kError, "tls_files",
          {{"reason", ErrorReason(tls.status())},
           {"message", std::string(tls.status().message())}});
    }
    return tls_;
  }

 private:
  using FileStamp = std::tuple<dev_t, ino_t, int64_t, int64_t>;
  std::vector<FileStamp> Stamp() const {
    std::vector<FileStamp> stamps;
    for (const std::string& file : {options_.cert, options_.key, options_.chain}) {
      struct stat info {};
      stat(file.c_str(), &info);
      stamps.emplace_back(info.st_dev, info.st_ino, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    }
    return stamps;
  }

  const ServerOptions& options_;
  std::mutex mutex_;
  std::vector<FileStamp> stamp_;
  Tls tls_;
};

std::string AddressOf(const asio::ip::tcp::socket& socket) {
  Error error;
  const auto peer = socket.remote_endpoint(error);
  return error ? "" : peer.address().to_string();
}

class ServerImpl final : public Server {
 public:
  ServerImpl(const ServerOptions& options, Handler handler, std::unique_ptr<rpc::Listener> listener)
      : options_(options),
        handler_(std::move(handler)),
        tls_(options_),
        rate_(options.requests_per_second, options.request_burst),
        listener_(std::move(listener)) {}

  ~ServerImpl() override {
    listener_->Stop();
    io_.stop();
    for (std::thread& thread : threads_) thread.join();
  }

  absl::Status Serve() {
    DUBAN_RETURN_IF_ERROR(tls_.Load());
    for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { io_.run(); });
    listener_->Start([this](int, int fd) {
      asio::co_spawn(asio::make_strand(io_), Talk(fd), [](std::exception_ptr) {});
    });
    return absl::OkStatus();
  }

  int port() const override { return listener_->port(); }

 private:
  using Stream = beast::ssl_stream<beast::tcp_stream>;
  using Answer = beast::http::response<beast::http::string_body>;

  void Expire(Stream& stream) {
    beast::get_lowest_layer(stream).expires_after(absl::ToChronoNanoseconds(options_.max_step));
  }

  asio::awaitable<void> Talk(int fd) {
    sockaddr_storage own{};
    socklen_t length = sizeof(own);
    getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length);
    asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
    Error error;
    socket.assign(own.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), fd, error);
    if (error) {
      close(fd);
      co_return;
    }
    const std::string address = AddressOf(socket);
    const Tls tls = tls_.Get();
    Stream stream(beast::tcp_stream(std::move(socket)), *tls);
    auto token = asio::redirect_error(asio::use_awaitable, error);
    Expire(stream);
    co_await stream.async_handshake(asio::ssl::stream_base::server, token);
    if (error) co_return;

    beast::flat_buffer buffer(options_.max_header_bytes + kReadAhead);
    beast::http::request_parser<beast::http::string_body> parser;
    parser.header_limit(options_.max_header_bytes);
    parser.body_limit(options_.max_body_bytes);
    Expire(stream);
    co_await beast::http::async_read_header(stream, buffer, parser, token);
    if (!error) {
      Expire(stream);
      co_await beast::http::async_read(stream, buffer, parser, token);
    }
    const auto response =
        error ? Refusal(error) : std::make_optional(Respond(parser.get(), address));
    if (!response) co_return;
    Answer answer(static_cast<beast::http::status>(response->status), 11);
    answer.set(beast::http::field::content_type, "application/json");
    answer.set(beast::http::field::cache_control, "no-store");
    answer.keep_alive(false);
    answer.body() = response->body;
    answer.prepare_payload();
    Expire(stream);
    co_await beast::http::async_write(stream, answer, token);
    if (error) co_return;
    Expire(stream);
    co_await stream.async_shutdown(token);
  }

  // What is said about a request that could not be read; nullopt: nothing.
  static std::optional<Response> Refusal(const Error& error) {
    if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow) {
      return Response{.status = 431, .body = {}};
    }
    if (error == beast::http::error::body_limit) return Response{.status = 413, .body = {}};
    if (error.category() ==
            beast::http::make_error_code(beast::http::error::bad_method).category() &&
        error != beast::http::error::end_of_stream &&
        error != beast::http::error::partial_message) {
      return Response{.status = 400, .body = {}};
    }
    return std::nullopt;
  }

  Response Respond(beast::http::request<beast::http::string_body>& in, const std::string& address) {
    const bool loopback = absl::StartsWith(address, "127.") || address == "::1";
    if ((!loopback || options_.limit_loopback) && !rate_.Take(address, absl::Now())) {
      return {.status = 429, .body = {}};
    }
    const auto method = in.method_string(), target = in.target();
    return handler_({.method = std::string(method.data(), method.size()),
                     .target = std::string(target.data(), target.size()),
                     .body = std::move(in.body()),
                     .address = address});
  }

  static constexpr uint32_t kReadAhead = 4096;

  const ServerOptions options_;
  const Handler handler_;
  ReloadedTls tls_;
  Rate rate_;
  asio::io_context io_{kThreads};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::unique_ptr<rpc::Listener> listener_;
  std::vector<std::thread> threads_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      Handler handler) {
  DUBAN_ASSIGN_OR_RETURN(
      std::unique_ptr<rpc::Listener> listener,
      rpc::Listener::Bind({.address = options.address,
                           .max_connections = options.max_connections,
                           .max_per_address = options.max_connections_per_address,
                           .limit_loopback = options.limit_loopback}));
  auto server = std::make_unique<ServerImpl>(options, std::move(handler), std::move(listener));
  DUBAN_RETURN_IF_ERROR(server->Serve());
  return server;
}

}  // namespace duban::http
