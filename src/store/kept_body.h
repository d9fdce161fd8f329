/// Bodies of requests as the ledger keeps them: long ones compressed.
///
/// Role:      request_table packs, kept_requests unpacks.
/// Lifecycle: free functions over values.
/// Threading: reentrant.
/// Bounds:    k_kept_body_bytes_max per body.
/// Source:    RFC 8878 (Zstandard).
#pragma once

#include "base/error.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::store {

/// Shorter ones gain nothing.
inline constexpr std::size_t k_compress_from_bytes = 1'024;
/// No setting lets a longer body in, and no file makes us unpack one.
inline constexpr std::size_t k_kept_body_bytes_max = 16U << 20U;

/// @returns `body` as it is, or compressed where that is shorter. Which of the two it is, its length against that of
///          `body` tells.
[[nodiscard]] std::string pack_body(std::string_view body);

/// The other way round. @param bytes  length of the body.
/// @returns unavailable when `kept` is not what pack_body() made of a body of that length.
[[nodiscard]] result<std::string> unpack_body(std::string_view kept, std::size_t bytes);

} // namespace inferenceflow::store
