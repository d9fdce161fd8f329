/// The path of a Converse call: it names the model and says whether the answer is streamed.
///
/// Role:      request_read and request_write.
/// Lifecycle: free functions.
/// Threading: reentrant.
/// Bounds:    the path's length.
/// Source:    Bedrock API reference: POST /model/{modelId}/converse and /model/{modelId}/converse-stream.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::codecs::bedrock {

struct model_path {
  std::string model = {}; ///< decoded: "us.amazon.nova-micro-v1:0", or an ARN with its '/'
  bool stream = false;
};

/// @param path  with or without a prefix before "/model/"; an id may bring its '/' escaped or not.
[[nodiscard]] std::optional<model_path> parse_model_path(std::string_view path);

/// "/model/us.amazon.nova-micro-v1%3A0/converse"
[[nodiscard]] std::string make_model_path(std::string_view model, bool stream);

} // namespace inferenceflow::codecs::bedrock
