/// Text to JSON string content.
///
/// Role:      format_log_line(); nothing else in the project writes JSON by hand.
/// Lifecycle: free function.
/// Threading: reentrant.
/// Bounds:    linear in the text.
/// Source:    RFC 8259 §7; Unicode 15 table 3-7 (well-formed UTF-8).
#pragma once

#include <string>
#include <string_view>

namespace inferenceflow::telemetry {

/// Appends `text` without quotes around it; escapes what JSON wants escaped and replaces each byte that is not part of
/// well-formed UTF-8 by U+FFFD.
void append_json_text(std::string& out, std::string_view text);

} // namespace inferenceflow::telemetry
