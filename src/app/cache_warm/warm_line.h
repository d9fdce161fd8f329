/// A line of a file of requests → a request to send.
///
/// Role:      line_source reads lines with it, ledger_source bodies.
/// Lifecycle: pure functions.
/// Threading: reentrant.
/// Bounds:    the caller's, on the line; nesting of k_depth_max.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::app::cache_warm {

inline constexpr std::size_t k_depth_max = 256;
inline constexpr std::size_t k_path_bytes_max = 2'048;

struct warm_request {
  std::string path;   ///< where it goes, below the gateway's address
  std::string body;   ///< JSON object without `stream`
  std::string tenant; ///< empty: the gateway's default
};

/// Reads one line: a body of OpenAI's (`messages`, `prompt` or `input` say of which operation), {"path": …, "body": …},
/// a JSON string or plain text, which is a question for `model`.
/// @param line   without its end.
/// @param model  what questions, and bodies that name none, go to; may be empty.
/// @returns nullopt for a blank line.
/// @returns invalid_request saying what is wrong with the line.
[[nodiscard]] result<std::optional<warm_request>> read_warm_line(std::string_view line, std::string_view model);

/// A request that was sent once, as it is sent to warm: answered whole, not as a stream.
/// @returns invalid_request when the body is no JSON object or the path none that can be sent.
[[nodiscard]] result<warm_request> unstreamed(std::string_view path, std::string_view body);

} // namespace inferenceflow::app::cache_warm
