#include "services/common/rpc/listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/base/log.h"
#include "services/common/base/status.h"

namespace duban::rpc {
namespace {

constexpr int kBacklog = 512;
constexpr int kOwnDescriptors = 48;  // kept for stores, certificates and gRPC itself
constexpr int kPauseMs = 10;         // after an accept error that is not about descriptors

absl::Status BadAddress(const std::string& address) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_ADDRESS",
                   absl::StrCat("'", address, "' is not host:port"), {{"address", address}});
}

absl::Status AddressInUse(const std::string& address, int error) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "ADDRESS_IN_USE",
                   absl::StrCat("cannot listen on ", address, ": ", strerror(error)),
                   {{"address", address}});
}

// `wanted`, or fewer when the process may not have as many descriptors.
int ConnectionCap(int wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const int most =
      std::max(1, static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 30)) - kOwnDescriptors);
  return std::min(wanted, most);
}

std::string HostOf(const sockaddr_storage& peer) {
  char host[NI_MAXHOST] = "";
  getnameinfo(reinterpret_cast<const sockaddr*>(&peer), sizeof(peer), host, sizeof(host), nullptr,
              0, NI_NUMERICHOST);
  return host;
}

bool IsLoopback(const std::string& host) {
  return absl::StartsWith(host, "127.") || host == "::1" || absl::StartsWith(host, "::ffff:127.");
}

ino_t InodeOf(int fd) {
  struct stat info;
  return fstat(fd, &info) == 0 ? info.st_ino : 0;
}

// Connections that were handed over. Whoever has them closes them without telling, so each is known
// by descriptor and inode.
class Open {
 public:
  void Add(const std::string& host, int fd) { by_host_[host].push_back({fd, InodeOf(fd)}); }

  int CountOf(const std::string& host) {
    auto found = by_host_.find(host);
    if (found == by_host_.end()) return 0;
    std::erase_if(found->second, [](const Entry& e) { return InodeOf(e.fd) != e.inode; });
    const int count = static_cast<int>(found->second.size());
    if (count == 0) by_host_.erase(found);
    return count;
  }

  int CountAll() {
    int count = 0;
    for (auto it = by_host_.begin(); it != by_host_.end();) count += CountOf((it++)->first);
    return count;
  }

 private:
  struct Entry {
    int fd;
    ino_t inode;
  };
  std::map<std::string, std::vector<Entry>> by_host_;
};

class ListenerImpl final : public Listener {
 public:
  ListenerImpl(Options options, int fd, int port)
      : options_(std::move(options)), fd_(fd), port_(port), stop_(eventfd(0, EFD_CLOEXEC)) {
    spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  }

  ~ListenerImpl() override {
    Stop();
    close(fd_);
    close(stop_);
    if (spare_ >= 0) close(spare_);
  }

  int port() const override { return port_; }

  void Start(OnConnection on_connection) override {
    on_connection_ = std::move(on_connection);
    thread_ = std::thread([this] { Loop(); });
  }

  void Stop() override {
    if (!thread_.joinable()) return;
    const uint64_t one = 1;
    if (write(stop_, &one, sizeof(one)) < 0) return;
    thread_.join();
  }

 private:
  void Loop() {
    pollfd fds[2] = {{fd_, POLLIN, 0}, {stop_, POLLIN, 0}};
    while (true) {
      if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
      if (fds[1].revents != 0) return;
      if (fds[0].revents != 0) AcceptOne();
    }
  }

  void AcceptOne() {
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    const int fd =
        accept4(fd_, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE) return ShedWithSpare();
      if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED) poll(nullptr, 0, kPauseMs);
      return;
    }
    const std::string host = HostOf(peer);
    if (OverCap(host)) {
      close(fd);
      Shed("connection cap", host);
      return;
    }
    open_.Add(host, fd);
    ++accepted_since_count_;
    on_connection_(fd_, fd);
  }

  bool OverCap(const std::string& host) {
    // The exact count looks at every connection; it is taken only when the cap may have been
    // reached.
    if (last_count_ + accepted_since_count_ >= max_connections_) {
      last_count_ = open_.CountAll();
      accepted_since_count_ = 0;
      if (last_count_ >= max_connections_) return true;
    }
    if (IsLoopback(host) && !options_.limit_loopback) return false;
    return open_.CountOf(host) >= options_.max_per_address;
  }

  // Out of descriptors: the waiting connection would wake the loop for ever, so it is taken with
  // the spare one and closed.
  void ShedWithSpare() {
    if (spare_ >= 0) close(spare_);
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) close(fd);
    spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
    Shed("out of file descriptors", "");
  }

  void Shed(absl::string_view why, const std::string& host) {
    // One line for each power of two, so that a flood of connections is no flood of lines.
    ++shed_;
    if ((shed_ & (shed_ - 1)) != 0) return;
    Log(LogLevel::kWarning, "connection_shed",
        {{"why", std::string(why)}, {"peer", host}, {"so_far", absl::StrCat(shed_)}});
  }

  const Options options_;
  const int fd_, port_, stop_;
  const int max_connections_ = ConnectionCap(options_.max_connections);
  int spare_ = -1;
  Open open_;
  int last_count_ = 0, accepted_since_count_ = 0;
  uint64_t shed_ = 0;
  OnConnection on_connection_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Bind(const Options& options) {
  const size_t colon = options.address.rfind(':');
  if (colon == std::string::npos || colon + 1 == options.address.size()) {
    return BadAddress(options.address);
  }
  std::string host = options.address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  if (getaddrinfo(host.empty() ? nullptr : host.c_str(), options.address.c_str() + colon + 1,
                  &hints, &found) != 0) {
    return BadAddress(options.address);
  }
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // Accepted connections inherit it; without it an answer can wait 40 ms for the other side's delayed acknowledgement.
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const bool bound = bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, kBacklog) == 0;
  const int error = errno;
  freeaddrinfo(found);
  if (!bound) {
    close(fd);
    return AddressInUse(options.address, error);
  }
  sockaddr_storage own{};
  socklen_t length = sizeof(own);
  getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length);
  const int port =
      ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&own)->sin6_port
                                      : reinterpret_cast<sockaddr_in*>(&own)->sin_port);
  return std::make_unique<ListenerImpl>(options, fd, port);
}

}  // namespace duban::rpc
