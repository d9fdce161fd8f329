/// A request to a backend that is not a call of inference: its batches, its files.
///
/// Role:      provider::exchange() carries it; providers/batching writes and reads it.
/// Lifecycle: plain values.
/// Threading: values.
/// Bounds:    answer_bytes_max, which the caller sets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inferenceflow::providers {

struct side_request {
  std::string_view method = "GET";
  std::string path = {}; ///< below the backend's base URL, query included
  std::string content_type = "application/json";
  std::string body = {};
};

struct side_answer {
  int status = 0;
  std::string body = {};
  std::string retry_after = {}; ///< verbatim; empty if none
};

} // namespace inferenceflow::providers
