#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace duban::enrolment {

using Files = std::map<std::string, std::string>;  // name → content

// A folder with numbered versions of a set of files, and a link `current` to the one that counts. A
// reader who goes through the link sees the files of one version; a kill or a power cut leaves the
// old version or the new one. All files are for their owner alone. One process changes a slot at a
// time: Lock. Errors are UNAVAILABLE / FILE_FAILED or FOLDER_FAILED.
class Slot {
 public:
  explicit Slot(std::string dir) : dir_(std::move(dir)) {}

  // Held until the result is destroyed. FAILED_PRECONDITION / CREDENTIALS_IN_USE when another
  // process holds it.
  class Lock {
   public:
    explicit Lock(int fd) : fd_(fd) {}
    Lock(Lock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    ~Lock();

   private:
    int fd_;
  };
  absl::StatusOr<Lock> Take() const;

  // The version that counts; 0 when there is none.
  int current() const;
  // All that are there, in order.
  std::vector<int> versions() const;

  // Through the link.
  std::string Path(const std::string& name) const;
  std::string Path(int version, const std::string& name) const;

  // Writes a new version, whole and synced; it does not count yet.
  absl::StatusOr<int> Prepare(const Files& files) const;
  // Adds files to such a version.
  absl::Status Add(int version, const Files& files) const;
  // From now on `version` counts; the others are removed.
  absl::Status Use(int version) const;
  // Removes versions that do not count, but for `keep`.
  absl::Status RemoveOthers(int keep) const;

 private:
  const std::string dir_;
};

}  // namespace duban::enrolment
