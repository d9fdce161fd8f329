/// How good an answer was, as somebody says afterwards.
///
/// Role:      api/ takes it, the ledger keeps it, learning and training read it.
/// Lifecycle: plain values, free functions.
/// Threading: reentrant.
/// Bounds:    feedback_limits, k_feedback_comment_bytes_max, k_feedback_label_bytes_max.
///
/// All that is said of a request is kept, in order. What counts is the last word of each source; a request's score is
/// the mean over the sources that gave one, so that one of them cannot outvote the others by repeating itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace inferenceflow::store {

inline constexpr std::size_t k_feedback_label_bytes_max = 64;
inline constexpr std::size_t k_feedback_comment_bytes_max = 2'048;

struct feedback {
  std::string request_id = {};
  std::string tenant = {};          ///< whose request it must be
  std::string source = {};          ///< the user who says so; empty = the tenant
  std::optional<double> score = {}; ///< 0 … 1; none for a label that has no score
  std::string label = {};           ///< as it was given; empty = a score was given
  std::string comment = {};
  std::int64_t at_ms = 0; ///< Unix time
};

/// How much of it a ledger keeps. Beyond that the oldest goes.
struct feedback_limits {
  std::int64_t rows_max = 1'000'000;
  std::int64_t bytes_max = std::int64_t{128} << 20U;
  std::int64_t per_request_max = 16;                             ///< beyond that it is refused
  std::chrono::milliseconds age_max{30LL * 24 * 60 * 60 * 1000}; ///< of a request that it is taken for
};

enum class feedback_outcome : std::uint8_t {
  recorded,
  repeated,        ///< its source has said just that already; nothing was written
  unknown_request, ///< of this tenant
  too_late,        ///< the request is older than age_max
  too_many,        ///< per_request_max
  lost,            ///< it could not be written
};

/// @param said  about one request, oldest first.
/// @returns the mean of the last scores of each source; nothing when the last word of all of them has none.
[[nodiscard]] std::optional<double> score_of(std::span<const feedback> said);

} // namespace inferenceflow::store
