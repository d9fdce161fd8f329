/// What a user said last, cut out of a request, and the hash of all the rest.
///
/// Role:      wire/openai and dialogue/ cut requests into it; the semantic cache compares texts within one scope.
/// Lifecycle: plain values; turn_text lives for one cut.
/// Threading: values.
/// Bounds:    text ≤ k_turn_bytes_max; a longer turn is not cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inferenceflow::turn {

/// A longer turn brings its own documents with it: one vector says too little about it.
inline constexpr std::size_t k_turn_bytes_max = 8192;
/// Stands between the text parts of a turn that has several. A turn of several parts that holds the character U+001E
/// itself is not cut, and the number of parts belongs to the scope: equal scope and text mean equal parts.
inline constexpr std::string_view k_part_separator = "\n\x1e\n";

/// Why a request may be answered from nothing but an exact repetition.
enum class unsuited : std::uint8_t {
  none,
  malformed,       ///< it is no request that the scan would let through
  embedding,       ///< nobody answers in words
  not_user,        ///< the last message is not the user's
  tool_result,     ///< the last message is a tool's
  not_text,        ///< the last message holds an image, sound, a file, or a part nobody here knows
  blank,           ///< it says nothing, or white space
  too_long,        ///< over k_turn_bytes_max
  separator,       ///< several parts, and U+001E among their text
  several_prompts, ///< `prompt` is a list of several
  token_ids,       ///< `prompt` is a list of token ids
  several_choices, ///< more than one answer is asked for
  logprobs,        ///< the answer's tokens are asked for
  prediction,      ///< a predicted output comes with it
  echo,            ///< the answer shall repeat the prompt
  other_output,    ///< an answer that is not, or not only, text
  server_state,    ///< part of the conversation lies with the provider, or shall
};

/// Stable lower-case name, e.g. "tool_result"; used in metrics.
[[nodiscard]] std::string_view to_string(unsuited why) noexcept;

struct last_turn {
  std::string text;             ///< UTF-8, as the user wrote it
  std::uint64_t scope_high = 0; ///< 128-bit hash of the request without the text
  std::uint64_t scope_low = 0;
  friend bool operator==(const last_turn&, const last_turn&) = default;
};

/// A turn, or the reason why there is none.
struct cut {
  std::optional<last_turn> turn = {};
  unsuited why = unsuited::none; ///< none exactly when there is a turn
};

/// Gathers the text of one turn.
class turn_text {
public:
  /// @param part  UTF-8; kept as it is.
  void add(std::string_view part);
  void clear();
  [[nodiscard]] std::size_t parts() const noexcept { return parts_; }
  /// What speaks against the text so far: blank, too_long, separator, or none.
  [[nodiscard]] unsuited fault() const noexcept;
  /// Takes the text out.
  [[nodiscard]] std::string take();

private:
  std::string text_;
  std::size_t parts_ = 0;
  bool too_long_ = false;
  bool separator_inside_ = false;
};

} // namespace inferenceflow::turn
