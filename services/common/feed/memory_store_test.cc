#include "services/common/feed/store_contract.h"

namespace duban::feed {
namespace {

std::unique_ptr<Store> MakeMemory(const std::string&, const Clock& clock, Ids& ids) {
  return NewMemoryStore(clock, ids);
}

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, ::testing::Values(&MakeMemory));

}  // namespace
}  // namespace duban::feed
