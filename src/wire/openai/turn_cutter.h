/// Takes the last turn out of what a scan pass hashes, and notes what speaks against doing so.
///
/// Role:      private to request_scan.cpp and scan_pass.cpp.
/// Lifecycle: one per pass: weigh()* and message() or prompt() in any order, then finish().
/// Threading: not shared.
/// Bounds:    see last_turn.h.
#pragma once

#include "turn/last_turn.h"
#include "wire/json/reader.h"
#include "wire/openai/canonical_writer.h"

#include <cstdint>
#include <string_view>

namespace inferenceflow::wire::openai {

class turn_cutter {
public:
  /// Looks at a top-level member. @param value  a reader at its value; a copy, so that the pass reads it again.
  void weigh(std::string_view key, json::reader value);
  /// Reads the last message and writes it without its text. The pass has read it before: it is a valid one.
  [[nodiscard]] bool message(json::reader& in, canonical_writer& out);
  /// The same with the value of `prompt`.
  [[nodiscard]] bool prompt(json::reader& in, canonical_writer& out);

  /// @param choices  `n`. @param scope  of what was written.
  [[nodiscard]] turn::cut finish(std::int64_t choices, const hash_128& scope);

private:
  void refuse(turn::unsuited why) noexcept { why_ = why_ == turn::unsuited::none ? why : why_; }
  [[nodiscard]] bool take_role(json::reader& in, canonical_writer& out);
  [[nodiscard]] bool take_text(json::reader& in, canonical_writer& out);
  [[nodiscard]] bool take_content(json::reader& in, canonical_writer& out);
  [[nodiscard]] bool take_part(json::reader& in, canonical_writer& out, bool& plain);

  turn::turn_text text_;
  turn::unsuited why_ = turn::unsuited::none;
};

} // namespace inferenceflow::wire::openai
