#include "services/common/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"

namespace duban {
namespace {

constexpr int64_t kMaxReadBytes = 1 << 20;

absl::Status FileError(absl::string_view reason, const std::string& path, absl::string_view why) {
  return MakeError(absl::StatusCode::kUnavailable, reason, absl::StrCat(path, ": ", why),
                   {{"path", path}});
}

bool WriteAll(int file, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(file, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    content.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

}  // namespace

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  const bool created = std::filesystem::create_directories(path, error);
  if (error) return FileError("FOLDER_FAILED", path, error.message());
  if (created && chmod(path.c_str(), 0700) != 0)
    return FileError("FOLDER_FAILED", path, std::strerror(errno));
  return absl::OkStatus();
}

absl::Status ReplaceFile(const std::string& path, absl::string_view content) {
  const std::string fresh = path + ".new";
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return FileError("FILE_FAILED", path, std::strerror(errno));
  const bool written = WriteAll(file, content) && fsync(file) == 0;
  if (close(file) != 0 || !written) return FileError("FILE_FAILED", path, "cannot be written");
  std::error_code error;
  std::filesystem::rename(fresh, path, error);
  if (error) return FileError("FILE_FAILED", path, error.message());
  return absl::OkStatus();
}

absl::Status WriteSecret(const std::string& path, absl::string_view content) {
  unlink(path.c_str());  // so that an older file's rights do not stay
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return FileError("FILE_FAILED", path, std::strerror(errno));
  const bool written = WriteAll(file, content) && fsync(file) == 0;
  if (close(file) != 0 || !written) return FileError("FILE_FAILED", path, "cannot be written");
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string content(kMaxReadBytes + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (in.bad() || (in.fail() && !in.eof())) return FileError("FILE_FAILED", path, "cannot be read");
  if (in.gcount() > kMaxReadBytes) return FileError("FILE_FAILED", path, "is too large");
  content.resize(static_cast<size_t>(in.gcount()));
  return content;
}

}  // namespace duban
