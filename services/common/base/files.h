#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace duban {

// Creates the folder `path` and those above it, for the owner alone. UNAVAILABLE / FOLDER_FAILED
// {path}.
absl::Status MakeFolder(const std::string& path);

// Replaces the file `path`: readers see the old content or the new, never a part, after a power cut
// too. UNAVAILABLE / FILE_FAILED {path}.
absl::Status ReplaceFile(const std::string& path, absl::string_view content);

// Writes the file `path` for its owner alone (0600), anew, and synced: keys and what goes with them. UNAVAILABLE / FILE_FAILED
// {path}.
absl::Status WriteSecret(const std::string& path, absl::string_view content);

// The content of the file `path`, at most 1 MiB: configuration and keys. UNAVAILABLE / FILE_FAILED
// {path}.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace duban
