// What tests say of a Status or StatusOr: code and reason, never text.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/common/base/status.h"

namespace duban::testing {

// So that `testing::` inside namespace duban still finds gtest's own names.
using namespace ::testing;  // NOLINT(google-build-using-namespace)

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  *result_listener << "which is " << StatusOf(arg);
  return StatusOf(arg).ok();
}

// The canonical code and the reason given to MakeError.
MATCHER_P2(StatusIs, code, reason,
           absl::StrCat(negation ? "is not " : "is ", absl::StatusCodeToString(code), " / ",
                        reason)) {
  *result_listener << "which is " << StatusOf(arg) << " / " << ErrorReason(StatusOf(arg));
  return StatusOf(arg).code() == code && ErrorReason(StatusOf(arg)) == reason;
}

}  // namespace duban::testing

// Assigns the value of `expr` (absl::StatusOr) to `lhs`, or fails the test.
#define ASSERT_OK_AND_ASSIGN(lhs, expr) \
  ASSERT_OK_AND_ASSIGN_IMPL(DUBAN_CONCAT(duban_test_value_, __LINE__), lhs, expr)
#define ASSERT_OK_AND_ASSIGN_IMPL(var, lhs, expr)      \
  auto var = (expr);                                   \
  ASSERT_THAT(var, ::duban::testing::IsOk()) << #expr; \
  lhs = *std::move(var)
