/// What one JSON document of an answer says, whether the whole answer or one chunk of a stream.
///
/// Role:      usage_read and stream_watch; both documents share their members (choices, usage, model, error).
/// Lifecycle: answer_walk is reused for document after document.
/// Threading: not thread-safe.
/// Bounds:    memory: the token index, and one entry per choice in the document.
/// Source:    OpenAI API reference, "The chat completion object", "The chat completion chunk object", "The completion
///            object"; Groq (x_groq.usage); vLLM ({"object":"error"}).
#pragma once

#include "cost/usage.h"
#include "wire/json/token_index.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inferenceflow::wire::openai {

/// Why a choice ended.
enum class finish_reason : std::uint8_t {
  none, ///< it has not, or nobody said
  stop,
  length, ///< cut off by a token limit
  tool_calls,
  function_call,
  content_filter, ///< cut off or emptied by the provider's filter
  other,          ///< anything else, e.g. "error" or "insufficient_system_resource"
};

/// As OpenAI spells it; "" for none.
[[nodiscard]] std::string_view to_string(finish_reason reason) noexcept;
/// Dialects included (eos, eos_token, end_turn, stop_sequence, max_tokens, model_length, tool_use).
[[nodiscard]] finish_reason finish_reason_of(std::string_view text) noexcept;
/// The choice came to its natural end, so its answer may be kept.
[[nodiscard]] constexpr bool is_natural_end(finish_reason reason) noexcept {
  return reason == finish_reason::stop || reason == finish_reason::tool_calls || reason == finish_reason::function_call;
}

struct choice_facts {
  std::int64_t index = 0;
  finish_reason finish = finish_reason::none;
  bool failed = false;        ///< it holds an error; finish is then `other`
  std::size_t text_bytes = 0; ///< decoded bytes of content, reasoning, refusal and tool arguments
};

struct document_facts {
  bool is_error = false;      ///< an error object or message instead of, or beside, an answer
  bool has_choices = false;   ///< a choices array was there, perhaps empty
  std::size_t data_items = 0; ///< elements of `data` (embeddings)
  std::optional<cost::token_usage> usage;
  std::string_view model; ///< decoded; empty when absent
};

class answer_walk {
public:
  /// @returns nothing if `document` is not one well-formed JSON object.
  /// Lifetime: views are valid while `document` lives and until the next read().
  [[nodiscard]] std::optional<document_facts> read(std::string_view document);

  /// The choices of the document read last.
  [[nodiscard]] const std::vector<choice_facts>& choices() const noexcept { return choices_; }

private:
  [[nodiscard]] bool member(json::reader& in, const json::text& key, document_facts& facts);
  [[nodiscard]] bool array_member(json::reader& in, const json::text& key, document_facts& facts);
  [[nodiscard]] bool string_member(json::reader& in, const json::text& key, document_facts& facts);
  [[nodiscard]] bool choice(json::reader& in);
  [[nodiscard]] bool choice_member(json::reader& in, const json::text& key, choice_facts& facts);

  json::token_index index_;
  std::vector<choice_facts> choices_;
  std::string model_;
  std::optional<cost::token_usage> groq_usage_;
};

} // namespace inferenceflow::wire::openai
