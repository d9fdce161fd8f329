/// JSON string text: escapes in, escapes out, UTF-8 repair.
///
/// Role:      readers decode strings here, writers escape here; the only place that knows RFC 8259 §7.
/// Lifecycle: free functions on plain values.
/// Threading: reentrant.
/// Bounds:    output ≤ 6 × input when escaping, ≤ input when decoding, ≤ 3 × input when repairing.
/// Source:    RFC 8259 §7, RFC 3629; Unicode 15 §3.9 table 3-7 (well-formed byte sequences).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::wire::json {

/// A string as it stands in the document, without its quotes.
struct text {
  std::string_view raw;
  bool escaped = false; ///< holds at least one backslash; if false, raw is the decoded text
};

/// What is wrong, and where. `what` is static text.
struct fault {
  std::size_t offset = 0; ///< bytes from the start of the document (of the raw text, for decode())
  std::string_view what;
};

/// Decodes the escapes of `raw` and appends the text to `out`.
/// @returns nothing if fine, else the first bad escape: unknown, short, or a surrogate without its partner.
[[nodiscard]] std::optional<fault> decode(std::string_view raw, std::string& out);

/// equals() for a piece with escapes; allocates.
[[nodiscard]] bool equals_escaped(std::string_view raw, std::string_view plain);

/// True if `piece` spells exactly `plain`, escapes considered.
[[nodiscard]] inline bool equals(const text& piece, std::string_view plain) {
  return piece.escaped ? equals_escaped(piece.raw, plain) : piece.raw == plain;
}

/// The decoded text; empty for a faulty escape.
[[nodiscard]] std::string decoded(const text& piece);

/// True if `plain` can stand between quotes as it is.
[[nodiscard]] bool needs_no_escape(std::string_view plain) noexcept;

/// Appends `plain` with RFC 8259 escapes, without quotes. Bytes that are not valid UTF-8 become U+FFFD.
void append_escaped(std::string& out, std::string_view plain);

/// Offset of the first byte that is not part of a well-formed UTF-8 sequence; npos if all are.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view bytes) noexcept;

} // namespace inferenceflow::wire::json
