/// Header fields with which a client of Anthropic's says what its body means.
///
/// Role:      protocol_surface reads them; they go on where client and backend both speak Anthropic's protocol, and
///            nowhere else. No other header field of a client ever reaches a backend.
/// Lifecycle: free function over the request's head.
/// Threading: reentrant.
/// Bounds:    k_beta_bytes_max for all beta names together.
/// Source:    Claude API docs, "Beta headers" and "Versions". OpenAI-Beta is for OpenAI's Assistants and Realtime
/// calls,
///            which are not served here.
#pragma once

#include "base/error.h"
#include "http/request_parser.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace inferenceflow::api {

inline constexpr std::size_t k_beta_bytes_max = 1U << 10U;

/// anthropic-version and anthropic-beta, as far as they are there; several anthropic-beta fields become one.
/// @returns invalid_request naming the field: too long, or characters that no such name has.
[[nodiscard]] result<std::vector<std::pair<std::string, std::string>>> client_features(const http::request_head& head);

} // namespace inferenceflow::api
