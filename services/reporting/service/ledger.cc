#include "services/reporting/service/ledger.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/common/base/status.h"
#include "services/common/sign/sign.h"

namespace duban::reporting {
namespace {

constexpr char kSizeKey[] = "ledger-size";  // number of leaves, in decimal

absl::StatusOr<int64_t> Size(feed::View& view) {
  DUBAN_ASSIGN_OR_RETURN(const auto row, view.Get(kSizeKey));
  if (!row) return 0;
  int64_t size = 0;
  if (!absl::SimpleAtoi(row->image, &size)) {
    return MakeError(absl::StatusCode::kDataLoss, "ROW_DAMAGED",
                     "the size of the ledger cannot be read", {{"key", kSizeKey}});
  }
  return size;
}

absl::Status PutPrivate(feed::Tx& tx, std::string key, std::string image) {
  return tx.Put({.key = std::move(key), .image = std::move(image), .logged = false});
}

}  // namespace

absl::StatusOr<int64_t> AppendLeaf(feed::Tx& tx, absl::string_view body, absl::string_view source) {
  DUBAN_ASSIGN_OR_RETURN(const int64_t index, Size(tx));
  DUBAN_RETURN_IF_ERROR(PutPrivate(tx, absl::StrFormat("ledger/%012d", index),
                                   absl::StrCat(sign::LeafHash(body), source)));
  DUBAN_RETURN_IF_ERROR(PutPrivate(tx, kSizeKey, absl::StrCat(index + 1)));
  return index;
}

absl::StatusOr<int64_t> AppendHubLeaf(feed::Tx& tx, absl::string_view domain,
                                      absl::string_view image) {
  DUBAN_ASSIGN_OR_RETURN(const int64_t index, Size(tx));
  const std::string key = absl::StrFormat("hub-leaves/%012d", index);
  const std::string body = absl::StrCat(domain, image);
  DUBAN_RETURN_IF_ERROR(PutPrivate(tx, key, body));
  return AppendLeaf(tx, body, key);
}

}  // namespace duban::reporting
