#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "services/domain/plantext/testing/fixtures.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace duban::plantext {
namespace {

// Every prefix of a small file, too: texts get cut off.
TEST(FuzzReplayTest, CorpusHolds) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/fuzz/corpus/plantext")) {
    const std::string bytes = testing::ReadFile(entry.path().string());
    const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    EXPECT_EQ(LLVMFuzzerTestOneInput(data, bytes.size()), 0) << entry.path();
    for (size_t n = 0; n < bytes.size(); n += 1 + bytes.size() / 50)
      LLVMFuzzerTestOneInput(data, n);
    ++files;
  }
  EXPECT_GT(files, 0u);
}

}  // namespace
}  // namespace duban::plantext
