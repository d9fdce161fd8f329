/// Requests of POST /infer: a prompt, and what its answer may cost, take and be trusted for.
///
/// Role:      infer_surface decodes with it; from there on the pipeline sees a chat completion.
/// Lifecycle: plain value, free functions.
/// Threading: reentrant.
/// Bounds:    the body's; nesting ≤ 32; those of api/routing_wishes.h.
/// Source:    docs: openapi.json, infer_request.
#pragma once

#include "api/simple_request.h"
#include "base/error.h"
#include "pipeline/routing_wish.h"

#include <boost/json/array.hpp>
#include <string>
#include <string_view>

namespace inferenceflow::api {

struct infer_request {
  simple_request simple = {};       ///< its prompt is empty when there are messages
  boost::json::array messages = {}; ///< OpenAI's, passed on as they are; empty when there is a prompt
  pipeline::routing_wish wish = {}; ///< what the body says of it
  std::string tenant = {};          ///< tenant_id; empty = not said
  std::string request_id = {};      ///< empty = not said
};

/// {"prompt" (or "input") | "messages", "model", "budget", "latency_slo_ms", "min_confidence", "models", "tags",
/// "max_tokens", "temperature", "stream", "use_cache", "user_id", "tenant_id", "request_id", "metadata"}
/// @returns invalid_request naming the field and what is allowed.
[[nodiscard]] result<infer_request> read_infer(std::string_view body);

/// The same request as an OpenAI chat completion.
[[nodiscard]] std::string as_chat_body(const infer_request& asked, std::string_view model);

/// `wish` of headers, with what the body says instead.
void add_wish(const pipeline::routing_wish& said, pipeline::routing_wish& wish);

} // namespace inferenceflow::api
