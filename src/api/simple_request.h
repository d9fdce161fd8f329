/// Requests of /v1/inference and /v1/generate, decoded and turned into OpenAI's chat format.
///
/// Role:      simple_surface decodes with it; from there on the pipeline sees a chat completion.
/// Lifecycle: plain value.
/// Threading: reentrant.
/// Bounds:    the body's; nesting ≤ 32.
/// Source:    docs: openapi.json, inference_request and generate_request.
#pragma once

#include "base/error.h"
#include "base/lane.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::api {

enum class simple_kind : std::uint8_t {
  inference,
  generate,
  infer, ///< read by read_infer(), answered like the others
};

struct simple_request {
  std::string prompt;
  std::string model; ///< empty: the default model
  std::optional<std::int64_t> max_tokens;
  std::optional<double> temperature;
  bool stream = false;
  std::optional<bool> use_cache;
  std::string user;
  std::optional<service_lane> lane;        ///< priority
  std::optional<std::int64_t> deadline_ms; ///< from the request's arrival
  boost::json::object metadata;
};

/// @param kind  inference or generate.
/// @returns invalid_request naming the field and what is allowed.
[[nodiscard]] result<simple_request> read_simple(simple_kind kind, std::string_view body);

/// The same request as an OpenAI chat completion. @param messages  instead of the prompt, if there are any.
[[nodiscard]] std::string as_chat_body(const simple_request& asked, std::string_view default_model,
                                       const boost::json::array& messages = {});

} // namespace inferenceflow::api
