#include "services/common/enrolment/slot.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/common/base/files.h"
#include "services/common/base/status.h"

namespace duban::enrolment {
namespace {

namespace fs = std::filesystem;

constexpr char kCurrent[] = "current";

absl::Status Failed(const std::string& path, absl::string_view why) {
  return MakeError(absl::StatusCode::kUnavailable, "FILE_FAILED", absl::StrCat(path, ": ", why),
                   {{"path", path}});
}

// Makes what was created, renamed or removed in a folder outlive a power cut.
absl::Status SyncFolder(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && fsync(folder) == 0;
  const int error = errno;
  if (folder >= 0) close(folder);
  return synced ? absl::OkStatus() : Failed(path, std::strerror(error));
}

absl::Status WriteFiles(const std::string& folder, const Files& files) {
  for (const auto& [name, content] : files) {
    DUBAN_RETURN_IF_ERROR(WriteSecret(absl::StrCat(folder, "/", name), content));
  }
  return SyncFolder(folder);
}

// 0 unless it is a version's name.
int NumberOf(absl::string_view name) {
  int number = 0;
  return absl::SimpleAtoi(name, &number) && number > 0 && absl::StrCat(number) == name ? number : 0;
}

}  // namespace

Slot::Lock::~Lock() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<Slot::Lock> Slot::Take() const {
  DUBAN_RETURN_IF_ERROR(MakeFolder(dir_));
  const std::string file = absl::StrCat(dir_, "/lock");
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Failed(file, std::strerror(errno));
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return Lock(fd);
  close(fd);
  return MakeError(absl::StatusCode::kFailedPrecondition, "CREDENTIALS_IN_USE",
                   absl::StrCat("another process is changing ", dir_), {{"path", dir_}});
}

int Slot::current() const {
  std::error_code error;
  const fs::path target = fs::read_symlink(absl::StrCat(dir_, "/", kCurrent), error);
  return error ? 0 : NumberOf(target.string());
}

std::vector<int> Slot::versions() const {
  std::vector<int> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(dir_, error)) {
    if (const int number = NumberOf(entry.path().filename().string())) found.push_back(number);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string Slot::Path(const std::string& name) const {
  return absl::StrCat(dir_, "/", kCurrent, "/", name);
}

std::string Slot::Path(int version, const std::string& name) const {
  return absl::StrCat(dir_, "/", version, "/", name);
}

absl::StatusOr<int> Slot::Prepare(const Files& files) const {
  DUBAN_RETURN_IF_ERROR(MakeFolder(dir_));
  const std::vector<int> there = versions();
  const int version = std::max(current(), there.empty() ? 0 : there.back()) + 1;
  const std::string fresh = absl::StrCat(dir_, "/new");
  std::error_code error;
  fs::remove_all(fresh, error);
  DUBAN_RETURN_IF_ERROR(MakeFolder(fresh));
  DUBAN_RETURN_IF_ERROR(WriteFiles(fresh, files));
  fs::rename(fresh, absl::StrCat(dir_, "/", version), error);
  if (error) return Failed(fresh, error.message());
  DUBAN_RETURN_IF_ERROR(SyncFolder(dir_));
  return version;
}

absl::Status Slot::Add(int version, const Files& files) const {
  return WriteFiles(absl::StrCat(dir_, "/", version), files);
}

absl::Status Slot::Use(int version) const {
  const std::string link = absl::StrCat(dir_, "/", kCurrent), fresh = absl::StrCat(link, ".new");
  std::error_code error;
  fs::remove(fresh, error);
  fs::create_directory_symlink(absl::StrCat(version), fresh, error);
  if (!error) fs::rename(fresh, link, error);
  if (error) return Failed(link, error.message());
  DUBAN_RETURN_IF_ERROR(SyncFolder(dir_));
  return RemoveOthers(version);
}

absl::Status Slot::RemoveOthers(int keep) const {
  const int counts = current();
  for (const int version : versions()) {
    if (version == keep || version == counts) continue;
    std::error_code error;
    const std::string path = absl::StrCat(dir_, "/", version);
    fs::remove_all(path, error);
    if (error) return Failed(path, error.message());
  }
  return SyncFolder(dir_);
}

}  // namespace duban::enrolment
