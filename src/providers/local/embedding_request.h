/// Reads an embeddings request in OpenAI wire format and writes its answer.
///
/// Role:      local_provider; sans-IO.
/// Lifecycle: pure functions.
/// Threading: any.
/// Bounds:    k_inputs_max inputs.
/// Source:    OpenAI API reference, embeddings; RFC 4648 §4 for base64.
#pragma once

#include "base/error.h"
#include "engine/request.h"

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::providers::local {

inline constexpr std::size_t k_inputs_max = 2048;

struct embedding_call {
  engine::embedding_request request;
  bool base64 = false;                    ///< vectors as base64 of little-endian float32
  std::optional<std::int64_t> dimensions; ///< must be what the model has
};

/// @returns invalid_request whose param names the field.
[[nodiscard]] result<embedding_call> parse_embedding_request(const boost::json::object& body);

/// @returns the answer document; invalid_request (param "dimensions") when the caller asked for another length.
[[nodiscard]] result<std::string> render_embeddings(const embedding_call& call, const engine::embedding_answer& answer,
                                                    std::string_view model);

/// Standard base64 with padding.
[[nodiscard]] std::string to_base64(std::string_view bytes);

} // namespace inferenceflow::providers::local
