/// The body that creates a batch.
///
/// Role:      batches_surface decodes with it.
/// Lifecycle: plain values.
/// Threading: reentrant.
/// Bounds:    k_batch_request_bytes_max; batches::k_metadata_pairs_max pairs of metadata.
/// Source:    OpenAI API reference, "Create batch".
#pragma once

#include "base/error.h"
#include "batches/batch.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace inferenceflow::api {

inline constexpr std::size_t k_batch_request_bytes_max = 64U << 10U;

/// "24h", also any whole number of s, m, min, h or d.
[[nodiscard]] std::optional<std::chrono::seconds> read_window(std::string_view text);

/// Fills in endpoint, input_file, window and metadata; expires_s is the length of the window.
/// @returns invalid_request naming the field and what is allowed.
[[nodiscard]] result<batches::batch_record> read_batch_request(std::string_view body, std::chrono::seconds window_max);

} // namespace inferenceflow::api
