/// What somebody says of an answer, as POST /v1/feedback takes it.
///
/// Role:      feedback_surface decodes with it.
/// Lifecycle: free functions over values.
/// Threading: reentrant.
/// Bounds:    k_feedback_body_bytes_max; label and comment as store/feedback.h bounds them.
/// Source:    docs: openapi.json, feedback_request.
#pragma once

#include "base/error.h"
#include "store/feedback.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace inferenceflow::api {

inline constexpr std::size_t k_feedback_body_bytes_max = 16U << 10U;

/// good, correct, helpful, accepted, up: 1. partial: 0.5. bad, wrong, unhelpful, rejected, down: 0. @returns nothing
/// for any other, which is kept as it is and counts for no score.
[[nodiscard]] std::optional<double> score_of_label(std::string_view label) noexcept;

/// {"request_id", "score" | "label", "comment"}; one of score and label, not both.
/// @returns invalid_request naming the field and what is allowed; body_too_large.
[[nodiscard]] result<store::feedback> read_feedback(std::string_view body);

} // namespace inferenceflow::api
