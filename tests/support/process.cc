#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"

namespace duban::tests {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& s : strings) pointers.push_back(const_cast<char*>(s.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

int ExitStatus(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

}  // namespace

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const std::vector<std::string>& argv,
                                                        const std::string& log_file) {
  std::vector<char*> args = Pointers(argv);
  const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) return absl::InternalError(absl::StrCat(log_file, ": ", strerror(errno)));
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    dup2(log, 1);
    dup2(log, 2);
    execv(args[0], args.data());
    _exit(127);
  }
  close(log);
  if (pid < 0) return absl::InternalError(strerror(errno));
  return std::unique_ptr<Process>(new Process(pid));
}

Process::~Process() {
  if (running()) Kill();
}

bool Process::running() {
  if (ended_) return false;
  if (waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
  return !ended_;
}

void Process::Kill() {
  if (!running()) return;
  kill(pid_, SIGKILL);
  Wait();
}

int Process::Terminate() {
  if (running()) kill(pid_, SIGTERM);
  return Wait();
}

int Process::Wait() {
  while (!ended_) {
    if (waitpid(pid_, &status_, 0) == pid_) ended_ = true;
  }
  return ExitStatus(status_);
}

Output RunProgram(const std::vector<std::string>& argv, const std::vector<std::string>& env,
           const std::string& input) {
  int in[2], out[2], err[2];
  if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) return {.status = -1};
  std::vector<std::string> environment = {
      "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8",
      absl::StrCat("ASAN_OPTIONS=", getenv("ASAN_OPTIONS") ? getenv("ASAN_OPTIONS") : "")};
  environment.insert(environment.end(), env.begin(), env.end());
  std::vector<char*> args = Pointers(argv), vars = Pointers(environment);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    execve(args[0], args.data(), vars.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  // Inputs of tests are smaller than a pipe's buffer.
  if (!input.empty() && write(in[1], input.data(), input.size()) < 0) return {.status = -1};
  close(in[1]);
  Output output;
  pollfd fds[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  std::string* texts[2] = {&output.out, &output.err};
  int open_ends = 2;
  while (open_ends > 0 && poll(fds, 2, -1) > 0) {
    for (int i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t n = read(fds[i].fd, buffer, sizeof(buffer));
      if (n > 0) {
        texts[i]->append(buffer, n);
      } else {
        close(fds[i].fd);
        fds[i].fd = -1;
        --open_ends;
      }
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  output.status = ExitStatus(status);
  return output;
}

std::string BinDir() {
  if (const char* dir = getenv("DUBAN_BIN_DIR")) return dir;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

}  // namespace duban::tests
