#pragma once

namespace duban::agency {

inline constexpr int kMaxNameChars = 120;    // of each name of an agency
inline constexpr int kMaxNamesOfAKind = 50;  // former names; aliases
inline constexpr int kMaxAgenciesPerBatch = 1000;
inline constexpr int kMaxParents = 16;     // agencies above one
inline constexpr int kMaxSigningKeys = 8;  // of a node
inline constexpr int kEd25519KeyBytes = 32;
inline constexpr int kMaxPlansPerCredential = 100;  // so that they fit a call's metadata

}  // namespace duban::agency
