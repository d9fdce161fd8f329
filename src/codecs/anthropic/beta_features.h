/// Which beta features a request uses: the API takes them only with their names in the anthropic-beta header.
///
/// Role:      request_write notes what it writes and asks for the header at the end.
/// Lifecycle: one per request written.
/// Threading: one thread.
/// Bounds:    a name per feature.
/// Source:    Claude API docs, "Beta headers" and the pages of each feature, read 2026-11. What is generally available
///            (structured outputs, effort, web tools, code execution, the 1 h cache) needs no name.
#pragma once

#include "dialogue/request.h"

#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::codecs::anthropic {

class beta_features {
public:
  /// Everything of `asked` that Anthropic gets: files, tools, opaque blocks.
  explicit beta_features(const dialogue::request& asked);
  /// A field that is written from extras: "mcp_servers".
  void note_field(std::string_view name, std::string_view json);
  /// Value of the header, names joined by commas; empty when none is needed.
  [[nodiscard]] std::string header() const;

private:
  void note(std::string_view feature);
  void note_part(const dialogue::part& held);
  void note_tool(std::string_view opaque_json);

  std::vector<std::string> features_;
};

} // namespace inferenceflow::codecs::anthropic
