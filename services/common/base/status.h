#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// Returns from the enclosing function when `expr` (absl::Status) is not OK.
#define DUBAN_RETURN_IF_ERROR(expr)                              \
  do {                                                           \
    if (absl::Status duban_status = (expr); !duban_status.ok()) { \
      return duban_status;                                       \
    }                                                            \
  } while (false)

#define DUBAN_CONCAT_INNER(a, b) a##b
#define DUBAN_CONCAT(a, b) DUBAN_CONCAT_INNER(a, b)

// Assigns the value of `expr` (absl::StatusOr) to `lhs`, or returns its status.
#define DUBAN_ASSIGN_OR_RETURN(lhs, expr) \
  DUBAN_ASSIGN_OR_RETURN_IMPL(DUBAN_CONCAT(duban_status_or_, __LINE__), lhs, expr)
#define DUBAN_ASSIGN_OR_RETURN_IMPL(var, lhs, expr) \
  auto var = (expr);                                \
  if (!var.ok()) return std::move(var).status();    \
  lhs = *std::move(var)

namespace duban {

using Metadata = std::map<std::string, std::string>;

inline constexpr size_t kMaxErrorMessageBytes = 1024;  // the rest is cut off
inline constexpr size_t kMaxErrorValueBytes = 256;     // of each metadata value; likewise

// An error as every part of the suite makes it: a canonical code, a stable UPPER_SNAKE reason (docs/errors.md), a message for
// people and each value of that message as metadata. The reason travels as a payload of the status and becomes
// google.rpc.ErrorInfo on the wire.
absl::Status MakeError(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                       Metadata metadata = {});

// The reason given to MakeError; empty when the status has none.
std::string ErrorReason(const absl::Status& status);

// The metadata given to MakeError; empty when the status has none.
Metadata ErrorMetadata(const absl::Status& status);

}  // namespace duban
