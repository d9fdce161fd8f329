/// A router in one file.
///
/// Role:      `router train` writes it, the gateway loads it and again when it has changed.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    k_router_bytes_max; nothing is allocated that the file is not long enough for.
/// Source:    XXH3, 128 bits, over everything before the checksum (vectors/index_file.h); numbers as this machine holds
/// them.
#pragma once

#include "base/error.h"
#include "quality/router.h"

#include <cstdint>
#include <memory>
#include <string>

namespace inferenceflow::quality {

/// Of the file's form. Features have a version of their own, k_features_version; both must be this program's.
inline constexpr std::uint32_t k_router_version = 1;
inline constexpr std::uint64_t k_router_bytes_max = std::uint64_t{1} << 30U;

/// Writes beside `path` and then takes its place, so that a reader sees the old file or the new one.
/// @returns unavailable  the folder is missing, not writable, or full
[[nodiscard]] result<void> save_router(const std::string& path, const router& made);

/// @returns not_found        no such file
/// @returns unavailable      it cannot be read
/// @returns invalid_request  no router file, another version or byte order, damaged, cut off or with something behind
/// it
[[nodiscard]] result<std::shared_ptr<const predictor>> load_router(const std::string& path);

/// The same, with its parts to be looked at.
[[nodiscard]] result<std::shared_ptr<const router>> open_router(const std::string& path);

} // namespace inferenceflow::quality
