#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "services/common/base/names.h"

// Keys of the rows that are not named by their resource. The table is in the README.
namespace duban::reporting {

inline constexpr char kMandatePrefix[] = "mandates/";
inline constexpr char kSourcePrefix[] = "mandate-source/";
inline constexpr char kRegisterPrefix[] = "register/";
inline constexpr char kTaskCursor[] = "cursors/task";
inline constexpr char kAgencyCursor[] = "cursors/agency";

std::string MandateKey(const AssignmentName& name);
std::string SourceKey(absl::string_view name);
std::string RegisterKey(const NodeName& node);

// Numbers are padded, so that keys sort as numbers do.
std::string EnvelopeKey(const NodeName& node, int64_t epoch, int64_t seq);
std::string ReceiptKey(const NodeName& node, int64_t epoch, int64_t seq);
std::string EquivocationKey(const NodeName& node, int64_t epoch, int64_t seq,
                            absl::string_view body_hash);
std::string ReportIdKey(absl::string_view report_id);
std::string LedgerKey(const NodeName& node);
std::string FrozenKey(const NodeName& node, int64_t epoch);
std::string NodeStoreKey(const NodeName& node, int64_t epoch);

}  // namespace duban::reporting
