// What every Store does. Instantiate the suite with a factory of stores:
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, ::testing::Values(&MakeMemory));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "services/common/feed/store.h"
#include "services/common/testing/fake_clock.h"
#include "services/common/testing/fake_ids.h"
#include "services/common/testing/temp_dir.h"

namespace duban::feed {

// Makes a new, empty store; what it keeps may stand in `dir`.
using StoreFactory = std::unique_ptr<Store> (*)(const std::string& dir, const Clock& clock,
                                                Ids& ids);

class StoreContract : public ::testing::TestWithParam<StoreFactory> {
 protected:
  StoreContract() : store_(GetParam()(dir_.path(), clock_, ids_)) {}

  // Puts one logged row in a transaction of its own.
  absl::StatusOr<int64_t> Put(const std::string& key, const std::string& image,
                              const std::string& plan = "", const std::string& agency = "");
  absl::StatusOr<int64_t> Delete(const std::string& key);
  std::vector<std::string> Keys(const ScanOptions& options);
  std::string ImageOf(const std::string& key);  // "-" when there is no such row

  testing::TempDir dir_;
  testing::FakeClock clock_;
  testing::FakeIds ids_;
  std::unique_ptr<Store> store_;
};

}  // namespace duban::feed
