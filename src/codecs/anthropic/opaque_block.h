/// A streamed block that only Anthropic knows, put together until it is whole.
///
/// Role:      stream_read hands such blocks over as one opaque part.
/// Lifecycle: begin() → add_input()/add_delta()* → json(); then again.
/// Threading: one loop.
/// Bounds:    bytes() says what is held; the reader sets the limit.
/// Source:    Claude API docs, "Streaming Messages": server_tool_use and mcp_tool_use stream their input as pieces of
///            JSON; compaction blocks their content as members of the delta.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::anthropic {

class opaque_block {
public:
  void begin(std::string type, std::string json);
  /// A piece of the JSON of the member `input`.
  void add_input(std::string_view piece);
  /// Any other delta, as JSON: its texts are appended to the block's, all else replaces what was there.
  void add_delta(std::string json);

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] const std::string& type() const noexcept { return type_; }
  /// The whole block. @returns nothing when the input is no JSON.
  [[nodiscard]] std::optional<std::string> json() const;

private:
  std::string type_;
  std::string json_;
  std::string input_;
  std::vector<std::string> deltas_;
  std::size_t bytes_ = 0;
};

} // namespace inferenceflow::codecs::anthropic
